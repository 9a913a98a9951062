"""Command: what every command of the window says of itself, and when it can be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from designer.app import MainWindow

BUSY = ("preparing", "running", "paused")
"""The states of a workshop that trains."""


def always(window: MainWindow) -> bool:
    return True


def selected(window: MainWindow) -> bool:
    """Whether any node is selected."""
    return bool(window.document.selection)


def nodes(window: MainWindow) -> bool:
    """Whether there are nodes on the canvas."""
    return bool(window.document.shown.network.nodes)


@dataclass(frozen=True)
class Command:
    """One command. `menu` is where it is found; a command without shortcut has an empty one."""

    name: str
    label: str
    menu: str
    run: Callable[[MainWindow], object]
    shortcut: str = ""
    icon: str = ""
    enabled: Callable[[MainWindow], bool] = always
    tip: str = ""
    on_canvas: bool = False
    """Whether its keys count only while the canvas has the focus, because text fields know them too."""
    ends_group: bool = False
    """Whether a line follows it in its menu."""
