"""What the view paints by itself: the dots of the grid, the network from afar, words on the canvas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil, floor

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPen,
    QPixmap,
    QTransform,
)
from PySide6.QtWidgets import QGraphicsView

from designer.canvas.geometry import GRID
from designer.canvas.instance import paint_specks
from designer.canvas.scene import CanvasScene
from designer.style import RADIUS, SPACE, Type, theme
from designer.style.icons import draw
from designer.style.theme import font

_LEAST_STEP = 15.0
"""Dots stand no closer than this on the screen, in pixels."""
EMPTY_TITLE = "Draw your network here"
EMPTY_HINT = "Drag a layer here, or press Tab to search"


def paint_dots(painter: QPainter, zoom: float, size: QSize, origin: QPointF) -> None:
    """The grid over a viewport of `size`; `origin` is where the scene's (0, 0) is in it.

    One row is drawn and then copied down: thousands of dots one by one would take longer than cards.
    """
    step = GRID * zoom
    while step < _LEAST_STEP:
        step *= 2
    color, ratio = theme().color("grid"), painter.device().devicePixelRatio()
    row = QPixmap(QSize(size.width(), 2) * ratio)
    row.setDevicePixelRatio(ratio)
    row.fill(Qt.GlobalColor.transparent)
    dots = QPainter(row)
    for x in _ticks(origin.x(), step, size.width()):
        dots.fillRect(x, 0, 2, 2, color)
    dots.end()
    for y in _ticks(origin.y(), step, size.height()):
        painter.drawPixmap(0, y, row)


def _ticks(origin: float, step: float, length: int) -> list[int]:
    """Where the grid's lines fall on whole pixels, in the same places whatever part is in sight."""
    first = ceil(-origin / step) - 1
    return [floor(origin + n * step + 0.5) for n in range(first, first + ceil(length / step) + 2)]


def paint_far(painter: QPainter, scene: CanvasScene, zoom: float) -> None:
    """The whole network as coloured bars and thin lines; `painter` is in scene coordinates."""
    tokens = theme()
    scene.frames.paint_far(painter, zoom)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    line = QPen(tokens.color("link"), 0)
    painter.setPen(line)
    carried = scene.carried
    painter.drawLines(scene.links.far_lines(scene.links_of(carried)))
    _paint_bars(painter, scene, scene.bars(carried), [n for n in scene.muted if n not in carried])
    _paint_insides(painter, scene, lambda name: name not in carried)
    _outline(painter, scene, zoom, lambda name: name not in carried)


def paint_carried(painter: QPainter, scene: CanvasScene, zoom: float) -> None:
    """What a gesture carries, over the rest of the network from afar."""
    carried = scene.carried
    if not carried:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(theme().color("link"), 0))
    wires = (scene.links.wires.get(link) for link in scene.links_of(carried))
    painter.drawLines([line for wire in wires if wire is not None for line in wire.course.lines])
    bars: dict[str, list[QRectF]] = {}
    for name in carried:
        bars.setdefault(scene.nodes[name].family, []).append(scene.nodes[name].card)
    _paint_bars(painter, scene, bars, [name for name in scene.muted if name in carried])
    _paint_insides(painter, scene, lambda name: name in carried)
    _outline(painter, scene, zoom, lambda name: name in carried)


def _paint_insides(painter: QPainter, scene: CanvasScene, shown: Callable[[str], bool]) -> None:
    """The insides of blocks, as smaller bars on theirs."""
    for name in scene.instances.of(scene.document.shown.network):
        item = scene.nodes.get(name)
        if item is not None and item.face.inside is not None and shown(name):
            paint_specks(painter, item.card, item.face.inside)


def _paint_bars(
    painter: QPainter,
    scene: CanvasScene,
    bars: Mapping[str, list[QRectF]],
    muted: Sequence[str],
) -> None:
    tokens = theme()
    painter.setPen(Qt.PenStyle.NoPen)
    for family, cards in bars.items():
        painter.setBrush(tokens.family(family))
        painter.drawRects(cards)
    if muted:
        veil = tokens.color("canvas")
        veil.setAlpha(165)
        painter.setBrush(veil)
        painter.drawRects([scene.nodes[name].card for name in muted])


def _outline(
    painter: QPainter, scene: CanvasScene, zoom: float, wanted: Callable[[str], bool]
) -> None:
    """Frame those of the wanted nodes that are wrong or selected."""
    tokens = theme()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for token, names in (
        ("error", scene.invalid),
        ("accent", scene.document.selection),
    ):
        framed = [name for name in names if wanted(name)]
        if framed:
            pen = QPen(tokens.color(token), 2.0)
            pen.setCosmetic(True)
            painter.setPen(pen)
            out = 2.0 / zoom
            painter.drawRects(
                [scene.nodes[name].card.adjusted(-out, -out, out, out) for name in framed]
            )


