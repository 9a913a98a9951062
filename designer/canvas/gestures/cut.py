"""CutStroke: a stroke drawn with Ctrl and the right button cuts the links that it crosses."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from designer.canvas.gestures.gesture import Gesture, Pointer
from designer.style import theme
from engine.network import edits
from engine.network.network import Link


class CutStroke(Gesture):
    """Shows what it would cut until it is let go."""

    cursor = Qt.CursorShape.CrossCursor
    hint = "Draw across links to cut them"
    tone = "muted"

    def begin(self, pointer: Pointer) -> None:
        self.stroke = QPainterPath(pointer.at)
        self.last = pointer.at
        self.crossed: list[Link] = []

    def move(self, pointer: Pointer) -> None:
        piece = QLineF(self.last, pointer.at)
        if piece.length() * self.view.zoom < 1:
            return
        self.stroke.lineTo(pointer.at)
        self.last = pointer.at
        box = QRectF(piece.p1(), piece.p2()).normalized().adjusted(-1, -1, 1, 1)
        for wire in self.scene.links.near(box):
            if wire.link not in self.crossed and _crosses(wire.course.path, piece):
                self.crossed.append(wire.link)
        count = len(self.crossed)
        if count:
            self.hint = "Cut 1 link" if count == 1 else f"Cut {count} links"
            self.tone = "error"
        self.view.viewport().update()

    def end(self, pointer: Pointer) -> None:
        self.move(pointer)
        links = tuple(link for link in self.crossed if link in self.scene.links.wires)
        if links:
            first = links[0]
            label = f"Unlink {first.source} from {first.target}"
            if len(links) > 1:
                label = f"Cut {len(links)} links"
            self.document.do(label, lambda project: edits.disconnect(project, links))

    def paint(self, painter: QPainter) -> None:
        color = theme().color("error")
        pen = QPen(color, 2.5)
        pen.setCosmetic(True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        for link in self.crossed:
            wire = self.scene.links.wires.get(link)
            if wire is not None:
                painter.drawPath(wire.course.path)
        pen.setWidthF(1.5)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawPath(self.stroke)


def _crosses(path: QPainterPath, piece: QLineF) -> bool:
    """Whether a short piece of the stroke meets a link's course."""
    count = max(8, min(64, round(path.length() / 12)))
    before = path.pointAtPercent(0)
    for number in range(1, count + 1):
        after = path.pointAtPercent(number / count)
        meets, _ = _meet(piece, QLineF(before, after))
        if meets:
            return True
        before = after
    return False


def _meet(a: QLineF, b: QLineF) -> tuple[bool, QPointF]:
    kind, point = a.intersects(b)
    return kind == QLineF.IntersectionType.BoundedIntersection, point
