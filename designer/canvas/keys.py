"""The canvas's own keys; those with a modifier for letters belong to the window's commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from designer.canvas import commands, walk
from designer.canvas.geometry import GRID

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

_ARROWS: dict[int, tuple[walk.Direction, float, float]] = {
    Qt.Key.Key_Left: ("left", -GRID, 0.0),
    Qt.Key.Key_Right: ("right", GRID, 0.0),
    Qt.Key.Key_Up: ("up", 0.0, -GRID),
    Qt.Key.Key_Down: ("down", 0.0, GRID),
}


def press(view: CanvasView, event: QKeyEvent) -> bool:
    """Do what a key means here; returns whether it means anything."""
    key = event.key()
    if key == Qt.Key.Key_Escape:
        view.escape()
    elif view.gesture is not None:
        return False
    elif key in _ARROWS:
        return _arrow(view, key, event.modifiers())
    elif key == Qt.Key.Key_Space:
        if not event.isAutoRepeat():
            view.hands.hold_space(True)
    elif event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return False
    elif key == Qt.Key.Key_Tab:
        selection = view.document.selection
        if len(selection) != 1 or not view.entering.enter(selection[0]):
            view.quick_add()
    elif key == Qt.Key.Key_F:
        view.fit()
    elif key == Qt.Key.Key_Backspace and view.document.scope:
        view.leave()
    elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
        view.delete()
    elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        view.settings_requested.emit()
    elif key == Qt.Key.Key_F2:
        view.rename()
    else:
        return False
    return True


def _arrow(view: CanvasView, key: int, modifiers: Qt.KeyboardModifier) -> bool:
    direction, x, y = _ARROWS[key]
    held = modifiers & ~Qt.KeyboardModifier.KeypadModifier
    if held == Qt.KeyboardModifier.AltModifier and direction == "up":
        view.leave()
        return True
    if held == Qt.KeyboardModifier.ControlModifier:
        commands.nudge(view.document, (x, y))
        return True
    if held not in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
        return False
    document = view.document
    here = document.selection[-1] if document.selection else None
    if here is None:
        there = walk.first(document.shown)
    else:
        there = walk.step(document.shown, here, direction)
    if there is not None:
        view.select_link(None)
        kept = document.selection if held else ()
        # The one reached comes last, so that the walk goes on from it.
        document.select((*(name for name in kept if name != there), there))
        view.reveal(there)
    return True
