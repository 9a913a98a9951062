"""Frames: titled rectangles behind the cards that say what belongs together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.style import RADIUS, SPACE, Type, theme
from designer.style.theme import font
from engine.network.project import Frame, Project

if TYPE_CHECKING:
    from designer.canvas.scene import CanvasScene

Part: TypeAlias = Literal[
    "title",
    "left",
    "right",
    "top",
    "bottom",
    "top left",
    "top right",
    "bottom left",
    "bottom right",
]
"""What of a frame is under the pointer: its title bar, or an edge or corner that resizes it."""

TITLE_BAR = 34.0
"""Height of a frame's title bar at zoom 1, in scene pixels."""
_EDGE = 7.0
"""How near to an edge resizes, in pixels of the screen."""
_SMALLEST_TITLE, _LARGEST_TITLE = 11.0, 22.0
_LEAST = 44.0
"""Frames narrower than this on the screen show no title."""
_COMMENT_FROM = 0.62
"""From this zoom on comments can be read."""
_TINT, _TINT_HOVERED = 16, 24


def title_height(frame: QRectF, zoom: float) -> float:
    """Height of the title bar in scene pixels; from afar it stays large enough to be hit."""
    return min(frame.height(), max(TITLE_BAR, 20.0 / zoom))


class FrameItem(QGraphicsItem):
    """One frame in the scene; `shown` is its rectangle, also while a gesture changes it."""

    def __init__(self, frame: Frame) -> None:
        super().__init__()
        self.frame = frame
        self.shown = rectangle(frame)
        self.hovered = False
        self.selected = False
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(-3)

    def show_frame(self, frame: Frame) -> None:
        """Show another frame."""
        self.frame = frame
        self.place(rectangle(frame))

    def place(self, rect: QRectF) -> None:
        """Show it elsewhere."""
        self.prepareGeometryChange()
        self.shown = rect
        self.update()

    def set_state(self, **states: bool) -> None:
        """Set any of `hovered` and `selected`."""
        for name, value in states.items():
            if getattr(self, name) != value:
                setattr(self, name, value)
                self.update()

    def boundingRect(self) -> QRectF:
        return self.shown.adjusted(-4, -4, 4, 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_frame(painter, self, painter.worldTransform().m11())


class Frames:
    """The frames of a scene: kept like the document's, found under a point, drawn from afar."""

    def __init__(self, scene: CanvasScene) -> None:
        self._scene = scene
        self.items: dict[str, FrameItem] = {}
        self.selected: str | None = None
        self.hovered: str | None = None

    def follow(self, project: Project) -> set[str]:
        """Show the frames of a project; returns those that came or changed."""
        frames = {name: frame for name, frame in project.frames.items() if "/" not in name}
        for name in [name for name in self.items if name not in frames]:
            self._scene.removeItem(self.items.pop(name))
            if self.selected == name:
                self.selected = None
            if self.hovered == name:
                self.hovered = None
        changed: set[str] = set()
        for name, frame in frames.items():
            item = self.items.get(name)
            if item is None:
                item = self.items[name] = FrameItem(frame)
                self._scene.addItem(item)
            elif item.frame is frame:
                continue
            changed.add(name)
            item.show_frame(frame)
        return changed

    def mark(self, role: Literal["selected", "hovered"], name: str | None) -> None:
        """Let one frame be the one that is `selected` or `hovered`, or none."""
        old = getattr(self, role)
        if old == name:
            return
        setattr(self, role, name)
        for which in (old, name):
            if which in self.items:
                self.items[which].set_state(**{role: which == name})

    def extent(self) -> QRectF:
        """The rectangle around all frames."""
        extent = QRectF()
        for item in self.items.values():
            extent = extent.united(item.shown)
        return extent

    def at(self, point: QPointF, zoom: float) -> tuple[str, Part] | None:
        """The frame whose title bar or edge is at a point; of several the smallest."""
        for name, item in sorted(self.items.items(), key=lambda pair: _area(pair[1].shown)):
            part = _part(item.shown, point, zoom)
            if part is not None:
                return name, part
        return None

    def inside(self, name: str) -> list[str]:
        """Other frames that lie wholly in a frame."""
        rect = self.items[name].shown
        return [
            other
            for other, item in self.items.items()
            if other != name and rect.contains(item.shown)
        ]

    def framed(self, name: str) -> list[str]:
        """The nodes whose cards' middles lie in a frame, in drawing order."""
        rect = self.items[name].shown
        cards = self._scene.cards_in(rect)
        inside = {item.face.name for item in cards if rect.contains(item.card.center())}
        return [name for name in self._scene.document.shown.network.nodes if name in inside]

    def place(self, rects: Mapping[str, QRectF]) -> None:
        """Show frames elsewhere for a while."""
        for name, rect in rects.items():
            self.items[name].place(rect)

    def put_back(self, names: Iterable[str]) -> None:
        """Show frames where the document has them."""
        for name in names:
            if name in self.items:
                self.items[name].place(rectangle(self.items[name].frame))

    def paint_far(self, painter: QPainter, zoom: float) -> None:
        """All frames; `painter` is in scene coordinates."""
        for item in sorted(self.items.values(), key=lambda item: -_area(item.shown)):
            draw_frame(painter, item, zoom)


def rectangle(frame: Frame) -> QRectF:
    """Where a frame lies in the scene."""
    return QRectF(*frame.at, *frame.size)


def draw_frame(painter: QPainter, item: FrameItem, zoom: float) -> None:
    """A tint, a hairline and a title, which keeps a readable size from afar."""
    tokens, rect = theme(), item.shown
    tint = tokens.color("muted")
    tint.setAlpha(_TINT_HOVERED if item.hovered or item.selected else _TINT)
    edge = tokens.color("accent" if item.selected else "link")
    if not item.selected:
        edge.setAlpha(200 if item.hovered else 110)
    pen = QPen(edge, 2.0 if item.selected else 1.0)
    pen.setCosmetic(True)
    painter.setPen(pen)
    painter.setBrush(tint)
    radius = 2 * RADIUS
    painter.drawRoundedRect(rect, radius, radius)
    if rect.width() * zoom >= _LEAST:
        _draw_words(painter, item, zoom)
    if item.selected:
        _draw_grips(painter, rect, zoom, edge)


def _draw_words(painter: QPainter, item: FrameItem, zoom: float) -> None:
    tokens, rect = theme(), item.shown
    size = min(_LARGEST_TITLE, max(_SMALLEST_TITLE, Type.TITLE * zoom))
    painter.save()
    painter.translate(rect.topLeft())
    painter.scale(1 / zoom, 1 / zoom)
    width = rect.width() * zoom - 6 * SPACE
    bar = title_height(rect, zoom) * zoom
    weight = font(round(size), QFont.Weight.DemiBold)
    painter.setPen(tokens.color("text" if item.frame.title else "muted"))
    _line(painter, weight, QRectF(3 * SPACE, 0, width, bar), item.frame.title or "Untitled")
    if item.frame.comment and zoom >= _COMMENT_FROM:
        small = font(round(Type.BODY * min(1.0, zoom)))
        painter.setPen(tokens.color("muted"))
        box = QRectF(3 * SPACE, bar - SPACE, width, (2 * TITLE_BAR + 2) * zoom - bar)
        painter.setFont(small)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(box, flags, item.frame.comment)
    painter.restore()


def _line(painter: QPainter, weight: QFont, box: QRectF, text: str) -> None:
    painter.setFont(weight)
    shown = QFontMetricsF(weight).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(box, flags | Qt.TextFlag.TextSingleLine, shown)


def _draw_grips(painter: QPainter, rect: QRectF, zoom: float, color: QColor) -> None:
    half = 3.5 / zoom
    painter.setBrush(theme().color("raised"))
    for corner in (rect.topLeft(), rect.topRight(), rect.bottomLeft(), rect.bottomRight()):
        painter.drawRect(QRectF(corner.x() - half, corner.y() - half, 2 * half, 2 * half))


def _area(rect: QRectF) -> float:
    return rect.width() * rect.height()


def _part(rect: QRectF, point: QPointF, zoom: float) -> Part | None:
    reach = min(_EDGE / zoom, rect.width() / 4, rect.height() / 4)
    if not rect.adjusted(-reach, -reach, reach, reach).contains(point):
        return None
    across = "left" if point.x() < rect.left() + reach else ""
    across = "right" if point.x() > rect.right() - reach else across
    down = "top" if point.y() < rect.top() + reach else ""
    down = "bottom" if point.y() > rect.bottom() - reach else down
    edge = f"{down} {across}".strip()
    if edge:
        return edge  # type: ignore[return-value]  # one of the eight
    return "title" if point.y() <= rect.top() + title_height(rect, zoom) else None
