"""The table of a study: each variant's mean and spread, sortable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from designer.inspector.parts import plain
from designer.style import Type, numbers
from designer.style.theme import font
from engine.studies.table import Measure, Row

ORDER = Qt.ItemDataRole.UserRole
VARIANT = Qt.ItemDataRole.UserRole + 1


class Column(NamedTuple):
    """A heading, its text for a row, and what rows are sorted by."""

    title: str
    text: Callable[[Row, Measure], str]
    order: Callable[[Row], float | None]


def shown(value: float | None, measure: Measure) -> str:
    """A value of a measure for people; empty for none."""
    if value is None:
        return ""
    if measure.percent:
        return f"{value * 100:.2f} %"
    return numbers.duration(value) if measure.name == "seconds" else numbers.real(value)


def _signed(row: Row, measure: Measure) -> str:
    found = row.difference
    if found is None:
        return ""
    half = f" ± {shown(found.half, measure)}" if found.half is not None else ""
    return f"{'+' if found.mean >= 0 else '−'}{shown(abs(found.mean), measure)}{half}"


def _runs(row: Row, measure: Measure) -> str:
    failed = f", {row.failed} failed" if row.failed else ""
    return f"{row.finished} of {row.runs}{failed}"


def _range(row: Row, measure: Measure) -> str:
    """From where to where the runs reach."""
    found = row.spread
    if found is None:
        return ""
    return f"{found.n} runs from {shown(found.low, measure)} to {shown(found.high, measure)}"


COLUMNS = (
    Column("variant", lambda row, _: row.label, lambda row: row.variant),
    Column("runs", _runs, lambda row: row.finished),
    Column(
        "mean",
        lambda row, m: shown(row.spread.mean, m) if row.spread else "",
        lambda row: row.spread.mean if row.spread else None,
    ),
    Column(
        "± std",
        lambda row, m: shown(row.spread.std, m) if row.spread else "",
        lambda row: row.spread.std if row.spread else None,
    ),
    Column(
        "95 %",
        lambda row, m: f"± {shown(row.spread.half, m)}" if row.spread and row.spread.half else "",
        lambda row: row.spread.half if row.spread else None,
    ),
    Column(
        "difference",
        _signed,
        lambda row: row.difference.mean if row.difference is not None else None,
    ),
)
DIFFERENCE = 5
"""The column that an ablation alone has."""
GIVING_WAY = (4, 1, 3)
"""Columns that are left out where there is no room, the first one first."""
NAME = 140
"""Pixels that the names of the variants get before the others."""


class _Cell(QTableWidgetItem):
    """Sorts by its number; what has none comes last, whichever way."""

    def __lt__(self, other: QTableWidgetItem) -> bool:
        one, two = self.data(ORDER), other.data(ORDER)
        if one is None or two is None:
            table = self.tableWidget()
            down = table.horizontalHeader().sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
            return (one is None) if down else (two is None and one is not None)
        return one < two


class StudyTable(QTableWidget):
    """One row a variant; the best is in bold. Enter or a double click opens its network."""

    chosen = Signal()
    """Another row is chosen."""
    open_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(COLUMNS), parent)
        self.setAccessibleName("Variants and their results")
        self.setHorizontalHeaderLabels([column.title for column in COLUMNS])
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(26)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        # What tells variants apart is at the end as often as at the beginning.
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        head.setMinimumSectionSize(48)
        head.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        head.setHighlightSections(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item = self.horizontalHeaderItem(0)
        if item is not None:
            item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.itemSelectionChanged.connect(self.chosen)
        self.doubleClicked.connect(lambda _: self.open_requested.emit())

    @property
    def variant(self) -> int | None:
        """The number of the variant that is chosen."""
        items = self.selectedItems()
        return items[0].data(VARIANT) if items else None

    def show_rows(self, found: Sequence[Row], measure: Measure, best: Row | None) -> None:
        """Show these; the order, and what is chosen, stay."""
        chosen = self.variant
        self.blockSignals(True)
        self.setSortingEnabled(False)
        self.setColumnHidden(DIFFERENCE, not any(row.difference for row in found))
        self.setRowCount(len(found))
        for place, row in enumerate(found):
            weight = QFont.Weight.DemiBold if best is row else QFont.Weight.Normal
            for number, column in enumerate(COLUMNS):
                cell = _Cell(column.text(row, measure))
                cell.setData(ORDER, column.order(row))
                cell.setData(VARIANT, row.variant)
                cell.setFont(font(Type.BODY, weight))
                cell.setToolTip(plain(row.label) if not number else _range(row, measure))
                side = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
                cell.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(place, number, cell)
        self.setSortingEnabled(True)
        self.choose(chosen)
        self._fit()
        self.blockSignals(False)

    def choose(self, variant: int | None) -> None:
        """Choose the row of a variant."""
        for place in range(self.rowCount()):
            item = self.item(place, 0)
            if variant is not None and item is not None and item.data(VARIANT) == variant:
                self.selectRow(place)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Leave out columns until the names have room."""
        for column in GIVING_WAY:
            self.setColumnHidden(column, False)
        for column in GIVING_WAY:
            others = [n for n in range(1, len(COLUMNS)) if not self.isColumnHidden(n)]
            if self.viewport().width() - sum(map(self._wanted, others)) >= NAME:
                break
            self.setColumnHidden(column, True)

    def _wanted(self, column: int) -> int:
        """The width of a column that shows all it has."""
        head = self.horizontalHeader()
        least = max(head.minimumSectionSize(), head.sectionSizeHint(column))
        return max(least, self.sizeHintForColumn(column))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.variant is not None:
            self.open_requested.emit()
        else:
            super().keyPressEvent(event)

    def _copy(self) -> None:
        """Put the whole table on the clipboard, as tabulated text in the order shown."""
        columns = [
            number
            for number in range(len(COLUMNS))
            if number in GIVING_WAY or not self.isColumnHidden(number)
        ]
        lines = ["\t".join(COLUMNS[number].title for number in columns)]
        for place in range(self.rowCount()):
            cells = [self.item(place, number) for number in columns]
            lines.append("\t".join(cell.text() if cell is not None else "" for cell in cells))
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")
