"""Pictures: cards drawn once and kept, so that a repaint only copies them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from math import ceil, inf
from time import perf_counter

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from designer.canvas.card import Detail, Pose, detail, draw_plate, draw_words

BUDGET = 0.003
"""Seconds of a frame for drawing new pictures, while the view moves and just after."""

AT_LEAST = 3
"""New pictures of a frame, however late it is: a slow machine, too, comes to an end with them."""


class Pictures:
    """Finished pictures of cards, the least lately shown given up first.

    While `hurry` is set, a picture of another scale does. With `hurry` or `patient` a frame takes
    only so long; the cards left over show what there is, and `unfinished` says so.
    """

    LIMIT = 24_000_000
    """Bytes kept where a pixel of the screen is one of the device, about four screens full."""

    def __init__(self) -> None:
        self.hurry = False
        self.patient = False
        self.unfinished = False
        self.ratio = 1.0
        """Device pixels per pixel of the screen."""
        self.drawn = 0
        """How many pictures were drawn so far."""
        self._kept: OrderedDict[Hashable, tuple[float, float, QPixmap]] = OrderedDict()
        self._plates: dict[tuple[Hashable, ...], QPixmap] = {}
        self._scale = (0.0, 0.0)
        self._until = inf
        self._sure = 0
        self._bytes = 0

    def clear(self) -> None:
        """Forget all, after a change of theme."""
        self._kept.clear()
        self._plates.clear()
        self._bytes = 0

    def begin(self) -> None:
        """A new frame begins."""
        self.unfinished = False
        self._sure = AT_LEAST
        self._until = perf_counter() + BUDGET if self.hurry or self.patient else inf

    def picture(self, pose: Pose, zoom: float) -> tuple[QPixmap, float]:
        """The picture of a card in this pose, and the zoom that it was drawn for."""
        level = detail(zoom)
        key = pose.key(level)
        kept = self._kept.get(key)
        if kept is not None:
            if (kept[0] == zoom and kept[1] == self.ratio) or self.hurry:
                self._kept.move_to_end(key)
                return kept[2], kept[0]
        if self._sure > 0:
            self._sure -= 1
        elif perf_counter() > self._until:
            self.unfinished = True
            return (kept[2], kept[0]) if kept else (self._plate(pose, level, zoom), zoom)
        if kept is not None:
            self._bytes -= _size(kept[2])
        pixmap = self._draw(pose, level, zoom)
        self.drawn += 1
        self._kept[key] = zoom, self.ratio, pixmap
        self._kept.move_to_end(key)
        self._bytes += _size(pixmap)
        while self._bytes > self.LIMIT * self.ratio**2 and len(self._kept) > 1:
            _, (_, _, gone) = self._kept.popitem(last=False)
            self._bytes -= _size(gone)
        return pixmap, zoom

    def _draw(self, pose: Pose, level: Detail, zoom: float) -> QPixmap:
        """The words of a card over a copy of its plate."""
        extent = pose.extent(level)
        pixmap = self._blank(extent, zoom)
        painter = _painter(pixmap, extent, zoom)
        painter.save()
        painter.resetTransform()
        painter.drawPixmap(QPointF(), self._plate(pose, level, zoom))
        painter.restore()
        draw_words(painter, pose, level)
        painter.end()
        return pixmap

    def _plate(self, pose: Pose, level: Detail, zoom: float) -> QPixmap:
        if self._scale != (zoom, self.ratio):
            self._scale = zoom, self.ratio
            self._plates.clear()
        key = (level, pose.plate)
        pixmap = self._plates.get(key)
        if pixmap is None:
            extent = pose.extent(Detail.LABEL)
            pixmap = self._plates[key] = self._blank(extent, zoom)
            painter = _painter(pixmap, extent, zoom)
            draw_plate(painter, pose, level)
            painter.end()
        return pixmap

    def _blank(self, extent: QRectF, zoom: float) -> QPixmap:
        scale = zoom * self.ratio
        pixmap = QPixmap(
            max(1, ceil(extent.width() * scale)), max(1, ceil(extent.height() * scale))
        )
        pixmap.setDevicePixelRatio(self.ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        return pixmap


def _painter(pixmap: QPixmap, extent: QRectF, zoom: float) -> QPainter:
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(zoom, zoom)
    painter.translate(-extent.topLeft())
    return painter


def _size(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
