"""What stands beside the maps: the colours with their values, and vectors as bars."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.style import SPACE, Type, numbers, theme
from designer.style.theme import font
from designer.viewers.colormaps import Scale, table
from designer.viewers.map_grid import Spot, map_name

MOST_BARS = 48
"""Longer vectors are shown as a grid of dots."""


class ColorBar(QWidget):
    """The colour map from its low to its high end, with the values there; a mark for the pointed value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = Scale(0.0, 0.0, False)
        self._per_channel = False
        self._value: float | None = None
        self.setFixedWidth(64)
        theme().changed.connect(self.update)

    def show_scale(self, scale: Scale, per_channel: bool) -> None:
        if (scale, per_channel) != (self._scale, self._per_channel):
            self._scale, self._per_channel = scale, per_channel
            self.update()

    def show_value(self, value: float | None) -> None:
        if value != self._value:
            self._value = value
            self.update()

    def labels(self) -> tuple[str, str]:
        """What is written at the high and at the low end."""
        if self._per_channel:
            return "each max", "−max" if self._scale.signed else "0"
        return numbers.real(self._scale.high), numbers.real(self._scale.low)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(font(Type.SMALL))
        painter.setPen(theme().color("muted"))
        line = QFontMetricsF(painter.font()).height()
        high, low = self.labels()
        box = QRectF(0, line + 2, 14, max(8.0, min(160.0, self.height() - 2 * line - 4)))
        painter.drawText(QPointF(0, line - 3), high)
        painter.drawText(QPointF(0, box.bottom() + line), low)
        colors = np.ascontiguousarray(table(map_name(self._scale.signed))[::-1])
        image = QImage(colors.data, 1, 256, 4, QImage.Format.Format_ARGB32)
        painter.drawImage(box, image)
        if self._scale.signed:
            painter.drawText(QPointF(box.right() + SPACE, box.center().y() + 4), "0")
        if self._value is not None and not self._per_channel and self._scale.span > 0:
            part = min(max((self._value - self._scale.low) / self._scale.span, 0), 1)
            y = box.bottom() - part * box.height()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(theme().color("text"))
            painter.setPen(Qt.PenStyle.NoPen)
            x = box.right() + 1
            painter.drawPolygon([QPointF(x, y), QPointF(x + 6, y - 4), QPointF(x + 6, y + 4)])
        painter.end()


class VectorBars(QWidget):
    """A short vector as bars from zero, with names under them and values over them."""

    pointed = Signal(object)
    """The `Spot` (its channel is the place in the vector) under the pointer, or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: NDArray[np.float32] = np.zeros(0, np.float32)
        self._names: tuple[str, ...] = ()
        self.spot: Spot | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme().changed.connect(self.update)

    def show_values(self, values: NDArray[np.float32], names: tuple[str, ...]) -> None:
        """Show `values` (n,); `names` are written under them where there are as many."""
        self._values, self._names = values, names if len(names) == len(values) else ()
        if self.spot and self.spot.channel >= len(values):
            self.spot = None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, 160)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if len(self._values):
            place = int((event.position().x()) / self._pitch())
            self._point(Spot(place, 0, 0) if 0 <= place < len(self._values) else None)

    def leaveEvent(self, event: object) -> None:
        self._point(None)

    def _point(self, spot: Spot | None) -> None:
        if spot != self.spot:
            self.spot = spot
            self.pointed.emit(spot)
            self.update()

    def _pitch(self) -> float:
        return min(72.0, self.width() / max(1, len(self._values)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(Type.SMALL))
        values = np.nan_to_num(self._values)
        if len(values):
            self._paint_bars(painter, values)
        painter.end()

    def _paint_bars(self, painter: QPainter, values: NDArray[np.float32]) -> None:
        metrics = QFontMetricsF(painter.font())
        line, pitch = metrics.height(), self._pitch()
        high, low = max(0.0, float(values.max())), min(0.0, float(values.min()))
        room = max(8.0, self.height() - 3 * line)
        unit = room / (high - low) if high > low else 0.0
        zero = line + high * unit
        widest = max(metrics.horizontalAdvance(numbers.real(float(value))) for value in values)
        names = self._names or tuple(str(place) for place in range(len(values)))
        every = (
            max(1, round(metrics.horizontalAdvance("00") * 1.6 / pitch + 0.5))
            if not self._names
            else 1
        )
        # The colours of the bars are the ends of the maps' own.
        above, below = theme().color("accent"), QColor(theme().tokens.series[1])
        for place, value in enumerate(values.tolist()):
            box = QRectF(place * pitch, 0, pitch, self.height())
            top, bottom = sorted((zero, zero - value * unit))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(above if value >= 0 else below)
            painter.drawRect(
                QRectF(box.left() + pitch * 0.15, top, pitch * 0.7, max(1.0, bottom - top))
            )
            chosen = self.spot is not None and self.spot.channel == place
            painter.setPen(theme().color("text" if chosen else "muted"))
            if widest < pitch - 2 or chosen:
                at = top - 3 if value >= 0 else bottom + line - 3
                text = numbers.real(value)
                x = box.center().x() - metrics.horizontalAdvance(text) / 2
                painter.drawText(QPointF(max(0.0, x), at), text)
            if place % every == 0:
                name = metrics.elidedText(
                    names[place], Qt.TextElideMode.ElideRight, pitch * every - 2
                )
                under = QRectF(box.left(), self.height() - line, pitch, line)
                painter.drawText(under, Qt.AlignmentFlag.AlignHCenter, name)
        painter.setPen(theme().color("link"))
        painter.drawLine(QPointF(0, zero), QPointF(pitch * len(values), zero))
