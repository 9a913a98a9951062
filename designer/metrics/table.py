"""Tables of a run's predictions: each class with its precision and recall, and each mistake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from designer.inspector.parts import plain
from designer.metrics.judged import Judged
from designer.style import SPACE, numbers

MOST_MISTAKES = 5_000
"""Rows of mistakes; rarer ones are left out."""
Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, eq=False)
class Column:
    """A heading with what it means, and a value for every row (n,), which is also what is sorted by."""

    title: str
    tip: str
    values: NDArray[np.generic]
    text: Callable[[float], str]
    named: bool = False
    """Whether it holds names, which stand on the left and begin with the first."""


class NumbersModel(QAbstractTableModel):
    """Rows of equally long columns, in any order."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._columns: Sequence[Column] = ()
        self._sorted: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)
        self.order: NDArray[np.intp] = np.zeros(0, np.intp)
        """Which row of the columns stands where."""

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Show these, in the order that was last asked for."""
        self.beginResetModel()
        self._columns = columns
        self._arrange()
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        column = self._columns[index.column()]
        if role == Role.TextAlignmentRole:
            return _LEFT if column.named else _RIGHT
        if role in (Role.DisplayRole, Role.ToolTipRole):
            text = column.text(column.values[self.order[index.row()]].item())
            return plain(text) if role == Role.ToolTipRole else text
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal or section >= len(self._columns):
            return None
        column = self._columns[section]
        if role == Role.DisplayRole:
            return column.title
        if role == Role.ToolTipRole:
            return column.tip
        if role == Role.TextAlignmentRole:
            return _LEFT if column.named else _RIGHT
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """By the values of a column; what is no number comes last."""
        self.layoutAboutToBeChanged.emit()
        self._sorted = column, order
        self._arrange()
        self.layoutChanged.emit()

    def _arrange(self) -> None:
        count = len(self._columns[0].values) if self._columns else 0
        column, order = self._sorted
        if not 0 <= column < len(self._columns):
            self.order = np.arange(count)
            return
        values = self._columns[column].values
        if order == Qt.SortOrder.DescendingOrder:
            values = -values.astype(np.float64)
        # NaN is the greatest of all to numpy.
        self.order = np.argsort(values, kind="stable")


class NumbersTable(QTableView):
    """Sortable; Enter or a double click opens a row, Ctrl+C copies all of it as text."""

    opened = Signal(int)
    """A row of the columns whose images are to be shown."""
    chosen = Signal(int)
    """The row of the columns that the cursor is on."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.numbers = NumbersModel(self)
        self.setModel(self.numbers)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(6 * SPACE)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(52)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.doubleClicked.connect(lambda index: self.opened.emit(self._row(index)))
        self.selectionModel().currentRowChanged.connect(self._follow)

    def show_columns(self, columns: Sequence[Column]) -> None:
        """Show these, with the same order as before."""
        current = self._row(self.currentIndex())
        anew = self.numbers.columnCount() != len(columns)
        self.numbers.show_columns(columns)
        header = self.horizontalHeader()
        if anew:
            header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
            for place, column in enumerate(columns):
                if column.named:
                    header.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
                else:
                    self.setColumnWidth(place, 62 if column.text is numbers.count else 79)
        places = np.flatnonzero(self.numbers.order == current)
        if len(places):
            self.blockSignals(True)
            self.setCurrentIndex(self.numbers.index(int(places[0]), 0))
            self.blockSignals(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self._row(self.currentIndex()))
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Put all rows on the clipboard, with headings, in the order shown."""
        model = self.numbers
        across = range(model.columnCount())
        heads = [model.headerData(place, Qt.Orientation.Horizontal) for place in across]
        lines = ["\t".join(map(str, heads))]
        for row in range(model.rowCount()):
            lines.append("\t".join(str(model.data(model.index(row, place))) for place in across))
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")

    def _follow(self, now: QModelIndex) -> None:
        if now.isValid():
            self.chosen.emit(self._row(now))

    def _row(self, index: QModelIndex) -> int:
        return int(self.numbers.order[index.row()]) if index.isValid() else -1


def class_columns(judged: Judged) -> tuple[Column, ...]:
    """A row for each class."""

    def name(place: float) -> str:
        return judged.classes[int(place)]

    return (
        Column("class", "", np.arange(len(judged.classes)), name, named=True),
        Column("images", "Images of the class", judged.matrix.sum(1), numbers.count),
        Column(
            "precision",
            "The part of the images taken for the class that are of it",
            judged.precision,
            _part,
        ),
        Column(
            "recall", "The part of the class's images that are taken for it", judged.recall, _part
        ),
        Column("F1", "The harmonic mean of precision and recall", judged.f1, _part),
    )


def mistake_columns(judged: Judged) -> tuple[Column, ...]:
    """A row for each mistake, the most frequent first."""
    true, guessed = (places[:MOST_MISTAKES] for places in judged.mistakes)

    def name(place: float) -> str:
        return judged.classes[int(place)]

    found = judged.matrix[true, guessed]
    return (
        Column("true", "What the images are", true, name, named=True),
        Column("guessed", "What they are taken for", guessed, name, named=True),
        Column("images", "", found, numbers.count),
        Column("of class", "As a part of the class", found / judged.matrix.sum(1)[true], _part),
    )


def _part(value: float) -> str:
    return numbers.percent(value) if np.isfinite(value) else "–"
