"""The cells of a matrix: where they lie, how large they are, and their colours as one picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QImage

from designer.viewers.colormaps import Scale, paint

MOST = QSizeF(64, 30)
"""The largest a cell becomes, in pixels."""
CLICKABLE = 6.0
"""Cells smaller than this, either way, cannot be meant by a click: it zooms in instead."""

Floats = NDArray[np.float64]


class Cell(NamedTuple):
    """A true class and a guessed one, by their numbers."""

    row: int
    column: int


@dataclass(frozen=True)
class Grid:
    """`count` x `count` cells in a `room` (pixels), `zoom` times as large as when all are in sight,
    with what is at (`left`, `top`) of them in the room's corner.
    """

    count: int
    room: QSizeF
    zoom: float = 1.0
    left: float = 0.0
    top: float = 0.0

    @property
    def width(self) -> float:
        """Of a cell, in pixels."""
        return min(MOST.width(), self.room.width() / self.count * self.zoom)

    @property
    def height(self) -> float:
        """Of a cell, in pixels."""
        return min(MOST.height(), self.room.height() / self.count * self.zoom)

    @property
    def most_zoom(self) -> float:
        """The zoom at which cells are as large as they become."""
        across = MOST.width() * self.count / max(1.0, self.room.width())
        down = MOST.height() * self.count / max(1.0, self.room.height())
        return max(1.0, across, down)

    @property
    def whole(self) -> QSizeF:
        """All cells, in pixels."""
        return QSizeF(self.count * self.width, self.count * self.height)

    @property
    def clickable(self) -> bool:
        """Whether a cell is large enough to be meant."""
        return self.width >= CLICKABLE and self.height >= CLICKABLE

    def rect(self, cell: Cell) -> QRectF:
        """Where a cell lies in the room."""
        x, y = cell.column * self.width - self.left, cell.row * self.height - self.top
        return QRectF(x, y, self.width, self.height)

    def at(self, point: QPointF) -> Cell | None:
        """The cell at a point of the room."""
        if not (0 <= point.x() < self.room.width() and 0 <= point.y() < self.room.height()):
            return None
        row = floor((point.y() + self.top) / self.height)
        column = floor((point.x() + self.left) / self.width)
        inside = row < self.count and column < self.count
        return Cell(row, column) if inside else None

    def rows(self) -> range:
        """The rows in sight."""
        return _seen(self.top, self.room.height(), self.height, self.count)

    def columns(self) -> range:
        """The columns in sight."""
        return _seen(self.left, self.room.width(), self.width, self.count)

    def zoomed(self, factor: float, point: QPointF) -> Grid:
        """Cells `factor` times as large, with the same one under a point of the room."""
        zoom = min(max(1.0, self.zoom * factor), self.most_zoom)
        grid = replace(self, zoom=zoom)
        across, down = grid.width / self.width, grid.height / self.height
        return grid.scrolled(
            (self.left + point.x()) * across - point.x(), (self.top + point.y()) * down - point.y()
        )

    def scrolled(self, left: float, top: float) -> Grid:
        """The same cells with others of them in the corner, as far as there are any."""
        whole = self.whole
        return replace(
            self,
            left=min(max(0.0, left), max(0.0, whole.width() - self.room.width())),
            top=min(max(0.0, top), max(0.0, whole.height() - self.room.height())),
        )

    def showing(self, cell: Cell) -> Grid:
        """Scrolled no further than a cell needs to be in sight."""
        box = self.rect(cell)
        left = self.left + min(0.0, box.left()) + max(0.0, box.right() - self.room.width())
        top = self.top + min(0.0, box.top()) + max(0.0, box.bottom() - self.room.height())
        return self.scrolled(left, top)


def _seen(start: float, room: float, size: float, count: int) -> range:
    return range(max(0, floor(start / size)), min(count, ceil((start + room) / size)))


class Picture:
    """The colours of values (k, k), one pixel a cell, or where cells are smaller than pixels, one for
    several: the greatest of them, so that none is lost. Values that are NaN are transparent.
    """

    def __init__(self, values: Floats) -> None:
        self.values = values
        known = values[np.isfinite(values)]
        self.scale = Scale(0.0, float(known.max()) if known.size else 0.0, False)
        self._kept: dict[tuple[int, int], tuple[QImage, NDArray[np.uint32]]] = {}

    def image(self, rows: int, columns: int) -> QImage:
        """With one pixel for each `rows` x `columns` cells."""
        key = rows, columns
        if key not in self._kept:
            colors = np.ascontiguousarray(self._colors(rows, columns))
            height, width = colors.shape
            image = QImage(colors.data, width, height, 4 * width, QImage.Format.Format_ARGB32)
            self._kept = {key: (image, colors)}  # The image does not own its pixels.
        return self._kept[key][0]

    def bright(self, value: float) -> bool:
        """Whether dark letters are read better on the colour of a value than light ones."""
        color = int(self._paint(np.array([value]))[0])
        red, green, blue = (color >> shift & 0xFF for shift in (16, 8, 0))
        return 0.299 * red + 0.587 * green + 0.114 * blue > 140

    def _colors(self, rows: int, columns: int) -> NDArray[np.uint32]:
        values = self.values
        if rows > 1 or columns > 1:
            # NaN, of which there is one in a row at most, is less than any number.
            values = np.where(np.isfinite(values), values, -1.0)
            values = np.maximum.reduceat(values, np.arange(0, values.shape[0], rows), axis=0)
            values = np.maximum.reduceat(values, np.arange(0, values.shape[1], columns), axis=1)
            values = np.where(values < 0, np.nan, values)
        return self._paint(values)

    def _paint(self, values: Floats) -> NDArray[np.uint32]:
        return paint(values, self.scale.low, self.scale.span, "sequential")


def grouped(size: float) -> int:
    """How many cells of this size, in pixels, share a pixel."""
    return max(1, ceil(1 / size)) if size > 0 else 1
