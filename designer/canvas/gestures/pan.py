"""Pan: the canvas follows the hand."""

from __future__ import annotations

from PySide6.QtCore import Qt

from designer.canvas.gestures.gesture import Gesture, Pointer


class Pan(Gesture):
    """Middle button, or Space and the left one."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def begin(self, pointer: Pointer) -> None:
        self.start = pointer.spot
        self.offset = self.view.offset

    def move(self, pointer: Pointer) -> None:
        self.view.scroll_to(self.offset - (pointer.spot - self.start))

    def end(self, pointer: Pointer) -> None:
        self.move(pointer)

    def cancel(self) -> None:
        self.view.scroll_to(self.offset)
