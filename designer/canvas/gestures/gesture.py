"""Gesture: the base of all, and the pointer as they are told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QPainter

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the pointer is, in the scene (`at`) and in the viewport (`spot`), and the keys held."""

    at: QPointF
    spot: QPoint
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier

    @property
    def adding(self) -> bool:
        """Whether Shift or Ctrl is held."""
        held = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
        return bool(self.modifiers & held)


class Gesture:
    """A mouse gesture. `end` and `cancel` are the last calls; after either nothing transient is left."""

    cursor: Qt.CursorShape | None = None
    hint: str = ""
    """A short sentence beside the pointer, and its tone: a token's name."""
    tone: str = "text"

    def __init__(self, view: CanvasView) -> None:
        self.view = view
        self.scene = view.canvas
        self.document = view.document

    def begin(self, pointer: Pointer) -> None:
        """The button went down, or a drag came in, here."""

    def move(self, pointer: Pointer) -> None:
        """The pointer is here now."""

    def end(self, pointer: Pointer) -> None:
        """The button went up here: make the edit."""

    def cancel(self) -> None:
        """Leave no trace."""

    def paint(self, painter: QPainter) -> None:
        """Paint over the cards, in scene coordinates."""
