"""SampleGrid: images of a dataset in rows, of which only those in sight are ever asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from designer.dataset.held import Places
from designer.dataset.picture import picture
from designer.style import SPACE, Type, numbers, theme
from designer.style.theme import font

EDGE = 96
"""Pixels of the longer side that an image is shown with at most."""
_ENLARGED = 64
"""Pixels that a small image is enlarged to, by a whole number."""
_GAP = 2 * SPACE
_BETWEEN = 2
"""Pixels between two images that belong together."""
_KEPT = 64 << 20
"""Bytes of pictures that are kept."""


class SampleGrid(QAbstractScrollArea):
    """Shows images, or images in pairs, each with its caption. Arrows and clicks choose one.

    `wanted` asks for images that are in sight and not at hand; `take` brings them. One such question
    is open at a time, so that fast scrolling asks for where it ends.
    """

    wanted = Signal(object)
    """Places (n,) of images."""
    chosen = Signal(int)
    """The number of the item that a person has chosen."""

    def __init__(self, together: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._together = together
        self._places: Places = np.zeros((0, together), np.int64)
        self._caption: Callable[[int], str] = str
        self._size = (1, 1)
        self._nothing = ""
        self._pictures: OrderedDict[int, QImage] = OrderedDict()
        self._asked = False
        self._item = -1
        self._columns = 1
        self._gap = float(_GAP)
        """Pixels between two columns."""
        self._asking = QTimer(self, singleShot=True, interval=0)
        self._asking.timeout.connect(self._ask)
        theme().changed.connect(self.viewport().update)

    def begin(self, size: tuple[int, int], caption: Callable[[int], str]) -> None:
        """Other images: of this height and width; `caption` of a place is written under it."""
        self._size, self._caption = size, caption
        self._pictures.clear()
        self._asked = False

    def show_places(self, places: Places, nothing: str = "") -> None:
        """Show these (n,), or pairs (n, 2); `nothing` is said where there are none."""
        before = self._places[self._item].tolist() if self._item >= 0 else None
        self._places = places.reshape(-1, self._together)
        self._nothing = nothing
        again = np.flatnonzero((self._places == before).all(1)) if before else np.zeros(0, int)
        self._item = int(again[0]) if len(again) else -1
        self._arrange()
        if self._item < 0:
            self.verticalScrollBar().setValue(0)
        else:
            self._reveal()
        self.setAccessibleName(f"{numbers.count(len(self._places))} images")

    def take(self, places: Places, images: NDArray[np.uint8]) -> None:
        """Images (n, channels, height, width) that were asked for."""
        self._asked = False
        for place, image in zip(places.tolist(), images, strict=True):
            self._pictures[place] = picture(image)
            self._pictures.move_to_end(place)
        most = max(4 * self._together * self._sight(), _KEPT // max(1, images[:1].nbytes))
        while len(self._pictures) > most:
            self._pictures.popitem(last=False)
        self.viewport().update()
        self._asking.start()

    @property
    def items(self) -> Places:
        """What is shown, (n, 1) or (n, 2)."""
        return self._places

    @property
    def item(self) -> int:
        """The number of the chosen item, or -1."""
        return self._item

    @property
    def pictures(self) -> int:
        """How many pictures are at hand."""
        return len(self._pictures)

    def choose(self, item: int) -> None:
        """Choose an item and bring it into sight."""
        if not 0 <= item < len(self._places):
            return
        self._item = item
        self._reveal()
        self.viewport().update()
        captions = " and ".join(map(self._caption, self._places[item].tolist()))
        self.setAccessibleDescription(f"image {numbers.count(item)}: {captions}")
        self.chosen.emit(item)

    def cell(self, item: int) -> QRectF:
        """Where an item is, with its caption, in the viewport."""
        row, column = divmod(item, self._columns)
        width, height = self._cell()
        top = row * (height + _GAP) - self.verticalScrollBar().value()
        return QRectF(column * (width + self._gap), top, width, height)

    # Events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme().color("surface"))
        painter.setFont(font(Type.SMALL))
        if not len(self._places):
            painter.setPen(theme().color("muted"))
            middle = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect(), middle, self._nothing)
        shrunk = max(self._size) > EDGE
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, shrunk)
        first, last = self._seen()
        for item in range(first, last):
            self._paint_item(painter, item)
        painter.end()
        self._asking.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
        if self._item >= 0:
            self._reveal()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        item = self.item_at(event.position())
        if item >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.choose(item)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self._columns
        page = row * max(1, self.viewport().height() // round(self._cell()[1] + _GAP))
        count = len(self._places)
        moves = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -row,
            Qt.Key.Key_Down: row,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -count,
            Qt.Key.Key_End: count,
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None or not count:
            super().keyPressEvent(event)
        elif self._item < 0:
            first, _ = self._seen()
            self.choose(count - 1 if move == count else 0 if move == -count else first)
        else:
            self.choose(min(max(self._item + move, 0), count - 1))

    def item_at(self, at: QPointF) -> int:
        """The item at a point of the viewport, or -1."""
        width, height = self._cell()
        column = int(at.x() // (width + self._gap))
        row = int((at.y() + self.verticalScrollBar().value()) // (height + _GAP))
        item = row * self._columns + column
        if column >= self._columns or not 0 <= item < len(self._places):
            return -1
        return item if self.cell(item).contains(at) else -1

    def sizeHint(self) -> QSize:
        return QSize(480, 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    # Laying out

    def _image(self) -> tuple[float, float]:
        """Width and height that an image is drawn with."""
        height, width = self._size
        longest = max(height, width)
        scale = EDGE / longest if longest > EDGE else max(1, _ENLARGED // longest)
        return max(1.0, width * scale), max(1.0, height * scale)

    def _cell(self) -> tuple[float, float]:
        width, height = self._image()
        # A caption wants some room, however narrow the image.
        wide = max(width, 40.0)
        line = QFontMetrics(font(Type.SMALL)).height()
        return self._together * (wide + _BETWEEN) - _BETWEEN, height + 2 + line

    def _arrange(self) -> None:
        width, height = self._cell()
        room = self.viewport().size()
        self._columns = max(1, int((room.width() + _GAP) // (width + _GAP)))
        over = room.width() - self._columns * (width + _GAP) + _GAP
        # What is left over goes between the columns, but for a single row.
        shared = len(self._places) > self._columns > 1 and over > 0
        self._gap = _GAP + (int(over / (self._columns - 1)) if shared else 0)
        rows = -(-len(self._places) // self._columns)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, round(rows * (height + _GAP) - _GAP) - room.height()))
        bar.setPageStep(room.height())
        bar.setSingleStep(max(8, round(height / 3)))
        self.viewport().update()

    def _reveal(self) -> None:
        cell, bar = self.cell(self._item), self.verticalScrollBar()
        if cell.top() < 0:
            bar.setValue(bar.value() + round(cell.top()))
        elif cell.bottom() > self.viewport().height():
            bar.setValue(bar.value() + round(cell.bottom() - self.viewport().height()))

    def _seen(self) -> tuple[int, int]:
        """The first item in sight and the one behind the last."""
        pitch = self._cell()[1] + _GAP
        top = self.verticalScrollBar().value()
        rows = int(top // pitch), int((top + self.viewport().height()) // pitch) + 1
        return rows[0] * self._columns, min(rows[1] * self._columns, len(self._places))

    def _sight(self) -> int:
        first, last = self._seen()
        return max(1, last - first)

    def _ask(self) -> None:
        """Ask for what is in sight and not at hand."""
        if self._asked or not self.isVisible():
            return
        first, last = self._seen()
        missing = [p for p in self._places[first:last].ravel().tolist() if p not in self._pictures]
        if missing:
            self._asked = True
            self.wanted.emit(np.array(missing, np.int64))

    def _paint_item(self, painter: QPainter, item: int) -> None:
        cell = self.cell(item)
        width, height = self._image()
        wide = (cell.width() + _BETWEEN) / self._together - _BETWEEN
        metrics = QFontMetrics(font(Type.SMALL))
        for number, place in enumerate(self._places[item].tolist()):
            left = cell.left() + number * (wide + _BETWEEN)
            box = QRectF(left + (wide - width) / 2, cell.top(), width, height)
            found = self._pictures.get(place)
            if found is None:
                painter.fillRect(box, theme().color("hover"))
            else:
                self._pictures.move_to_end(place)
                painter.drawImage(box, found)
            caption = metrics.elidedText(
                self._caption(place), Qt.TextElideMode.ElideRight, int(wide)
            )
            under = QRectF(left, box.bottom() + 2, wide, metrics.height())
            painter.setPen(theme().color("text" if item == self._item else "muted"))
            painter.drawText(under, Qt.AlignmentFlag.AlignHCenter, caption)
        if item == self._item:
            painter.setPen(QPen(theme().color("accent"), 2))
            painter.drawRect(
                QRectF(cell.left(), cell.top(), cell.width(), height).adjusted(1, 1, -1, -1)
            )
