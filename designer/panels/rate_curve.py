"""The curve of a learning-rate range test: the loss over rates, on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.style import RADIUS, SPACE, Type, numbers, theme
from designer.style.theme import font
from engine.training.rates import SETTLING, Finding, RateTest, smoothed

HEADROOM = 1.3
"""The axis ends at so many times the loss at the beginning; above it a test has nothing to tell."""


class RateCurve(QWidget):
    """Losses faint, smoothed over them; the rates that were found are marked. Under the pointer a value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._test = RateTest()
        self._losses: Sequence[float] = ()
        self._smooth: Sequence[float] = ()
        self._found = Finding()
        self._at: int | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(40 * SPACE)
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(240, 40 * SPACE)

    def show_test(self, test: RateTest, losses: Sequence[float], found: Finding) -> None:
        """Draw the losses of the steps so far, and what was found, if anything."""
        self._test, self._losses, self._found = test, tuple(losses), found
        self._smooth = smoothed(losses)
        told = f"from {test.low:g} to {test.high:g}, {len(losses):,} steps"
        if found.suggested is not None:
            told += f"; suggested {found.suggested:g}"
        self.setAccessibleName(f"Loss over learning rates {told}")
        self.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(Type.SMALL))
        ground = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme().color("border"), 1))
        painter.setBrush(theme().color("raised"))
        painter.drawRoundedRect(ground, RADIUS, RADIUS)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        plot = self._plot()
        self._draw_axes(painter, plot)
        painter.setClipRect(plot.adjusted(-2, -2, 2, 2))
        color = QColor(theme().tokens.series[0])
        faint = QColor(color)
        faint.setAlphaF(0.35)
        for values, pen in ((self._losses, QPen(faint, 1)), (self._smooth, QPen(color, 2))):
            painter.setPen(pen)
            painter.drawPolyline(
                QPolygonF([self._point(plot, step, value) for step, value in enumerate(values)])
            )
        painter.setClipping(False)
        self._draw_marks(painter, plot)
        painter.end()

    def _draw_axes(self, painter: QPainter, plot: QRectF) -> None:
        text = QFontMetrics(font(Type.SMALL))
        painter.setPen(QPen(theme().color("border"), 1))
        for height in (plot.top(), plot.bottom()):
            painter.drawLine(QPointF(plot.left(), height), QPointF(plot.right(), height))
        free = plot.left() - text.height()
        for exponent in self._decades():
            x = self._x(plot, 10.0**exponent)
            painter.setPen(QPen(theme().color("border"), 1))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
            words = f"{10.0**exponent:g}" if abs(exponent) < 3 else f"1e{exponent}"
            width = text.horizontalAdvance(words)
            left = min(max(x - width / 2, plot.left()), plot.right() - width)
            if left > free + SPACE:
                free = left + width
                painter.setPen(theme().color("muted"))
                painter.drawText(QPointF(left, plot.bottom() + text.ascent() + 2), words)
        painter.setPen(theme().color("muted"))
        top = QRectF(plot.left(), 2 * SPACE - 2, plot.width(), text.height())
        painter.drawText(top, Qt.AlignmentFlag.AlignLeft, self._scale())
        painter.drawText(top, Qt.AlignmentFlag.AlignRight, self._note())
        below = QRectF(plot.left(), plot.bottom() + text.height() + 2, plot.width(), text.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, "learning rate")

    def _draw_marks(self, painter: QPainter, plot: QRectF) -> None:
        second = QColor(theme().tokens.series[1])
        if self._found.suggested is not None:
            x = self._x(plot, self._found.suggested)
            painter.setPen(QPen(second, 1.5, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        if self._at is not None:
            x = self._x(plot, self._test.rate(self._at))
            painter.setPen(QPen(theme().color("link"), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _scale(self) -> str:
        """What the upper end of the axis is; nothing is said of it before there is a loss."""
        return f"loss {numbers.real(self._highest())}" if self._smooth else "loss"

    def _note(self) -> str:
        if self._at is not None:
            rate, loss = self._test.rate(self._at), self._smooth[self._at]
            return f"{rate:.2g}: {numbers.real(loss)}"
        suggested = self._found.suggested
        return f"suggested {suggested:g}" if suggested is not None else ""

    # Places

    def _plot(self) -> QRectF:
        text = QFontMetrics(font(Type.SMALL)).height()
        edge = 2 * SPACE
        return QRectF(self.rect()).adjusted(edge, text + 3 * SPACE, -edge, -2 * text - SPACE)

    def _x(self, plot: QRectF, rate: float) -> float:
        low, high = math.log(self._test.low), math.log(self._test.high)
        return plot.left() + (math.log(rate) - low) / (high - low) * plot.width()

    def _point(self, plot: QRectF, step: int, loss: float) -> QPointF:
        low, high = self._lowest(), self._highest()
        part = (min(loss, 2 * high) - low) / max(high - low, 1e-12)
        return QPointF(self._x(plot, self._test.rate(step)), plot.bottom() - part * plot.height())

    def _lowest(self) -> float:
        return min(0.0, *self._smooth) if self._smooth else 0.0

    def _highest(self) -> float:
        first = self._smooth[:SETTLING]
        return HEADROOM * max(first) if first and max(first) > 0 else 1.0

    def _decades(self) -> Iterator[int]:
        low, high = math.log10(self._test.low), math.log10(self._test.high)
        yield from range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)

    # The pointer

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot = self._plot()
        if self._smooth and plot.width() > 0:
            part = min(1.0, max(0.0, (event.position().x() - plot.left()) / plot.width()))
            self._at = min(round(part * (self._test.steps - 1)), len(self._smooth) - 1)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._at = None
        self.update()
