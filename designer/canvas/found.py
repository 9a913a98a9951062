"""Found: marks on the cards of nodes at which something ails the run that is watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPen, QPolygonF

from designer.canvas.card import FAR
from designer.canvas.hit import BodyHit
from designer.style import theme

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView
    from engine.training.diagnosis import Finding

MARK = "mark"
_OUT = 9.0
"""How far a mark reaches beyond its card's corner, in scene pixels, at zoom 1."""
_LEAST, _MOST, _AFAR = 6.5, 10.0, 6.0
"""Its radius on the screen, in pixels, and where cards are bars."""
_TOLD = 2
"""Sentences told at once."""
_PULSE = ((-0.62, 0.0), (-0.25, 0.0), (-0.08, -0.5), (0.18, 0.5), (0.34, 0.0), (0.62, 0.0))
"""The sign of a finding, in radii: a pulse."""


class Mark(NamedTuple):
    """What a card's mark tells; `path` is the node found first, perhaps inside a block."""

    severity: str
    text: str
    path: str


class Found(QObject):
    """Keeps the marks, paints them over the cards, and says when one is clicked."""

    chosen = Signal(str)
    """The path of a node whose finding is to be shown."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._pinned: Mapping[str, Sequence[Finding]] = {}
        self.marks: dict[str, Mark] = {}
        """By the names of the nodes in what is shown."""
        view.document.scope_changed.connect(self._place)
        view.canvas.settled.connect(self._place)

    def show_findings(self, pinned: Mapping[str, Sequence[Finding]]) -> None:
        """Mark these nodes, given by their paths in the whole project, and no others."""
        self._pinned = pinned
        self._place()

    def _place(self) -> None:
        prefix = "".join(f"{name}/" for name in self._view.document.scope)
        here: dict[str, list[tuple[str, Finding]]] = {}
        for path, findings in self._pinned.items():
            name = path.removeprefix(prefix).partition("/")[0]
            if path.startswith(prefix) and name in self._view.canvas.nodes:
                here.setdefault(name, []).extend((path, finding) for finding in findings)
        marks = {name: _mark(items) for name, items in here.items()}
        if marks != self.marks:
            self.marks = marks
            self._view.hovering.clear()
            self._view.viewport().update()

    def hit(self, point: QPointF) -> BodyHit | None:
        """The mark at a point of the scene."""
        for name in self.marks:
            center, radius = self._circle(name)
            away = point - center
            if away.x() ** 2 + away.y() ** 2 <= (radius + 2 / self._view.zoom) ** 2:
                return BodyHit(name, MARK)
        return None

    def choose(self, name: str) -> None:
        """The mark of a card was clicked."""
        self.chosen.emit(self.marks[name].path)

    def paint(self, painter: QPainter) -> None:
        """Paint the marks in sight; `painter` is in scene coordinates."""
        sight = self._view.visible_rect()
        for name, mark in self.marks.items():
            item = self._view.canvas.nodes.get(name)
            center, radius = self._circle(name) if item is not None else (QPointF(), 0.0)
            if item is not None and item.card.adjusted(-radius, -radius, 0, 0).intersects(sight):
                _paint_mark(painter, center, radius, mark.severity)

    def _circle(self, name: str) -> tuple[QPointF, float]:
        """Where a mark is: at the card's corner, growing inwards where it would be too small."""
        zoom = self._view.zoom
        far = zoom < FAR
        radius = (_AFAR if far else min(_MOST, max(_LEAST, _OUT * zoom))) / zoom
        # From afar nothing is cut off around a card.
        out = radius if far else min(_OUT, radius)
        return self._view.canvas.nodes[name].card.topLeft() + QPointF(1, 1) * (radius - out), radius


def _mark(items: Sequence[tuple[str, Finding]]) -> Mark:
    """One mark for all findings at a node and inside it."""
    items = sorted(items, key=lambda item: item[1].severity != "error")
    path, first = items[0]
    told = [finding.message for _, finding in items[:_TOLD]]
    if len(items) > _TOLD:
        told.append(f"And {len(items) - _TOLD} more.")
    return Mark(first.severity, "\n".join(told), path)


def _paint_mark(painter: QPainter, center: QPointF, radius: float, severity: str) -> None:
    tokens = theme()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(tokens.color("canvas"), radius * 0.3))
    painter.setBrush(tokens.color("error" if severity == "error" else "warning"))
    painter.drawEllipse(center, radius, radius)
    pen = QPen(tokens.color("raised"), radius * 0.2)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if severity == "error":
        painter.drawLine(center + QPointF(0, -0.5) * radius, center + QPointF(0, 0.08) * radius)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("raised"))
        dot = 0.13 * radius
        painter.drawEllipse(QRectF(center.x() - dot, center.y() + 0.36 * radius, 2 * dot, 2 * dot))
    else:
        points = [center + QPointF(x, y) * radius for x, y in _PULSE]
        painter.drawPolyline(QPolygonF(points))
