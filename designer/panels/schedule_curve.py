"""The learning rate over a run, drawn beforehand from the recipe."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.style import RADIUS, SPACE, Type, numbers, theme
from designer.style.theme import font
from engine.recipe.recipe import Recipe

MOST_WATCHED = 200
"""Epochs that are drawn, at most, of a schedule that looks at each."""
UNKNOWN = 100
"""Steps of an epoch where the data is not known."""


class ScheduleCurve(QWidget):
    """A curve over epochs; under the pointer its value."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recipe: Recipe | None = None
        self._per_epoch = UNKNOWN
        self._at: float | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(28 * SPACE)
        theme().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(240, 28 * SPACE)

    def show_recipe(self, recipe: Recipe, images: int | None) -> None:
        """Draw a recipe's schedule over `images` that are learned from (None: not known)."""
        together = recipe.batch_size * recipe.accumulate
        per_epoch = math.ceil(images / together) if images else UNKNOWN
        if (recipe, per_epoch) == (self._recipe, self._per_epoch):
            return
        self._recipe, self._per_epoch = recipe, max(1, per_epoch)
        rates = [rate for _, rate in self.points(64)]
        self.setAccessibleName(
            f"Learning rate over {self.epochs:,} epochs: from {numbers.real(rates[0])}, at most "
            f"{numbers.real(max(rates))}, to {numbers.real(rates[-1])}"
        )
        self.update()

    @property
    def epochs(self) -> int:
        """How many are drawn."""
        assert self._recipe is not None
        watched = self._recipe.schedule.watches
        return min(self._recipe.epochs, MOST_WATCHED) if watched else self._recipe.epochs

    def points(self, count: int) -> list[tuple[float, float]]:
        """About `count` points (epoch from 0, rate) from the first step to the last."""
        steps = self.epochs * self._per_epoch
        count = max(2, min(count, steps))
        return [
            (step / self._per_epoch, self._rate(step))
            for step in sorted(
                {round(number * (steps - 1) / (count - 1)) for number in range(count)}
            )
        ]

    def _rate(self, step: int) -> float:
        """The rate of a step. Where the schedule looks at losses, the first is never bettered."""
        recipe = self._recipe
        assert recipe is not None
        steps = recipe.epochs * self._per_epoch
        seen = [1.0] * (step // self._per_epoch) if recipe.schedule.watches else []
        highest = recipe.schedule.checked(recipe.optimizer.learning_rate, seen)
        return recipe.rate(step, steps, self._per_epoch, highest)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._recipe is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(Type.SMALL))
        text = QFontMetrics(font(Type.SMALL)).height()
        ground = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme().color("border"), 1))
        painter.setBrush(theme().color("raised"))
        painter.drawRoundedRect(ground, RADIUS, RADIUS)
        plot = self._plot()
        painter.setPen(QPen(theme().color("grid"), 1))
        for height in (plot.top(), plot.bottom()):
            painter.drawLine(QPointF(plot.left(), height), QPointF(plot.right(), height))
        points = self.points(int(plot.width()))
        highest = max(rate for _, rate in points) or 1.0
        painter.setPen(QPen(theme().color("muted"), 1))
        top = QRectF(plot.left(), ground.top() + SPACE, plot.width(), text)
        painter.drawText(top, Qt.AlignmentFlag.AlignLeft, f"rate {numbers.real(highest)}")
        note = "if nothing gets better" if self._recipe.schedule.watches else ""
        painter.drawText(
            top, Qt.AlignmentFlag.AlignRight, note if self._at is None else self._value()
        )
        below = QRectF(plot.left(), plot.bottom() + 2, plot.width(), text)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, "epochs")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, numbers.count(self.epochs))
        scale = plot.width() / self.epochs
        line = QPolygonF(
            [
                QPointF(plot.left() + epoch * scale, plot.bottom() - rate / highest * plot.height())
                for epoch, rate in points
            ]
        )
        painter.setPen(QPen(theme().color("accent"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(line)
        if self._at is not None:
            painter.setPen(QPen(theme().color("link"), 1, Qt.PenStyle.DotLine))
            x = plot.left() + self._at * scale
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
        painter.end()

    def _plot(self) -> QRectF:
        text = QFontMetrics(font(Type.SMALL)).height()
        edge = 2 * SPACE
        return QRectF(self.rect()).adjusted(edge, text + 2 * SPACE, -edge, -text - SPACE)

    def _value(self) -> str:
        assert self._at is not None
        steps = self.epochs * self._per_epoch
        rate = self._rate(min(steps - 1, int(self._at * self._per_epoch)))
        return f"epoch {self._at:.1f}: {numbers.real(rate)}"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot = self._plot()
        if self._recipe is not None and plot.width() > 0:
            part = (event.position().x() - plot.left()) / plot.width()
            self._at = min(1.0, max(0.0, part)) * self.epochs
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._at = None
        self.update()
