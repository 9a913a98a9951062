"""Move: cards follow the pointer and snap to the grid and to each other; one edit at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from designer.canvas.gestures.gesture import Gesture, Pointer
from designer.canvas.snapping import Guides, snap
from designer.style import theme
from engine.network import edits

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView


class Move(Gesture):
    """Moves the whole selection when the card in the hand belongs to it, else that card alone.

    Alt moves freely, without snapping.
    """

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view: CanvasView, name: str) -> None:
        super().__init__(view)
        self.name = name
        selection = self.document.selection
        self.names = selection if name in selection else (name,)

    def begin(self, pointer: Pointer) -> None:
        self.grip = pointer.at
        self.starts = {name: self.scene.nodes[name].at for name in self.names}
        moving = set(self.names)
        box = self.view.visible_rect()
        # Those in sight are what people align to.
        self.others = [item for item in self.scene.cards_in(box) if item.face.name not in moving]
        self.guides = Guides()

    def move(self, pointer: Pointer) -> None:
        start = self.starts[self.name]
        wanted = start + pointer.at - self.grip
        guides = Guides()
        if not pointer.modifiers & Qt.KeyboardModifier.AltModifier:
            wanted, guides = snap(self.scene.nodes[self.name], wanted, self.others)
        by = wanted - start
        self.scene.carry({name: place + by for name, place in self.starts.items()})
        if guides.lines or self.guides.lines:
            for line in (*guides.lines, *self.guides.lines):
                self.view.refresh(_around(line))
        self.guides = guides

    def end(self, pointer: Pointer) -> None:
        self.move(pointer)
        self._clear_guides()
        places = {name: self.scene.nodes[name].at for name in self.names}
        label = f"Move {self.name}" if len(places) == 1 else f"Move {len(places)} layers"
        points = {name: (at.x(), at.y()) for name, at in places.items()}
        if not self.document.do(label, lambda project: edits.move(project, points)):
            self.scene.put_back(self.names)
        if self.name not in self.document.selection:
            self.view.select_link(None)
            self.document.select(self.names)

    def cancel(self) -> None:
        self._clear_guides()
        self.scene.put_back(name for name in self.names if name in self.scene.nodes)

    def paint(self, painter: QPainter) -> None:
        if self.guides.lines:
            pen = QPen(theme().color("accent"), 1.0, Qt.PenStyle.DashLine)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawLines(list(self.guides.lines))

    def _clear_guides(self) -> None:
        for line in self.guides.lines:
            self.view.refresh(_around(line))
        self.guides = Guides()


def _around(line: QLineF) -> QRectF:
    return QRectF(line.p1(), line.p2()).normalized().adjusted(-3, -3, 3, 3)
