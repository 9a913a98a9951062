"""LinksItem: one item that draws all links, each course on its own (merged paths are far slower)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import log2

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.canvas.geometry import LINK_REACH, Wire
from designer.style import theme
from engine.layers.base import Shape
from engine.network.network import Link

_EVERYWHERE = QRectF(-2e6, -2e6, 4e6, 4e6)
_PAD = 6.0


def thickness(shape: Shape | None) -> float:
    """Pen width in scene pixels: 1.2 where the shape is unknown, then growing with log2 of channels."""
    if not shape:
        return 1.2
    return round(1.5 + min(4.0, log2(max(1, shape[0])) * (0.36 if len(shape) == 3 else 0.2)), 1)


class LinksItem(QGraphicsItem):
    """Knows each link's course and thickness, and which link is under a point."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(-1)
        self.wires: dict[Link, Wire] = {}
        self.shapes: dict[Link, Shape | None] = {}
        self.hovered: Link | None = None
        self.selected: Link | None = None
        self.hidden: Link | None = None
        """The link that a gesture holds in the hand; the gesture paints it."""
        self.strong: frozenset[Link] = frozenset()
        """Links of selected nodes."""
        self.moving = False
        """Whether the view is on the move: then all lines are thin, which is fast."""
        self._links: list[Link] = []
        self._rows: dict[Link, int] = {}
        self._bounds = np.zeros((0, 4))
        self._far: list[QLineF] | None = None

    def boundingRect(self) -> QRectF:
        return _EVERYWHERE

    def change(
        self,
        gone: Collection[Link],
        wires: Mapping[Link, Wire],
        shapes: Mapping[Link, Shape | None] | None = None,
    ) -> None:
        """Take links away, and give others a new course and perhaps another shape."""
        for link in gone:
            self._drop(link)
        new = [link for link in wires if link not in self.wires]
        for link, wire in wires.items():
            self._repaint(self.wires.get(link))
            self._repaint(wire)
            self.wires[link] = wire
            if link in self._rows:
                self._bounds[self._rows[link]] = _edges(wire)
        if new:
            self._rows.update({link: row for row, link in enumerate(new, len(self._links))})
            self._links.extend(new)
            added = np.array([_edges(wires[link]) for link in new])
            self._bounds = np.concatenate((self._bounds, added))
        self._far = None
        for link, shape in (shapes or {}).items():
            if self.shapes.get(link) != shape:
                self.shapes[link] = shape
                self._repaint(self.wires.get(link))

    def repaint(self, link: Link | None) -> None:
        """Paint one link anew."""
        if link is not None:
            self._repaint(self.wires.get(link))

    def at(self, point: QPointF, reach: float = LINK_REACH) -> Link | None:
        """The link within `reach` of a point, the one drawn last if there are several."""
        for row in reversed(
            self._near(QRectF(point, point).adjusted(-reach, -reach, reach, reach))
        ):
            link = self._links[row]
            stroker = QPainterPathStroker()
            stroker.setWidth(2 * reach)
            if stroker.createStroke(self.wires[link].path).contains(point):
                return link
        return None

    def far_lines(self) -> list[QLineF]:
        """Every link as straight lines, for painting from afar."""
        if self._far is None:
            self._far = [line for wire in self.wires.values() for line in wire.lines]
        return self._far

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        exposed: QRectF = option.exposedRect  # type: ignore[attr-defined]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        color = theme().color("link")
        pens: dict[float, QPen] = {}
        last: list[Link] = []
        held = (self.hovered, self.selected)
        least = 1.2 / painter.worldTransform().m11()
        for row in self._near(exposed):
            link = self._links[row]
            if link == self.hidden:
                continue
            if link in held or link in self.strong:
                last.append(link)
                continue
            width = 0.0 if self.moving else max(least, thickness(self.shapes.get(link)))
            pen = pens.get(width)
            if pen is None:
                pen = pens[width] = _pen(color, width)
            painter.setPen(pen)
            painter.drawPath(self.wires[link].path)
        for link in last:
            bright = theme().color("accent" if link in held else "muted")
            width = max(least, thickness(self.shapes.get(link))) + (0.8 if link in held else 0.4)
            painter.setPen(_pen(bright, width))
            painter.drawPath(self.wires[link].path)

    def _near(self, rect: QRectF) -> list[int]:
        """Rows of the links whose bounds meet a rectangle."""
        b = self._bounds
        mask = (b[:, 0] <= rect.right()) & (b[:, 2] >= rect.left())
        mask &= (b[:, 1] <= rect.bottom()) & (b[:, 3] >= rect.top())
        return np.nonzero(mask)[0].tolist()

    def _drop(self, link: Link) -> None:
        """Take a link away; the last row moves into its place."""
        if link not in self.wires:
            return
        self._repaint(self.wires.pop(link))
        self.shapes.pop(link, None)
        row, last = self._rows.pop(link), self._links.pop()
        if last != link:
            self._links[row] = last
            self._rows[last] = row
            self._bounds[row] = self._bounds[-1]
        self._bounds = self._bounds[:-1]

    def _repaint(self, wire: Wire | None) -> None:
        if wire is not None:
            self.update(wire.bounds.adjusted(-_PAD, -_PAD, _PAD, _PAD))


def _pen(color: QColor, width: float) -> QPen:
    pen = QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    pen.setCosmetic(width == 0)
    return pen


def _edges(wire: Wire) -> tuple[float, float, float, float]:
    b = wire.bounds
    return b.left() - _PAD, b.top() - _PAD, b.right() + _PAD, b.bottom() + _PAD
