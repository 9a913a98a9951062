"""The commands of the Edit menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.actions.command import Command, nodes, selected

if TYPE_CHECKING:
    from designer.app import MainWindow


def _picked(window: MainWindow) -> bool:
    """Whether a node, a link or a frame is selected."""
    picking = window.canvas.picking
    return selected(window) or picking.link is not None or picking.frame is not None


def _named(window: MainWindow) -> bool:
    return selected(window) or window.canvas.picking.frame is not None


EDIT: tuple[Command, ...] = (
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
        ends_group=True,
    ),
    Command(
        "cut", "Cut", "Edit", lambda w: w.canvas.cut(), "Ctrl+X", "cut", selected, on_canvas=True
    ),
    Command(
        "copy",
        "Copy",
        "Edit",
        lambda w: w.canvas.copy(),
        "Ctrl+C",
        "copy",
        selected,
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
        selected,
        on_canvas=True,
    ),
    Command(
        "delete",
        "Delete",
        "Edit",
        lambda w: w.canvas.delete(),
        "Del",
        "delete",
        _picked,
        on_canvas=True,
    ),
    Command(
        "delete_and_reconnect",
        "Delete and reconnect",
        "Edit",
        lambda w: w.canvas.delete_and_reconnect(),
        "Ctrl+Del",
        "",
        selected,
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
        nodes,
        on_canvas=True,
    ),
    Command(
        "find",
        "Find nodes…",
        "Edit",
        lambda w: w.canvas.finder.open(),
        "Ctrl+F",
        "search",
        nodes,
        "Light up the nodes with a name, kind or setting, also inside blocks",
        ends_group=True,
    ),
    Command("rename", "Rename", "Edit", lambda w: w.canvas.rename(), "F2", "", _named),
    Command(
        "make_it_fit",
        "Make it fit",
        "Edit",
        lambda w: w.make_it_fit(),
        "Ctrl+M",
        "",
        selected,
        "Say what the selected layers should give, and get the settings that do",
    ),
)
