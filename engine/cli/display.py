"""Can a window be shown here? Asked before Qt is imported, because Qt aborts where it cannot."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys

LIBRARIES = {
    # library: (package of Debian and Ubuntu, of Fedora)
    "libEGL.so.1": ("libegl1", "mesa-libEGL"),
    "libGL.so.1": ("libgl1", "mesa-libGL"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2"),
}
"""What Qt needs on Linux and does not bring along."""
X11 = {
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb"),
}
"""What it needs besides under X11."""


def has_display() -> bool:
    """Whether there is a screen, or somebody has said which platform Qt is to use."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def missing_libraries() -> str:
    """A sentence that names the system libraries that Qt lacks, and the command that installs them;
    empty when there are all.
    """
    if not sys.platform.startswith("linux"):
        return ""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    x11 = platform.startswith("xcb") or (
        not platform and bool(os.environ.get("DISPLAY")) and not os.environ.get("WAYLAND_DISPLAY")
    )
    wanted = {**LIBRARIES, **X11} if x11 else LIBRARIES
    missing = [name for name in wanted if not _loads(name)]
    if not missing:
        return ""
    packages = [wanted[name][1 if shutil.which("dnf") else 0] for name in missing]
    install = "dnf install" if shutil.which("dnf") else "apt-get install"
    return (
        f"the window needs {' and '.join(missing)}, which this system lacks; "
        f"install with: sudo {install} {' '.join(dict.fromkeys(packages))}"
    )


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
