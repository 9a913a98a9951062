"""NodeItem: one card in the scene. Plain: its ports are drawn, not items, and it takes no events."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.canvas.card import INSET, Pose
from designer.canvas.face import Face
from designer.canvas.geometry import CARD_WIDTH, DOT_RADIUS, MARGIN, STRIP_HEIGHT
from designer.canvas.pictures import Pictures
from designer.style import theme

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


ROW_HEIGHT = 20.0
"""How high the values of a vector are drawn on its card."""


class Waiting:
    """Cards out of sight whose nodes have changed, by name; `dress` gives one its present face."""

    def __init__(self, dress: Callable[[NodeItem], None]) -> None:
        self.names: set[str] = set()
        self.dress = dress


class NodeItem(QGraphicsItem):
    """Paints a `Face` from a kept picture, and over it what changes often: thumbnails and states."""

    def __init__(self, face: Face, pictures: Pictures, waiting: Waiting) -> None:
        super().__init__()
        self._pose = Pose(face, _strip(face, None))
        self._waiting = waiting
        self.at = QPointF()
        """The card's top left corner, as `pos()`, without a call into Qt."""
        self.card = QRectF(0, 0, self._pose.width, self._pose.height)
        """The card in the scene, without its note. Shared; only this item moves it."""
        self.hovered = False
        self.selected = False
        self.running = False
        self._pictures = pictures
        self._thumbnails: QImage | None = None
        self._boxes: tuple[QRectF, QRectF] | None = None
        """Where the thumbnails are painted, once it is known."""
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    @property
    def pose(self) -> Pose:
        """The card laid out as the document has it; a card out of sight is so only when asked."""
        waiting = self._waiting
        if waiting.names and self.name in waiting.names:
            waiting.names.discard(self.name)
            waiting.dress(self)
        return self._pose

    @property
    def face(self) -> Face:
        return self.pose.face

    @property
    def name(self) -> str:
        return self._pose.face.name

    @property
    def family(self) -> str:
        return self._pose.face.family

    @property
    def outer(self) -> QRectF:
        """All that is painted, in the scene."""
        return self.pose.outer.translated(self.at)

    def place(self, at: QPointF) -> None:
        """Put the card's top left corner at `at`."""
        self.at = at
        self.card.moveTo(at)
        self.setPos(at)

    def port(self, side: str, index: int) -> QPointF:
        """Centre of a port in the scene; `side` is `in` or `out`. A missing one is at the middle."""
        places = self.pose.inputs if side == "in" else self.pose.outputs
        if index < len(places):
            return self.at + places[index]
        return self.at + QPointF(0.0 if side == "in" else self.pose.width, self.pose.base / 2)

    def show_face(self, face: Face) -> None:
        """Show another face; nothing happens when it is equal."""
        if face != self._pose.face:
            shown = self._thumbnails
            self._strike(Pose(face, _strip(face, shown), shown is not None))

    def show_thumbnails(self, image: QImage | None) -> bool:
        """Show a strip of activations, or none. Returns whether the card's height changed."""
        if self._pose.face.dot:
            image = None
        if image is None and self._thumbnails is None:
            return False
        fresh = (image is None) != (self._thumbnails is None)
        self._boxes = None
        self._thumbnails = image
        height = self._pose.height
        if fresh:
            self._strike(Pose(self.face, _strip(self.face, image), image is not None))
        else:
            self.update(QRectF(0, self._pose.base, CARD_WIDTH, STRIP_HEIGHT))
        return self._pose.height != height

    def set_state(self, **states: bool) -> None:
        """Set any of `hovered`, `selected`, `running`."""
        for name, value in states.items():
            if getattr(self, name) != value:
                setattr(self, name, value)
                self.update()

    def _strike(self, pose: Pose) -> None:
        if pose.outer != self._pose.outer:
            self.prepareGeometryChange()
        self._pose = pose
        self._boxes = None
        self.card.setSize(QSizeF(pose.width, pose.height))
        self.update()

    def boundingRect(self) -> QRectF:
        return self._pose.outer

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        transform = painter.worldTransform()
        zoom = transform.m11()
        pictures, pose = self._pictures, self.pose
        pixmap, scale = pictures.picture(pose, zoom)
        painter.resetTransform()
        x, y = transform.dx() - MARGIN * zoom, transform.dy() - MARGIN * zoom
        if scale == zoom:
            # On whole device pixels the picture is copied, not resampled, and stays sharp.
            ratio = pictures.ratio
            painter.drawPixmap(QPointF(round(x * ratio) / ratio, round(y * ratio) / ratio), pixmap)
        else:
            size = pixmap.deviceIndependentSize() * (zoom / scale)
            box = QRectF(x, y, size.width(), size.height())
            painter.drawPixmap(box, pixmap, QRectF(pixmap.rect()))
        stands_out = self.hovered or self.selected or self.running
        if self._thumbnails is None and not stands_out:
            return
        painter.setWorldTransform(transform)
        # A card that no data reaches keeps the room of its thumbnails, but not the pictures.
        face = pose.face
        if self._thumbnails is not None and face.reached and face.severity != "error":
            self._paint_thumbnails(painter, self._thumbnails)
        if stands_out:
            self._paint_states(painter, zoom)

    def _paint_thumbnails(self, painter: QPainter, image: QImage) -> None:
        if self._boxes is None:
            self._boxes = _boxes(self.pose, image)
        box, part = self._boxes
        painter.drawImage(box, image, part)
        if image.height() == 1:
            # A frame, because the ends of a row may have the card's own colour.
            painter.setPen(QPen(theme().color("border"), 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box)

    def _paint_states(self, painter: QPainter, zoom: float) -> None:
        tokens = theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        card = QRectF(0, 0, self.pose.width, self.pose.height)
        if self.face.dot:
            self._paint_dot_states(painter, card, zoom)
            return
        if self.selected:
            halo = tokens.color("accent")
            halo.setAlpha(70)
            painter.setPen(QPen(halo, 5.0))
            painter.drawRoundedRect(card.adjusted(-2.5, -2.5, 2.5, 2.5), 8, 8)
            edge = "error" if self.face.severity == "error" else "accent"
            painter.setPen(QPen(tokens.color(edge), max(2.0, 1.4 / zoom)))
            painter.drawRoundedRect(card, 6, 6)
        elif self.hovered:
            painter.setPen(QPen(tokens.color("link"), max(1.5, 1.0 / zoom)))
            painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        if self.running:
            ring = tokens.color("success")
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ring)
            painter.drawEllipse(QPointF(CARD_WIDTH - 1, 1), 4.5, 4.5)
            ring.setAlpha(60)
            painter.setBrush(ring)
            painter.drawEllipse(QPointF(CARD_WIDTH - 1, 1), 8.0, 8.0)

    def _paint_dot_states(self, painter: QPainter, card: QRectF, zoom: float) -> None:
        if self.selected or self.hovered:
            painter.setPen(QPen(theme().color("accent" if self.selected else "link"), 2.0 / zoom))
            painter.drawEllipse(card.center(), DOT_RADIUS + 3, DOT_RADIUS + 3)


