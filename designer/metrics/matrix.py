"""The confusion matrix: how many images of each class are taken for which, as one picture of cells."""

from __future__ import annotations

from math import ceil

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from designer.inspector.parts import plain
from designer.metrics.cells import Cell, Grid, Picture, grouped
from designer.metrics.judged import Judged
from designer.style import SPACE, Type, theme
from designer.style.theme import font

_ROW = 11.0
"""Pixels of height from which every row has its name and its numbers."""
_APART = 15.0
"""Pixels from one row's name to the next where some have none."""
_COLUMN = 27.0
"""Pixels of width from which every column has its name."""
_BAND = 16.0
"""Height of the names above the cells."""
_NAMES = 112.0
"""Pixels that names of rows take at most."""
_LINES = 9.0
"""Cells at least this large have lines between them."""
_TITLES = "true ↓  guessed →"
_STEP = 1.4
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_MIDDLE = Qt.AlignmentFlag.AlignCenter


class ConfusionMatrix(QAbstractScrollArea):
    """Rows are true classes, columns guessed ones. Ctrl and the wheel, + and − zoom; arrows move the
    cursor; a click, Enter or Space opens what is in a cell.
    """

    pointed = Signal(object)
    """The `Cell` under the pointer or the keyboard's cursor, or None."""
    opened = Signal(int, int)
    """A true and a guessed class whose images are to be shown."""
    zoomed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Confusion matrix")
        self.viewport().setMouseTracking(True)
        self._judged: Judged | None = None
        self._shares = self._mistakes = False
        self.picture = Picture(np.zeros((1, 1)))
        self.grid = Grid(1, QSizeF(1, 1))
        self.cell: Cell | None = None
        """The cell that is told of."""
        self._left = self._apart = _NAMES
        """Pixels to the left of the cells, and from one column's name to the next where some have none."""
        theme().changed.connect(self.viewport().update)

    def sizeHint(self) -> QSize:
        return QSize(420, 180)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 80)

    # What is shown

    def show_judged(self, judged: Judged | None) -> None:
        """Show what a run has guessed; the zoom stays where there are as many classes."""
        before, self._judged = self._judged, judged
        if before is None or judged is None or len(before.classes) != len(judged.classes):
            self.grid = Grid(len(judged.classes) if judged else 1, self.grid.room)
            self.cell = None
        metrics = QFontMetricsF(font(Type.SMALL))
        names = judged.classes[:200] if judged else ()
        longest = max((metrics.horizontalAdvance(name) for name in names), default=0.0)
        titles = metrics.horizontalAdvance(_TITLES)
        self._left = max(titles, min(_NAMES, longest)) + 2 * SPACE
        self._apart = min(_NAMES, longest + 2 * SPACE)
        self._color()
        self._arrange()
        self._tell(self.cell)

    def set_shares(self, shares: bool) -> None:
        """Show parts of each true class, 0 to 1, instead of numbers of images."""
        self._shares = shares
        self._color()

    def set_mistakes(self, mistakes: bool) -> None:
        """Leave out what is right, so that the colours tell mistakes apart."""
        self._mistakes = mistakes
        self._color()

    @property
    def shares(self) -> bool:
        return self._shares

    def value(self, cell: Cell) -> float | None:
        """What a cell is coloured by: images, or their part of the class; None where it is left out."""
        value = float(self.picture.values[cell])
        return value if np.isfinite(value) else None

    def _color(self) -> None:
        if self._judged is None:
            return
        values = self._judged.matrix.astype(np.float64)
        if self._shares:
            values /= np.maximum(values.sum(1, keepdims=True), 1)
        if self._mistakes:
            np.fill_diagonal(values, np.nan)
        self.picture = Picture(values)
        self.viewport().update()

    # Zoom and scrolling

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Show larger cells, or smaller ones, around a point of the viewport."""
        corner = QPointF(self._left, _BAND)
        middle = QPointF(self.grid.room.width() / 2, self.grid.room.height() / 2)
        self._take(self.grid.zoomed(factor, at - corner if at is not None else middle))

    def fit(self) -> None:
        """Show all cells."""
        self._take(Grid(self.grid.count, self.grid.room))

    @property
    def fits(self) -> bool:
        """Whether all cells are in sight."""
        return self.grid.zoom == 1.0

    def show_cell(self, cell: Cell) -> None:
        """Put the cursor on a cell, and scroll it into sight."""
        self._take(self.grid.showing(cell))
        self._tell(cell)

    def _take(self, grid: Grid) -> None:
        changed = grid.zoom != self.grid.zoom
        self.grid = grid
        self._set_bars()
        self.viewport().update()
        if changed:
            self.zoomed.emit()

    def _arrange(self) -> None:
        size = self.viewport().size()
        room = QSizeF(max(1.0, size.width() - self._left), max(1.0, size.height() - _BAND))
        grid = Grid(self.grid.count, room, 1.0)
        grid = Grid(grid.count, room, min(self.grid.zoom, grid.most_zoom))
        self._take(grid.scrolled(self.grid.left, self.grid.top))

    def _set_bars(self) -> None:
        grid, whole = self.grid, self.grid.whole
        for bar, total, room, at in (
            (self.horizontalScrollBar(), whole.width(), grid.room.width(), grid.left),
            (self.verticalScrollBar(), whole.height(), grid.room.height(), grid.top),
        ):
            # Half a pixel of rounding is nothing to scroll by.
            bar.blockSignals(True)
            bar.setRange(0, max(0, round(total - room - 0.5)))
            bar.setPageStep(round(room))
            bar.setSingleStep(24)
            bar.setValue(round(at))
            bar.blockSignals(False)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.grid = self.grid.scrolled(
            self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        )
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1.0015 ** event.angleDelta().y(), event.position())
            event.accept()
        else:
            super().wheelEvent(event)

    # Hands

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self._at(event.position())
        self._tell(cell)
        shape = Qt.CursorShape.ArrowCursor
        if cell is not None:
            shape = Qt.CursorShape.PointingHandCursor
            if not self.grid.clickable:
                shape = Qt.CursorShape.CrossCursor
        self.viewport().setCursor(shape)

    def leaveEvent(self, event: object) -> None:
        if not self.hasFocus():
            self._tell(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        cell = self._at(event.position())
        if cell is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if self.grid.clickable:
            self.opened.emit(*cell)
        else:
            self.zoom_by(8.0, event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = event.key(), self.grid.count - 1
        row, column = self.cell or Cell(0, 0)
        moves = {
            Qt.Key.Key_Up: (row - 1, column),
            Qt.Key.Key_Down: (row + 1, column),
            Qt.Key.Key_Left: (row, column - 1),
            Qt.Key.Key_Right: (row, column + 1),
            Qt.Key.Key_Home: (0, 0),
            Qt.Key.Key_End: (last, last),
        }
        if key in moves:
            row, column = moves[Qt.Key(key)] if self.cell else (0, 0)
            self.show_cell(Cell(min(max(0, row), last), min(max(0, column), last)))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.cell:
            self.opened.emit(*self.cell)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoom_by(1 / _STEP if key == Qt.Key.Key_Minus else _STEP)
            if self.cell:
                self._take(self.grid.showing(self.cell))
        elif key in (Qt.Key.Key_0, Qt.Key.Key_F):
            self.fit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def _at(self, point: QPointF) -> Cell | None:
        return self.grid.at(point - QPointF(self._left, _BAND)) if self._judged else None

    def _tell(self, cell: Cell | None) -> None:
        told = self._judged.told(*cell) if cell is not None and self._judged is not None else ""
        self.setAccessibleDescription(told)
        self.viewport().setToolTip(plain(told))
        self.cell = cell
        self.pointed.emit(cell)
        self.viewport().update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme().color("surface"))
        if self._judged is not None:
            painter.setFont(font(Type.SMALL))
            self._paint_names(painter, self._judged)
            painter.save()
            painter.translate(self._left, _BAND)
            painter.setClipRect(QRectF(QPointF(), self.grid.room))
            self._paint_picture(painter)
            self._paint_counts(painter)
            self._paint_cursor(painter)
            painter.restore()
        painter.end()

    def _paint_picture(self, painter: QPainter) -> None:
        grid = self.grid
        rows, columns = grouped(grid.height), grouped(grid.width)
        image = self.picture.image(rows, columns)
        box = QRectF(
            -grid.left,
            -grid.top,
            image.width() * columns * grid.width,
            image.height() * rows * grid.height,
        )
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(box, image, QRectF(image.rect()))
        if min(grid.width, grid.height) >= _LINES:
            painter.setPen(QPen(theme().color("surface"), 1))
            whole = grid.whole
            for row in grid.rows():
                y = round(row * grid.height - grid.top)
                painter.drawLine(QPointF(0, y), QPointF(whole.width() - grid.left, y))
            for column in grid.columns():
                x = round(column * grid.width - grid.left)
                painter.drawLine(QPointF(x, 0), QPointF(x, whole.height() - grid.top))

    def _paint_counts(self, painter: QPainter) -> None:
        """The numbers, where all that are in sight fit their cells; none stands for 0."""
        grid, judged = self.grid, self._judged
        if grid.height < _ROW or judged is None:
            return
        texts = {
            Cell(row, column): self._text(value)
            for row in grid.rows()
            for column in grid.columns()
            if (value := self.value(Cell(row, column)))
        }
        metrics = QFontMetricsF(painter.font())
        widest = max((metrics.horizontalAdvance(text) for text in texts.values()), default=0.0)
        if widest + 3 > grid.width:
            return
        dark, light = QColor("#10131a"), QColor("#ffffff")
        for cell, text in texts.items():
            bright = self.picture.bright(float(self.picture.values[cell]))
            painter.setPen(dark if bright else light)
            painter.drawText(grid.rect(cell), Qt.AlignmentFlag.AlignCenter, text)

    def _text(self, value: float) -> str:
        if not self._shares:
            return f"{value:,.0f}"
        return f"{100 * value:.0f}" if value >= 0.095 else f"{100 * value:.1f}"

    def _paint_cursor(self, painter: QPainter) -> None:
        if self.cell is None:
            return
        box = self.grid.rect(self.cell)
        least = max(0.0, 6.0 - min(box.width(), box.height())) / 2
        box = box.adjusted(-least, -least, least, least)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((QColor("#10131a"), 3.0), (QColor("#ffffff"), 1.4)):
            painter.setPen(QPen(color, width))
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_names(self, painter: QPainter, judged: Judged) -> None:
        grid = self.grid
        metrics = QFontMetricsF(painter.font())
        painter.setPen(theme().color("muted"))
        painter.drawText(QRectF(0, 0, self._left - SPACE, _BAND), _RIGHT, _TITLES)
        bottom = _BAND + grid.room.height()
        every = max(1, ceil(_APART / grid.height)) if grid.height < _ROW else 1
        for row in _told_last(grid.rows(), every, self.cell and self.cell.row):
            cell = grid.rect(Cell(row, 0)).translated(0, _BAND)
            # A name that stands for several rows begins where its own does.
            top = cell.top() - 1 if every > 1 else cell.center().y() - _BAND / 2
            if self._told(row, 0):
                top = min(top, bottom - _BAND)
            elif every > 1 and not _BAND - 2 <= top <= bottom - _APART:
                continue
            box = QRectF(0, top, self._left - SPACE, _BAND)
            self._paint_name(painter, metrics, box, judged.classes[row], _RIGHT, self._told(row, 0))
        every = 1 if grid.width >= _COLUMN else ceil(self._apart / grid.width)
        flags = _MIDDLE if every == 1 else Qt.AlignmentFlag.AlignVCenter
        painter.setClipRect(QRectF(self._left, 0, grid.room.width(), _BAND))
        for column in _told_last(grid.columns(), every, self.cell and self.cell.column):
            left = grid.rect(Cell(0, column)).left() + self._left
            told = self._told(column, 1)
            box = QRectF(left, 0, every * grid.width, _BAND)
            if told and every > 1:
                box.moveLeft(min(left, self._left + grid.room.width() - self._apart))
            self._paint_name(painter, metrics, box, judged.classes[column], flags, told)
        painter.setClipping(False)

    def _told(self, place: int, axis: int) -> bool:
        return self.cell is not None and self.cell[axis] == place

    def _paint_name(
        self,
        painter: QPainter,
        metrics: QFontMetricsF,
        box: QRectF,
        name: str,
        flags: Qt.AlignmentFlag,
        told: bool,
    ) -> None:
        """A class's name; that of the cell that is told of stands out, over its neighbours."""
        tokens = theme()
        weight = font(Type.SMALL, QFont.Weight.DemiBold) if told else font(Type.SMALL)
        text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, box.width() - 2)
        if told:
            text = QFontMetricsF(weight).elidedText(name, Qt.TextElideMode.ElideRight, _NAMES)
            wide = QFontMetricsF(weight).horizontalAdvance(text) + 2 * SPACE
            # Its own width and no more, where it would have stood.
            ground = QRectF(box.right() - wide + SPACE, box.top(), wide, box.height())
            if flags != _RIGHT:
                ground.moveLeft(box.center().x() - wide / 2 if flags == _MIDDLE else box.left())
                ground.moveLeft(max(self._left, ground.left()))
            painter.fillRect(ground, tokens.color("selection"))
            box, flags = ground, _MIDDLE
        painter.setPen(tokens.color("text" if told else "muted"))
        painter.setFont(weight)
        painter.drawText(box, flags, text)
        painter.setFont(font(Type.SMALL))


def _told_last(seen: range, every: int, told: int | None) -> list[int]:
    """Every so many of those in sight, and last the one that is told of, so that it lies on top."""
    places = [place for place in seen if place % every == 0 and place != told]
    return [*places, told] if told is not None and told in seen else places
