"""The table of runs: keys and mouse, the coloured marks of what is compared, names typed in place."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from designer.runlist.rows import BEGUN, COLUMNS, MARK, NAME, RUN, STATUS, STATUSES, status_of
from designer.style import SPACE, theme
from engine.training.summary import Summary

Index = QModelIndex | QPersistentModelIndex
ROW = 6 * SPACE + 2


class RunsTable(QTableView):
    """Enter or a double click opens a run, F2 renames, Delete deletes, Space compares."""

    opened = Signal(object)
    """The run to open."""
    compared = Signal(list)
    """Runs to compare, or to compare no longer."""
    deleted = Signal(list)
    menu_requested = Signal(object)
    """Where, in global pixels, a menu for the selected runs is wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Runs")
        self.setItemDelegate(_Cells(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(self.verticalHeader().ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(32)
        header.setSortIndicator(BEGUN, Qt.SortOrder.DescendingOrder)
        self.doubleClicked.connect(self._double)

    def prepare(self) -> None:
        """Lay out the columns; called when there is a model."""
        for place, column in enumerate(COLUMNS):
            self.setColumnWidth(place, column.width)
        self.setSortingEnabled(True)

    @property
    def selected(self) -> list[Summary]:
        """The selected runs, in the order of the table."""
        chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.model().index(row, 0).data(RUN) for row in chosen]

    def rename(self) -> None:
        """Type into the present cell, or where that cannot be, into the name."""
        index = self.currentIndex()
        if index.isValid():
            column = index.column() if COLUMNS[index.column()].field else NAME
            self.setCurrentIndex(index.siblingAtColumn(column))
            self.edit(index.siblingAtColumn(column))

    def edit_field(self, field: str) -> None:
        """Type into the cell of the present row that says this of a run."""
        column = next(place for place, item in enumerate(COLUMNS) if item.field == field)
        index = self.currentIndex().siblingAtColumn(column)
        if index.isValid():
            self.scrollTo(index)
            self.setCurrentIndex(index)
            self.edit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)
            return
        key, current = event.key(), self.currentIndex()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if current.isValid():
                self.opened.emit(current.data(RUN))
        elif key == Qt.Key.Key_F2:
            self.rename()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            if self.selected:
                self.deleted.emit(self.selected)
        elif key == Qt.Key.Key_Space:
            if self.selected:
                self.compared.emit(self.selected)
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Put the selected rows on the clipboard, or all where none is selected, with headings."""
        model = self.model()
        runs = self.selected or [model.index(row, 0).data(RUN) for row in range(model.rowCount())]
        lines = ["\t".join(column.title for column in COLUMNS[1:])]
        for run in runs:
            cells = (" ".join(column.text(run).split()) for column in COLUMNS[1:])
            lines.append("\t".join(cells))
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.column() == 0 and event.button() == Qt.MouseButton.LeftButton:
            run = index.data(RUN)
            among = run.path in {item.path for item in self.selected}
            self.compared.emit(self.selected if among and len(self.selected) > 1 else [run])
            return
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        spot = event.pos() if by_mouse else self.visualRect(self.currentIndex()).center()
        if self.selected:
            self.menu_requested.emit(self.viewport().mapToGlobal(spot))

    def _double(self, index: QModelIndex) -> None:
        if index.column() != 0:
            self.opened.emit(index.data(RUN))


class _Cells(QStyledItemDelegate):
    """Draws the mark of a compared run and the dot of its status; edits without a frame of their own."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        box = QRectF(option.rect)  # type: ignore[attr-defined]
        if index.column() == STATUS:
            super().paint(painter, _shifted(option, 3 * SPACE), index)
            _dot(painter, QPointF(box.left() + 10, box.center().y()), _color(index), True)
            return
        super().paint(painter, option, index)
        if index.column() == 0:
            number = index.data(MARK)
            color = theme().color("link") if number is None else theme().series(number)
            _dot(painter, box.center(), color, number is not None)

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        if index.column() == NAME:
            # The runs of a study differ at the end of their names.
            option.textElideMode = Qt.TextElideMode.ElideMiddle  # type: ignore[attr-defined]

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> QLineEdit:
        editor = QLineEdit(parent)
        editor.setAccessibleName(COLUMNS[index.column()].title)
        return editor

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        editor.setGeometry(option.rect)  # type: ignore[attr-defined]


def _color(index: Index) -> QColor:
    return theme().color(STATUSES[status_of(index.data(RUN))][1])


def _shifted(option: QStyleOptionViewItem, by: int) -> QStyleOptionViewItem:
    """The option with its text set in, its ground unchanged."""
    shifted = QStyleOptionViewItem(option)
    shifted.rect = option.rect.adjusted(by, 0, 0, 0)  # type: ignore[attr-defined]
    return shifted


def _dot(painter: QPainter, middle: QPointF, color: QColor, full: bool) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen if full else QPen(color, 1.2))
    painter.setBrush(color if full else Qt.BrushStyle.NoBrush)
    radius = 4.0 if full else 4.5
    painter.drawEllipse(middle, radius, radius)
    painter.restore()
