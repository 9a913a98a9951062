"""MapGrid: every channel of an activation as a small picture, pixel by pixel."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from designer.style import SPACE, theme
from designer.viewers.colormaps import Scale, paint

SMALLEST = 28
"""Longest side of a map, in pixels, below which the grid scrolls instead of shrinking further."""
SMALLEST_DOT = 12
"""The same for maps of one value."""
LARGEST = 240
GAP = SPACE


class Spot(NamedTuple):
    """A value of an activation: its channel, row and column."""

    channel: int
    row: int
    column: int


class Layout(NamedTuple):
    """How maps are laid out: columns of the grid, and pixels on the screen per value."""

    columns: int
    scale: float


def arrange(count: int, height: int, width: int, room: QSize, ratio: float = 1.0) -> Layout:
    """The layout with the largest maps that shows `count` maps of height × width in `room`.

    The scale is a whole number of device pixels where it is 2 or more, so that all values are
    squares of one size. With no room for all at a readable size, the grid is as wide as the room
    and goes on downwards.
    """
    longest = max(height, width)
    smallest = SMALLEST_DOT if longest == 1 else SMALLEST
    best = Layout(1, 0.0)
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        scale = min(
            (room.width() - GAP * (columns - 1)) / (columns * width),
            (room.height() - GAP * (rows - 1)) / (rows * height),
            LARGEST / longest,
        )
        if scale > best.scale:
            best = Layout(columns, scale)
    if best.scale * longest < smallest:
        scale = smallest / longest
        best = Layout(max(1, int((room.width() + GAP) / (width * scale + GAP))), scale)
    if best.scale * ratio >= 2:
        best = best._replace(scale=int(best.scale * ratio) / ratio)
        most = int((room.width() + GAP) / (width * best.scale + GAP))
        rows = -(-count // best.columns)
        best = best._replace(columns=min(most, -(-count // rows)) or 1)
    return best


class MapGrid(QAbstractScrollArea):
    """Shows (channels, height, width). Signed values diverge around zero, others go from zero up."""

    pointed = Signal(object)
    """The `Spot` under the pointer or the keyboard's cursor, or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.values: NDArray[np.float32] = np.zeros((0, 1, 1), np.float32)
        self.scale = Scale(0.0, 0.0, False)
        self.per_channel = False
        self.spot: Spot | None = None
        self._picture: QImage | None = None
        self._colors: NDArray[np.uint32] | None = None
        self._layout = Layout(1, 1.0)
        theme().changed.connect(self._recolor)

    def show_values(self, values: NDArray[np.float32], per_channel: bool = False) -> None:
        """Show other values; with `per_channel` each map uses the whole of the colours for itself."""
        same = values.shape == self.values.shape
        self.values, self.per_channel = values, per_channel
        self.scale = Scale.of(values)
        if not same:
            self._arrange()
            self._point(None)
        self._recolor()
        if same and self.spot:
            self.pointed.emit(self.spot)

    def value(self, spot: Spot) -> float:
        """The value at a spot."""
        return float(self.values[spot])

    def cell(self, channel: int) -> QRectF:
        """Where a channel's map is, in the viewport."""
        _, height, width = self.values.shape
        columns, scale = self._layout
        across, down = width * scale + GAP, height * scale + GAP
        row, column = divmod(channel, columns)
        top = row * down - self.verticalScrollBar().value()
        return QRectF(
            self._left() + column * across, self._top() + top, width * scale, height * scale
        )

    def spot_at(self, at: QPointF) -> Spot | None:
        """The value at a point of the viewport."""
        count, height, width = self.values.shape
        columns, scale = self._layout
        x = at.x() - self._left()
        y = at.y() - self._top() + self.verticalScrollBar().value()
        column, row = int(x // (width * scale + GAP)), int(y // (height * scale + GAP))
        inside = (
            int((x - column * (width * scale + GAP)) / scale),
            int((y - row * (height * scale + GAP)) / scale),
        )
        channel = row * columns + column
        if x < 0 or y < 0 or column >= columns or channel >= count:
            return None
        if inside[0] >= width or inside[1] >= height:
            return None
        return Spot(channel, inside[1], inside[0])

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme().color("surface"))
        if self._picture is not None:
            count, height, width = self.values.shape
            box = QRectF(self.viewport().rect())
            shrunk = self._layout.scale < 1
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrunk)
            for channel in range(count):
                cell = self.cell(channel)
                if cell.top() > box.bottom():
                    break
                if cell.intersects(box):
                    source = QRectF(0, channel * height, width, height)
                    painter.drawImage(cell, self._picture, source)
            if self.spot:
                self._paint_spot(painter, self.spot)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self.spot_at(event.position()))

    def leaveEvent(self, event: object) -> None:
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count, height, width = self.values.shape
        moves = {
            Qt.Key.Key_Left: (0, 0, -1),
            Qt.Key.Key_Right: (0, 0, 1),
            Qt.Key.Key_Up: (0, -1, 0),
            Qt.Key.Key_Down: (0, 1, 0),
            Qt.Key.Key_PageUp: (-1, 0, 0),
            Qt.Key.Key_PageDown: (1, 0, 0),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None or not count:
            super().keyPressEvent(event)
            return
        channel, row, column = self.spot or Spot(0, 0, 0)
        if (height, width) == (1, 1):
            # Maps of one value are stepped through one by one.
            move = (sum(move), 0, 0)
        spot = Spot(
            min(max(channel + move[0], 0), count - 1),
            min(max(row + move[1], 0), height - 1),
            min(max(column + move[2], 0), width - 1),
        )
        self._point(spot if self.spot else Spot(0, 0, 0))
        cell = self.cell(spot.channel)
        bar = self.verticalScrollBar()
        if cell.bottom() > self.viewport().height():
            bar.setValue(bar.value() + round(cell.bottom() - self.viewport().height()))
        elif cell.top() < 0:
            bar.setValue(bar.value() + round(cell.top()))

    def sizeHint(self) -> QSize:
        return QSize(420, 180)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 80)

    def _left(self) -> float:
        return 0.0

    def _top(self) -> float:
        return 0.0

    def _point(self, spot: Spot | None) -> None:
        if spot != self.spot:
            self.spot = spot
            self.viewport().update()
            self.pointed.emit(spot)

    def _paint_spot(self, painter: QPainter, spot: Spot) -> None:
        cell, scale = self.cell(spot.channel), self._layout.scale
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme().color("accent"), 2))
        painter.drawRect(cell.adjusted(-1, -1, 1, 1))
        if scale >= 4:
            value = QRectF(
                cell.left() + spot.column * scale, cell.top() + spot.row * scale, scale, scale
            )
            painter.setPen(QPen(QColor("black"), 3))
            painter.drawRect(value)
            painter.setPen(QPen(QColor("white"), 1))
            painter.drawRect(value)

    def _recolor(self) -> None:
        self._picture = self._colors = None
        count, height, width = self.values.shape
        if count:
            low, span = self._range()
            name = map_name(self.scale.signed)
            # Kept, because the image only borrows the memory.
            self._colors = np.ascontiguousarray(
                paint(self.values, low, span, name).reshape(count * height, width)
            )
            self._picture = QImage(
                self._colors.data, width, count * height, 4 * width, QImage.Format.Format_ARGB32
            )
        self.viewport().update()

    def _range(self) -> tuple[NDArray[np.float32] | float, NDArray[np.float32] | float]:
        """What the first colour stands for, and how much further the last one: of all, or per channel."""
        if not self.per_channel:
            return self.scale.low, self.scale.span
        if self.scale.signed:
            ends = np.abs(self.values).max(axis=(1, 2), keepdims=True)
            return -ends, 2 * ends
        return 0.0, self.values.max(axis=(1, 2), keepdims=True)

    def _arrange(self) -> None:
        count, height, width = self.values.shape
        room = self.viewport().size()
        if count:
            self._layout = arrange(count, height, width, room, self.devicePixelRatioF())
        rows = -(-count // self._layout.columns)
        needed = round(rows * (height * self._layout.scale + GAP)) - GAP
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, needed - room.height()))
        bar.setPageStep(room.height())
        bar.setSingleStep(max(8, round(height * self._layout.scale) + GAP))
        self.viewport().update()


def map_name(signed: bool) -> str:
    """The colour map for values of that kind; the middle of a diverging one is near the background."""
    return f"diverging_{theme().tokens.name}" if signed else "sequential"
