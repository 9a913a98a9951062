"""Ctrl+Z in a text field: what is being typed goes first, then the key is left to the network."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit


def left_to_the_window(field: QLineEdit, event: QEvent, typing: bool) -> bool:
    """Whether an event of `field` asks for an undo or redo that the window's command must do.

    The event is then ignored, so that Qt goes on to the window's shortcuts. `typing` tells whether
    the field holds something that is not in the network yet.
    """
    if not isinstance(event, QKeyEvent) or event.type() not in (
        QEvent.Type.ShortcutOverride,
        QEvent.Type.KeyPress,
    ):
        return False
    undo = event.matches(QKeySequence.StandardKey.Undo)
    redo = event.matches(QKeySequence.StandardKey.Redo)
    own = typing and (field.isUndoAvailable() if undo else field.isRedoAvailable())
    if own or not (undo or redo):
        return False
    event.ignore()
    return True
