"""The commands of the Edit menu."""

from __future__ import annotations

from designer.actions.command import Command, nodes, selected

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
        selected,
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
        ends_group=True,
    ),
    Command("rename", "Rename", "Edit", lambda w: w.rename(), "F2", "", selected),
    Command(
        "make_it_fit",
        "Make it fit",
        "Edit",
        lambda w: w.make_it_fit(),
        "Ctrl+Shift+F",
        "",
        selected,
        "Say what the selected layers should give, and get the settings that do",
    ),
)
