"""SampleView: the image that is looked at, its label, and what the network takes it for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from designer.style import SPACE, Type, numbers, theme
from designer.style.theme import font
from designer.viewers.pixels import picture

NARROW, WIDE = 140, 250
"""Widths of the view, in pixels: predictions under the image, or beside it."""
BEST = 3
"""How many predictions are listed."""


class SampleView(QWidget):
    """Paints everything itself: the image pixel by pixel, and the best predictions as bars."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self.label = ""
        self.predictions: list[tuple[str, float]] = []
        """The best classes with their probabilities, best first."""
        self._field: QRectF | None = None
        self.setFixedWidth(NARROW)
        theme().changed.connect(self.update)

    def show_sample(
        self,
        image: NDArray[np.uint8],
        label: str,
        probabilities: NDArray[np.float32],
        names: tuple[str, ...],
    ) -> None:
        """Show an image (channels, height, width), its class's name, and the probability of each class.

        Without probabilities nothing is said of what the network takes it for.
        """
        self._image = picture(image)
        self.label = label
        best = np.argsort(-probabilities, kind="stable")[:BEST].tolist()
        self.predictions = [
            (names[place] if place < len(names) else str(place), float(probabilities[place]))
            for place in best
        ]
        told = f"Sample of class {label}"
        for name, probability in self.predictions[:1]:
            told += f", taken for {name} with {numbers.percent(probability)}"
        self.setAccessibleName(told)
        self.update()

    def show_field(self, field: QRectF | None) -> None:
        """Frame a part of the image, in its pixels: what the pointed value sees."""
        if field != self._field:
            self._field = field
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.width(), 180)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._image is not None:
            line = QFontMetricsF(font(Type.SMALL)).height()
            if self.width() == WIDE:
                side = min(self.height(), NARROW)
                box = self._paint_image(painter, QRectF(0, 0, side, side))
                left = box.right() + 2 * SPACE
                self._paint_predictions(painter, QRectF(left, 0, WIDE - left, 0), line)
            else:
                text = line * (1 + len(self.predictions)) + 2 * SPACE + 6
                side = max(32.0, min(self.width(), self.height() - text))
                box = self._paint_image(painter, QRectF(0, 0, self.width(), side))
                under = QRectF(0, box.bottom() + SPACE, self.width(), 0)
                self._paint_predictions(painter, under, line)
        painter.end()

    def _paint_image(self, painter: QPainter, room: QRectF) -> QRectF:
        assert self._image is not None
        width, height = self._image.width(), self._image.height()
        scale = min(room.width() / width, room.height() / height)
        ratio = self.devicePixelRatioF()
        if scale * ratio >= 1:
            scale = int(scale * ratio) / ratio
        box = QRectF(0, 0, width * scale, height * scale)
        painter.drawImage(box, self._image)
        painter.setPen(theme().color("border"))
        painter.drawRect(box.adjusted(-0.5, -0.5, -0.5, -0.5))
        if self._field is not None:
            seen = QRectF(
                self._field.left() * scale,
                self._field.top() * scale,
                self._field.width() * scale,
                self._field.height() * scale,
            ).intersected(box)
            for color, width in ((QColor("black"), 3), (theme().color("accent"), 2)):
                painter.setPen(QPen(color, width))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(seen.adjusted(1, 1, -1, -1))
        return box

    def _paint_predictions(self, painter: QPainter, room: QRectF, line: float) -> None:
        """From the top left corner of `room` down, over its width, in lines of height `line`."""
        left, top, width = room.left(), room.top(), room.width()
        painter.setFont(font(Type.SMALL))
        metrics = QFontMetricsF(painter.font())
        painter.setPen(theme().color("text"))
        label = metrics.elidedText(f"label {self.label}", Qt.TextElideMode.ElideRight, width)
        painter.drawText(QPointF(left, top + metrics.ascent()), label)
        for place, (name, probability) in enumerate(self.predictions):
            y = top + (place + 1) * (line + 2)
            bar = QRectF(left, y, max(2.0, width * probability), line)
            right = name == self.label
            tint = theme().color("success" if right else "accent" if place else "error")
            if place and not right:
                tint = theme().color("link")
            tint.setAlphaF(0.28)
            painter.fillRect(bar, tint)
            painter.setPen(theme().color("text"))
            inner = QRectF(left + SPACE, y, width - 2 * SPACE, line)
            share = numbers.percent(probability)
            space = inner.width() - metrics.horizontalAdvance(share) - SPACE
            painter.drawText(
                inner,
                Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                metrics.elidedText(name, Qt.TextElideMode.ElideRight, space),
            )
            painter.drawText(
                inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, share
            )