def _boxes(pose: Pose, image: QImage) -> tuple[QRectF, QRectF]:
    """Where on a card a strip of thumbnails goes, and what of it."""
    # A sketch of a block's inside leaves them the room to its right.
    left = pose.sketch.right() + INSET if pose.face.inside else INSET
    width, height = CARD_WIDTH - INSET - left, STRIP_HEIGHT - 10
    part = QRectF(image.rect())
    if image.height() == 1:
        return QRectF(left, pose.base, width, ROW_HEIGHT), part
    if pose.face.inside:
        part.setWidth(min(part.width(), pair(image.height())))
    shown = min(width / part.width(), height / part.height())
    return QRectF(left, pose.base, part.width() * shown, part.height() * shown), part


def _strip(face: Face, image: QImage | None) -> float:
    """The room that a card's pictures take."""
    return STRIP_HEIGHT if image is not None or face.inside is not None else 0.0


def pair(height: int) -> int:
    """The width of the first two of a strip's square maps."""
    return 2 * height + max(1, round(height / 11))


def strip(maps: NDArray[np.uint8]) -> QImage:
    """Up to four maps, uint8 of (maps, height, width), side by side as one grey picture with gaps.

    Gaps are transparent; every map keeps its own pixels, so that enlarging shows them as squares. Only
    tiny maps are enlarged here, lest a gap be as wide as a map. A row of values stays one pixel
    high; the card stretches it.
    """
    import numpy

    count, height, width = min(4, maps.shape[0]), maps.shape[1], maps.shape[2]
    scale = 1 if height == 1 else ceil(11 / max(height, width))
    gap = max(1, round(max(height, width) * scale / 11))
    row = numpy.zeros((height * scale, count * (width * scale + gap) - gap, 4), numpy.uint8)
    for number in range(count):
        big = maps[number].repeat(scale, 0).repeat(scale, 1)
        left = number * (width * scale + gap)
        row[:, left : left + width * scale, :3] = big[:, :, None]
        row[:, left : left + width * scale, 3] = 255
    image = QImage(
        row.data, row.shape[1], row.shape[0], row.strides[0], QImage.Format.Format_RGBA8888
    )
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
