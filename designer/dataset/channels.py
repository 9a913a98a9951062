"""The page of channels: how often each value occurs in each, with mean, deviation and range."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from designer.dataset import words
from designer.inspector.parts import label
from designer.style import RADIUS, SPACE, Type, numbers, theme
from designer.style.theme import font
from engine.data.images import deviation

NAMES = {1: ("Grey",), 3: ("Red", "Green", "Blue")}
_COLORS = {"Grey": "muted", "Red": 1, "Green": 2, "Blue": 0}
"""A token, or a number in the tokens' series."""


class Histogram(QWidget):
    """The 256 values of a channel as bars whose height is the logarithm of how often they occur."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._counts: NDArray[np.int64] = np.zeros(256, np.int64)
        self._at: int | None = None
        self.fact = ""
        """Mean, deviation and range in words."""
        self._shorter: tuple[str, ...] = ()
        """The same for less room, and for the least."""
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme().changed.connect(self.update)

    def show_channel(self, name: str, counts: NDArray[np.int64]) -> None:
        """Show how often each value (256,) occurs in the channel of that name."""
        self._name, self._counts, self._at = name, counts, None
        mean, std = deviation(counts[None])
        used = np.flatnonzero(counts)
        self.fact = (
            f"{name} · mean {mean[0]:.4f} · std {std[0]:.4f} · values {used[0]} to {used[-1]}"
        )
        self._shorter = (
            f"{name} · mean {mean[0]:.3f} · std {std[0]:.3f}",
            f"{name} {mean[0]:.3f} ± {std[0]:.3f}",
        )
        self.setAccessibleName(self.fact)
        self.setToolTip(f"{self.fact} (mean and deviation of value / 255)")
        self.update()

    def told(self) -> str:
        """`value 17: 1,204 (0.3 %)`; empty where no value is pointed at."""
        if self._at is None:
            return ""
        count = int(self._counts[self._at])
        share = count / max(1, int(self._counts.sum()))
        return f"value {self._at}: {numbers.count(count)} ({numbers.percent(share)})"

    def sizeHint(self) -> QSize:
        return QSize(200, 120)

    def minimumSizeHint(self) -> QSize:
        return QSize(90, 60)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(Type.SMALL))
        ground = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme().color("border"), 1))
        painter.setBrush(theme().color("raised"))
        painter.drawRoundedRect(ground, RADIUS, RADIUS)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        plot = self._plot()
        heights = np.log1p(self._counts) / max(np.log1p(self._counts.max()), 1e-9)
        step = plot.width() / 256
        color = _color(self._name)
        for value, height in enumerate(heights.tolist()):
            tall = height * plot.height()
            bar = QRectF(plot.left() + value * step, plot.bottom() - tall, step + 0.5, tall)
            painter.fillRect(bar, theme().color("text") if value == self._at else color)
        painter.setPen(theme().color("muted"))
        below = QRectF(plot.left(), plot.bottom() + 1, plot.width(), self._line())
        most = numbers.short(int(self._counts.max()))
        axis = f"pixel value (log scale, up to {most})" if plot.width() > 260 else "pixel value"
        for text, side in (("0", "Left"), (axis, "HCenter"), ("255", "Right")):
            painter.drawText(below, getattr(Qt.AlignmentFlag, f"Align{side}"), text)
        above = QRectF(plot.left(), ground.top() + SPACE, plot.width(), self._line())
        painter.setPen(theme().color("text"))
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft, self.head(int(plot.width())))
        painter.end()

    def head(self, width: int) -> str:
        """What stands above the bars: the value pointed at, or as much of the fact as so many pixels hold."""
        metrics = QFontMetrics(font(Type.SMALL))
        told = self.told()
        texts = (told,) if told else (self.fact, *self._shorter)
        fitting = (text for text in texts if metrics.horizontalAdvance(text) <= width)
        short = metrics.elidedText(texts[-1], Qt.TextElideMode.ElideRight, width)
        return next(fitting, short)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        plot = self._plot()
        part = (event.position().x() - plot.left()) / max(1.0, plot.width())
        self._point(min(255, max(0, int(part * 256))))

    def leaveEvent(self, event: object) -> None:
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._point(min(255, max(0, (self._at if self._at is not None else -step) + step)))

    def _point(self, value: int | None) -> None:
        if value != self._at:
            self._at = value
            self.update()

    def _line(self) -> int:
        return QFontMetrics(font(Type.SMALL)).height()

    def _plot(self) -> QRectF:
        edge = 2 * SPACE
        return QRectF(self.rect()).adjusted(
            edge, self._line() + 2 * SPACE, -edge, -self._line() - SPACE
        )


class Channels(QWidget):
    """A histogram for each channel with its numbers in it, and what they mean."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = label(wrap=True)
        self.plots = [Histogram() for _ in range(3)]
        self._plots = QWidget()
        row = QHBoxLayout(self._plots)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * SPACE)
        for plot in self.plots:
            row.addWidget(plot, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.sentence)
        layout.addWidget(self._plots, 1)
        layout.addStretch(0)

    def wait(self, sentence: str) -> None:
        """Nothing is known yet, and `sentence` says why."""
        self.sentence.setText(sentence)
        self._plots.hide()

    def show_counts(self, counts: NDArray[np.int64]) -> None:
        """Show how often each value occurs in each channel (1 or 3, 256) of the training images."""
        self.sentence.setText(words.channels(counts))
        self._plots.show()
        names = NAMES[len(counts)]
        for channel, plot in enumerate(self.plots):
            plot.setVisible(channel < len(counts))
            if channel < len(counts):
                plot.show_channel(names[channel], counts[channel])


def _color(name: str) -> QColor:
    key = _COLORS.get(name, "muted")
    return QColor(theme().tokens.series[key]) if isinstance(key, int) else theme().color(key)
