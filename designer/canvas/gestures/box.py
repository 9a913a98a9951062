"""BoxSelect: a rectangle drawn over empty canvas selects the cards that it touches."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from designer.canvas.gestures.gesture import Gesture, Pointer
from designer.canvas.node import NodeItem
from designer.style import RADIUS, theme


class BoxSelect(Gesture):
    """With Shift or Ctrl the cards join those already selected."""

    def begin(self, pointer: Pointer) -> None:
        self.start = pointer.at
        self.rect = QRectF(pointer.at, pointer.at)
        self.touched: list[NodeItem] = []

    def move(self, pointer: Pointer) -> None:
        self.rect = QRectF(self.start, pointer.at).normalized()
        self.touched = self.scene.cards_in(self.rect)
        self.view.viewport().update()

    def end(self, pointer: Pointer) -> None:
        self.move(pointer)
        # In drawing order, so that an equal box gives an equal selection.
        inside = {item.face.name for item in self.touched}
        names = [name for name in self.document.shown.network.nodes if name in inside]
        kept = self.document.selection if pointer.adding else ()
        self.view.select_link(None)
        self.document.select((*kept, *names))

    def paint(self, painter: QPainter) -> None:
        accent = theme().color("accent")
        pen = QPen(accent, 1.5)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for item in self.touched:
            painter.drawRoundedRect(item.card, RADIUS, RADIUS)
        pen.setWidthF(1.0)
        painter.setPen(pen)
        accent.setAlpha(28)
        painter.setBrush(accent)
        painter.drawRect(self.rect)
