"""The page of classes: how many images each has, in every part, as bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QVBoxLayout, QWidget

from designer.dataset import words
from designer.dataset.held import PARTS
from designer.inspector.parts import label
from designer.style import SPACE, Type, numbers, theme
from designer.style.theme import font

_ROW = 5 * SPACE
_NAMES = 140
"""Pixels that names of classes take at most."""


class ClassBars(QAbstractScrollArea):
    """A row for each class: its name, a bar in the colours of the parts, and the numbers of images."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Images of each class")
        self._classes: Sequence[str] = ()
        self._counts: NDArray[np.int64] = np.zeros((0, 3), np.int64)
        theme().changed.connect(self.viewport().update)

    def show_counts(self, classes: Sequence[str], counts: NDArray[np.int64]) -> None:
        """Show how many images (classes, 3) each class has to learn from, kept aside and for testing."""
        self._classes, self._counts = classes, counts
        self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(480, 160)

    def minimumSizeHint(self) -> QSize:
        # Two rows, so that in a low panel the sentence above keeps its lines.
        return QSize(30 * SPACE, 2 * _ROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme().color("surface"))
        painter.setFont(font(Type.SMALL))
        if len(self._counts):
            metrics = QFontMetrics(painter.font())
            numbered = max(
                metrics.horizontalAdvance(text)
                for text in (*PARTS, numbers.count(int(self._counts.max())))
            )
            names = max(metrics.horizontalAdvance(name) for name in self._classes[:200])
            self._paint(painter, metrics, min(_NAMES, names) + 2 * SPACE, numbered + 6 * SPACE)
        painter.end()

    def _paint(self, painter: QPainter, metrics: QFontMetrics, left: int, number: int) -> None:
        """Rows with names `left` pixels wide and three columns of numbers, each `number` wide."""
        width = self.viewport().width()
        bars = max(20.0, width - left - 3 * number - 2 * SPACE)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        most = max(1, int(self._counts.sum(1).max()))
        top = self.verticalScrollBar().value()
        first = top // _ROW
        last = min(len(self._counts), (top + self.viewport().height()) // _ROW + 1)
        for row in range(first, last):
            y = _ROW + row * _ROW - top
            painter.setPen(theme().color("text"))
            name = metrics.elidedText(
                self._classes[row], Qt.TextElideMode.ElideRight, left - 2 * SPACE
            )
            painter.drawText(
                QRectF(0, y, left - 2 * SPACE, _ROW), Qt.AlignmentFlag.AlignVCenter, name
            )
            x = float(left)
            for part, count in enumerate(self._counts[row].tolist()):
                length = bars * count / most
                painter.fillRect(QRectF(x, y + 4, length, _ROW - 8), _color(part))
                x += length
                place = QRectF(width - (3 - part) * number, y, number - SPACE, _ROW)
                painter.drawText(place, right, numbers.count(count))
        painter.fillRect(QRectF(0, 0, width, _ROW), theme().color("surface"))
        for part, title in enumerate(PARTS):
            place = QRectF(width - (3 - part) * number, 0, number - SPACE, _ROW)
            painter.setPen(theme().color("muted"))
            painter.drawText(place, right, title)
            wide = metrics.horizontalAdvance(title)
            sign = QRectF(place.right() - wide - 2.5 * SPACE, _ROW / 2 - 3, 6, 6)
            painter.fillRect(sign, _color(part))

    def _arrange(self) -> None:
        bar, room = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, (len(self._counts) + 1) * _ROW - room))
        bar.setPageStep(room)
        bar.setSingleStep(_ROW)
        self.viewport().update()


class Classes(QWidget):
    """The bars, and what they mean."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = label(wrap=True)
        self.bars = ClassBars()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.sentence)
        layout.addWidget(self.bars, 1)

    def wait(self, sentence: str) -> None:
        """Nothing is known yet, and `sentence` says why."""
        self.sentence.setText(sentence)
        self.bars.show_counts((), np.zeros((0, 3), np.int64))

    def show_counts(self, classes: Sequence[str], counts: NDArray[np.int64]) -> None:
        """Show the images of each class (classes, 3): learned from, kept aside, tested on."""
        self.sentence.setText(words.balance(classes, counts))
        self.bars.show_counts(classes, counts)


def _color(part: int) -> QColor:
    return QColor(theme().tokens.series[part])
