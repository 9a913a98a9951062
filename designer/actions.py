"""Every command of the window, once: its name, shortcut, icon, and when it can be used.

Menus, the tool bar, the command palette and the tests read this list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from designer.app import MainWindow


def _always(window: MainWindow) -> bool:
    return True


def _selected(window: MainWindow) -> bool:
    return bool(window.document.selection)


def _nodes(window: MainWindow) -> bool:
    return bool(window.document.project.network.nodes)


def _can_train(window: MainWindow) -> bool:
    return window.document.analysis.valid and window.workshop.status not in BUSY


def _running(window: MainWindow) -> bool:
    return window.workshop.status in BUSY


def _pausable(window: MainWindow) -> bool:
    return window.workshop.status in ("running", "paused")


BUSY = ("preparing", "running", "paused")


@dataclass(frozen=True)
class Command:
    """One command. `menu` is where it is found; a command without shortcut has an empty one."""

    name: str
    label: str
    menu: str
    run: Callable[[MainWindow], object]
    shortcut: str = ""
    icon: str = ""
    enabled: Callable[[MainWindow], bool] = _always
    tip: str = ""
    on_canvas: bool = False
    """Whether its keys count only while the canvas has the focus, because text fields know them too."""


COMMANDS: tuple[Command, ...] = (
    Command("new", "New", "File", lambda w: w.new(), "Ctrl+N", "new"),
    Command("open", "Open…", "File", lambda w: w.files.choose_open(), "Ctrl+O", "open"),
    Command("save", "Save", "File", lambda w: w.files.save(), "Ctrl+S", "save"),
    Command("save_as", "Save as…", "File", lambda w: w.files.choose_save(), "Ctrl+Shift+S"),
    Command(
        "export",
        "Export PyTorch code…",
        "File",
        lambda w: w.files.choose_export(),
        "Ctrl+E",
        "export",
        lambda w: w.document.analysis.valid,
        "Write the network, and the trained weights when there are some, as files that need torch alone",
    ),
    Command("quit", "Quit", "File", lambda w: w.close(), "Ctrl+Q"),
    Command(
        "undo",
        "Undo",
        "Edit",
        lambda w: w.document.undo(),
        "Ctrl+Z",
        "undo",
        lambda w: bool(w.document.undo_label),
    ),
    Command(
        "redo",
        "Redo",
        "Edit",
        lambda w: w.document.redo(),
        "Ctrl+Shift+Z",
        "redo",
        lambda w: bool(w.document.redo_label),
    ),
    Command(
        "cut", "Cut", "Edit", lambda w: w.canvas.cut(), "Ctrl+X", "cut", _selected, on_canvas=True
    ),
    Command(
        "copy",
        "Copy",
        "Edit",
        lambda w: w.canvas.copy(),
        "Ctrl+C",
        "copy",
        _selected,
        on_canvas=True,
    ),
    Command(
        "paste", "Paste", "Edit", lambda w: w.canvas.paste(), "Ctrl+V", "paste", on_canvas=True
    ),
    Command(
        "duplicate",
        "Duplicate",
        "Edit",
        lambda w: w.canvas.duplicate(),
        "Ctrl+D",
        "",
        _selected,
        on_canvas=True,
    ),
    Command(
        "delete",
        "Delete",
        "Edit",
        lambda w: w.canvas.delete(),
        "Del",
        "delete",
        _selected,
        on_canvas=True,
    ),
    Command(
        "delete_and_reconnect",
        "Delete and reconnect",
        "Edit",
        lambda w: w.canvas.delete_and_reconnect(),
        "Ctrl+Del",
        "",
        _selected,
        "Take the selected nodes out and close the chain",
        on_canvas=True,
    ),
    Command(
        "select_all",
        "Select all",
        "Edit",
        lambda w: w.canvas.select_all(),
        "Ctrl+A",
        "",
        _nodes,
        on_canvas=True,
    ),
    Command("rename", "Rename", "Edit", lambda w: w.rename(), "F2", "", _selected),
    Command("fit", "Fit all", "View", lambda w: w.canvas.fit(), "F", "fit", _nodes, on_canvas=True),
    Command(
        "zoom_to_selection",
        "Zoom to selection",
        "View",
        lambda w: w.canvas.zoom_to_selection(),
        "Shift+F",
        "",
        _selected,
        on_canvas=True,
    ),
    Command("zoom_in", "Zoom in", "View", lambda w: w.canvas.zoom_in(), "Ctrl++", "zoom_in"),
    Command("zoom_out", "Zoom out", "View", lambda w: w.canvas.zoom_out(), "Ctrl+-", "zoom_out"),
    Command(
        "thumbnails",
        "Activations on nodes",
        "View",
        lambda w: w.toggle_thumbnails(),
        "Ctrl+T",
        "eye",
    ),
    Command("theme", "Light or dark", "View", lambda w: w.toggle_theme(), "Ctrl+Shift+L", "moon"),
    Command("reset_layout", "Reset layout", "View", lambda w: w.reset_layout()),
    Command(
        "train",
        "Train",
        "Run",
        lambda w: w.train(),
        "Ctrl+Return",
        "play",
        _can_train,
        "Start training",
    ),
    Command(
        "pause",
        "Pause",
        "Run",
        lambda w: w.pause_or_resume(),
        "Ctrl+P",
        "pause",
        _pausable,
        "Pause training, or go on",
    ),
    Command(
        "stop",
        "Stop",
        "Run",
        lambda w: w.workshop.stop(),
        "Ctrl+.",
        "stop",
        _running,
        "End training and keep what was learned",
    ),
    Command(
        "commands", "Search commands", "Help", lambda w: w.search_commands(), "Ctrl+K", "search"
    ),
    Command("about", "About Convoscope", "Help", lambda w: w.about()),
)

MENUS = ("File", "Edit", "View", "Run", "Help")
