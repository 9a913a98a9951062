"""The memory that this process holds at present. No torch here, so that the window may ask too."""

from __future__ import annotations

from pathlib import Path

_PAGE = 4096


def resident() -> int | None:
    """Bytes of the machine's memory that this process holds; None where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return None