class Snapshot:
    """The far picture of a little more than the viewport, shown while the view is on the move."""

    MARGIN = 0.25
    """Of the viewport's width and height, on each side."""

    def __init__(
        self, view: QGraphicsView, paint: Callable[[QPainter, QTransform, QSize], None]
    ) -> None:
        self._view = view
        self._paint = paint
        self._pixmap: QPixmap | None = None
        self._transform = QTransform()
        self._version = -1
        self._last = 0.0

    def drop(self) -> None:
        """Give it up; it is large."""
        self._pixmap = None
        self._last = 0.0

    def paint(self, painter: QPainter, transform: QTransform, moving: bool, version: int) -> bool:
        """Show the network by the snapshot, made anew where it does not do; False while at rest."""
        if not moving:
            self.drop()
            return False
        shown = self._shown(transform, version)
        if shown is None:
            zoomed = transform.m11() / (self._last or transform.m11())
            self._last = transform.m11()
            if zoomed < 1.0:
                # The next step shows still more, which no snapshot of this one holds.
                return False
            self._take(transform, version, 0.0 if zoomed > 1.0 else self.MARGIN)
            shown = self._shown(transform, version)
        if shown is None or self._pixmap is None:
            return False
        painter.resetTransform()
        painter.drawPixmap(shown, self._pixmap, QRectF(self._pixmap.rect()))
        return True

    def _shown(self, transform: QTransform, version: int) -> QRectF | None:
        """Where in the viewport the snapshot goes; None where it does not cover it, or is old."""
        if self._pixmap is None or version != self._version:
            return None
        inverse, _ = self._transform.inverted()
        size = self._pixmap.deviceIndependentSize()
        shown = (inverse * transform).mapRect(QRectF(0, 0, size.width(), size.height()))
        scale = shown.width() / size.width()
        covers = shown.contains(QRectF(self._view.viewport().rect()))
        return shown if covers and 0.6 < scale < 1.7 else None

    def _take(self, transform: QTransform, version: int, margin: float) -> None:
        area, ratio = self._view.viewport().size(), self._view.devicePixelRatioF()
        across, down = int(area.width() * margin), int(area.height() * margin)
        size = QSize(area.width() + 2 * across, area.height() + 2 * down)
        self._pixmap = QPixmap(size * ratio)
        self._pixmap.setDevicePixelRatio(ratio)
        self._transform = transform * QTransform.fromTranslate(across, down)
        self._version = version
        painter = QPainter(self._pixmap)
        self._paint(painter, self._transform, size)
        painter.end()


def paint_empty(painter: QPainter, area: QRect) -> None:
    """What an empty canvas says; `painter` is in viewport coordinates."""
    tokens = theme()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    center = QPointF(area.center())
    frame = QRectF(center.x() - 170, center.y() - 78, 340, 156)
    pen = QPen(tokens.color("link"), 1.2, Qt.PenStyle.CustomDashLine)
    pen.setDashPattern([5, 5])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(frame, 2 * RADIUS, 2 * RADIUS)
    glyph = QRectF(center.x() - 16, frame.top() + 24, 32, 32)
    draw(painter, "family_convolution", glyph, tokens.family("convolution"))
    center_flag = Qt.AlignmentFlag.AlignCenter
    painter.setFont(font(Type.TITLE, QFont.Weight.DemiBold))
    painter.setPen(tokens.color("text"))
    painter.drawText(QRectF(frame.left(), glyph.bottom() + 10, 340, 26), center_flag, EMPTY_TITLE)
    painter.setFont(font(Type.BODY))
    painter.setPen(tokens.color("muted"))
    painter.drawText(QRectF(frame.left(), glyph.bottom() + 38, 340, 22), center_flag, EMPTY_HINT)


def paint_hint(painter: QPainter, area: QRect, spot: QPoint, text: str, tone: str) -> None:
    """A sentence beside the pointer; `painter` is in viewport coordinates."""
    weight = font(Type.SMALL, QFont.Weight.Medium)
    bounds = QFontMetricsF(weight).boundingRect(
        QRectF(0, 0, 260, 200), Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap, text
    )
    box = QRectF(0, 0, bounds.width() + 5 * SPACE, bounds.height() + 3 * SPACE)
    x = min(spot.x() + 18.0, area.right() - box.width() - SPACE)
    y = min(spot.y() + 18.0, area.bottom() - box.height() - SPACE)
    box.moveTo(max(area.left() + SPACE, x), max(area.top() + SPACE, y))
    paint_pill(painter, box, text, theme().color(tone), weight)


def paint_label(painter: QPainter, center: QPointF, text: str, zoom: float) -> QRectF:
    """A small label in the scene that keeps its size on the screen; returns its scene rectangle."""
    weight = font(Type.SMALL, QFont.Weight.Medium)
    width = QFontMetricsF(weight).horizontalAdvance(text) + 4 * SPACE
    box = QRectF(-width / 2, -11, width, 22)
    painter.save()
    painter.translate(center)
    painter.scale(1 / zoom, 1 / zoom)
    paint_pill(painter, box, text, theme().color("text"), weight)
    painter.restore()
    return QRectF(center.x() - width / 2 / zoom, center.y() - 11 / zoom, width / zoom, 22 / zoom)


def paint_pill(painter: QPainter, box: QRectF, text: str, color: QColor, weight: QFont) -> None:
    """Text on a raised ground with a hairline around."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme().color("border"), 1.0))
    painter.setBrush(theme().color("raised"))
    painter.drawRoundedRect(box, RADIUS, RADIUS)
    painter.setPen(color)
    painter.setFont(weight)
    side = Qt.AlignmentFlag.AlignLeft if "\n" in text else Qt.AlignmentFlag.AlignHCenter
    flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(box.adjusted(2 * SPACE, SPACE, -2 * SPACE, -SPACE), flags, text)
