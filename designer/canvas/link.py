"""LinksItem: one item that draws all links, each course on its own (merged paths are far slower)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from math import log2

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.canvas.geometry import LINK_REACH, Course
from designer.style import theme
from engine.layers.base import Shape
from engine.network.network import Link

_EVERYWHERE = QRectF(-2e6, -2e6, 4e6, 4e6)
_PAD = 6.0
_MANY = 100
"""Links; with more in sight their edges are not smoothed while the view moves."""


def thickness(shape: Shape | None) -> float:
    """Pen width in scene pixels: 1.2 where the shape is unknown, then growing with log2 of channels."""
    if not shape:
        return 1.2
    return round(1.5 + min(4.0, log2(max(1, shape[0])) * (0.36 if len(shape) == 3 else 0.2)), 1)


class Wire:
    """A link as it is drawn. `strong` marks a link of a selected node, `row` its place in the index,
    `state` a link that is `broken`, or `muted` with its node.
    """

    __slots__ = (
        "_age",
        "_item",
        "_shape",
        "_thickness",
        "course",
        "link",
        "row",
        "state",
        "strong",
    )

    def __init__(self, item: LinksItem, link: Link, course: Course, row: int, strong: bool) -> None:
        self._item = item
        self._age = -1
        self._shape: Shape | None = None
        self._thickness = thickness(None)
        self.link = link
        self.course = course
        self.row = row
        self.strong = strong
        self.state = ""

    @property
    def shape(self) -> Shape | None:
        """What flows through, as the analysis has it now."""
        if self._age != self._item.age:
            self._age = self._item.age
            shape = self._item.shape_of(self.link)
            if shape != self._shape:
                self._shape, self._thickness = shape, thickness(shape)
        return self._shape

    @property
    def known(self) -> float:
        """The thickness that it was last drawn with."""
        return self._thickness

    @property
    def thickness(self) -> float:
        """Of its line, in scene pixels."""
        if self._age != self._item.age:
            _ = self.shape
        return self._thickness


class LinksItem(QGraphicsItem):
    """Knows each link's course and thickness, and which link is under a point."""

    def __init__(self, shape: Callable[[Link], Shape | None]) -> None:
        super().__init__()
        self.shape_of = shape
        self.moving = False
        """Whether the view is on the move; many links are drawn more simply then."""
        self.age = 0
        """Counts analyses; what a link carries is asked for when it is next drawn."""
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(-1)
        self.wires: dict[Link, Wire] = {}
        self.hovered: Link | None = None
        self.selected: Link | None = None
        self.hidden: Link | None = None
        """The link that a gesture holds in the hand; the gesture paints it."""
        self._strong: frozenset[Link] = frozenset()
        self._states: dict[Link, str] = {}
        self._rows: list[Wire] = []
        self._bounds = np.zeros((0, 4))
        self._far: list[QLineF] | None = None

    def boundingRect(self) -> QRectF:
        return _EVERYWHERE

    def change(self, gone: Collection[Link], courses: Mapping[Link, Course]) -> None:
        """Take links away, and give others a new course."""
        for link in gone:
            self._drop(link)
        first = len(self._rows)
        for link, course in courses.items():
            wire = self.wires.get(link)
            if wire is None:
                wire = Wire(self, link, course, len(self._rows), link in self._strong)
                self.wires[link] = wire
                self._rows.append(wire)
            else:
                self._repaint(wire)
                wire.course = course
                self._bounds[wire.row] = _edges(course)
            self._repaint(wire)
        if len(self._rows) > first:
            added = np.array([_edges(wire.course) for wire in self._rows[first:]])
            self._bounds = np.concatenate((self._bounds, added))
        if gone or courses:
            self._far = None

    def renew(self, sights: Iterable[QRectF]) -> None:
        """Let links carry what the new analysis says; paint anew those in sight that look otherwise."""
        seen = {wire: wire.known for sight in sights for wire in self.near(sight)}
        self.age += 1
        for wire, known in seen.items():
            if wire.thickness != known:
                self._repaint(wire)

    def strengthen(self, links: frozenset[Link]) -> None:
        """Draw these links stronger than the others."""
        for link in links ^ self._strong:
            wire = self.wires.get(link)
            if wire is not None:
                wire.strong = link in links
                self._repaint(wire)
        self._strong = links

    def set_states(self, broken: frozenset[Link], muted: frozenset[Link]) -> None:
        """Draw links that bring what their target cannot take, and those of muted nodes, as such."""
        states = dict.fromkeys(muted, "muted") | dict.fromkeys(broken, "broken")
        for link in self._states.keys() | states.keys():
            wire = self.wires.get(link)
            if wire is not None and wire.state != states.get(link, ""):
                wire.state = states.get(link, "")
                self._repaint(wire)
        self._states = states

    def mark(self, role: str, link: Link | None) -> None:
        """Let `link` be the one that is `hovered`, `selected` or `hidden`, or let none be."""
        if getattr(self, role) != link:
            self.repaint(getattr(self, role))
            setattr(self, role, link)
            self.repaint(link)

    def repaint(self, link: Link | None) -> None:
        """Paint one link anew."""
        if link in self.wires:
            self._repaint(self.wires[link])

    def at(self, point: QPointF, reach: float = LINK_REACH) -> Link | None:
        """The link within `reach` of a point, the one drawn last if there are several."""
        box = QRectF(point, point).adjusted(-reach, -reach, reach, reach)
        stroker = QPainterPathStroker()
        stroker.setWidth(2 * reach)
        for wire in reversed(self.near(box)):
            if stroker.createStroke(wire.course.path).contains(point):
                return wire.link
        return None

    def far_lines(self, without: Collection[Link] = ()) -> list[QLineF]:
        """Every link as straight lines, `without` some, for painting from afar."""
        if without:
            return [
                line
                for wire in self._rows
                if wire.link not in without
                for line in wire.course.lines
            ]
        if self._far is None:
            self._far = [line for wire in self._rows for line in wire.course.lines]
        return self._far

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        exposed: QRectF = option.exposedRect  # type: ignore[attr-defined]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        held = [self.wires.get(link) for link in (self.hovered, self.selected) if link]
        hidden = self.wires.get(self.hidden) if self.hidden else None
        last = [wire for wire in held if wire is not None]
        color = theme().color("link")
        least = 1.2 / painter.worldTransform().m11()
        straight: dict[float, list[QLineF]] = {}
        width = -1.0
        near = self.near(exposed)
        if self.moving and len(near) > _MANY:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for wire in sorted(near, key=lambda wire: wire.thickness):
            if wire is hidden or wire in last:
                continue
            if wire.strong or wire.state:
                last.insert(0, wire)
            elif wire.course.straight:
                straight.setdefault(wire.thickness, []).extend(wire.course.lines)
            else:
                if wire.thickness > width:
                    width = wire.thickness
                    painter.setPen(_pen(color, max(least, width)))
                painter.drawPath(wire.course.path)
        for width, lines in straight.items():
            painter.setPen(_pen(color, max(least, width)))
            painter.drawLines(lines)
        for wire in last:
            bright = theme().color("accent" if wire in held else "muted")
            extra = 0.8 if wire in held else 0.4
            if wire.state == "broken":
                bright = theme().color("error")
            elif wire.state == "muted" and wire not in held:
                bright, extra = theme().color("link"), 0.0
            pen = _pen(bright, max(least, wire.thickness) + extra)
            if wire.state:
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                pen.setDashPattern([3.0, 2.2])
            painter.setPen(pen)
            painter.drawPath(wire.course.path)

    def near(self, rect: QRectF) -> list[Wire]:
        """The links whose bounds meet a rectangle."""
        b = self._bounds
        mask = (b[:, 0] <= rect.right()) & (b[:, 2] >= rect.left())
        mask &= (b[:, 1] <= rect.bottom()) & (b[:, 3] >= rect.top())
        rows = self._rows
        return [rows[row] for row in np.flatnonzero(mask).tolist()]

    def _drop(self, link: Link) -> None:
        """Take a link away; the last row moves into its place."""
        wire = self.wires.pop(link, None)
        if wire is None:
            return
        self._repaint(wire)
        last = self._rows.pop()
        if last is not wire:
            self._rows[wire.row] = last
            self._bounds[wire.row] = self._bounds[last.row]
            last.row = wire.row
        self._bounds = self._bounds[:-1]

    def _repaint(self, wire: Wire) -> None:
        self.update(wire.course.bounds.adjusted(-_PAD, -_PAD, _PAD, _PAD))


def _pen(color: QColor, width: float) -> QPen:
    return QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)


def _edges(course: Course) -> tuple[float, float, float, float]:
    b = course.bounds
    return b.left() - _PAD, b.top() - _PAD, b.right() + _PAD, b.bottom() + _PAD
