"""What differs between the compared runs: recipe, data and network, a row for each, a column a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QPushButton,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer.compare.rows import value_text
from designer.inspector.parts import Empty, Sentence, plain
from designer.style import SPACE, numbers, theme
from engine.design.compare import Comparison, compare
from engine.design.varied import MISSING, varied
from engine.network.errors import StorageError
from engine.network.project import Project
from engine.training.rundir import RunDirectory
from engine.training.summary import Summary

Index = QModelIndex | QPersistentModelIndex
SAME = "the same"
MOST_CHANGES = 40
"""Nodes of two networks that are told one by one."""


class Row(NamedTuple):
    """What differs, and how it is in each run."""

    what: str
    cells: tuple[str, ...]


def rows_of(projects: Sequence[Project | None]) -> list[Row]:
    """The differences of projects, None for one that cannot be read; the first is what others are
    measured by.
    """
    known = [project for project in projects if project is not None]
    if len(known) < 2:
        return []
    found = [compare(known[0], project) for project in known[1:]]
    rows: list[Row] = []
    if any(_changes(item) for item in found):
        rows.append(Row("network, from the first", ("", *map(_told, found))))
        numbers_of = [found[0].before, *(item.after for item in found)]
        for what, text in (
            ("parameters", [numbers.count(item.parameters) for item in numbers_of]),
            ("MACs", [numbers.short(item.macs) for item in numbers_of]),
            ("memory", [numbers.size(item.memory) for item in numbers_of]),
        ):
            if len(set(text)) > 1:
                rows.append(Row(what, tuple(text)))
    rows += [Row(item.what, tuple(map(_value, item.values))) for item in varied(known)]
    if len(known) == 2:
        rows += _nodes(found[0])
    places = [place for place, project in enumerate(projects) if project is not None]
    return [_spread(row, places, len(projects)) for row in rows]


def _spread(row: Row, places: Sequence[int], count: int) -> Row:
    """The row with empty cells where a project could not be read."""
    cells = [""] * count
    for place, cell in zip(places, row.cells, strict=True):
        cells[place] = cell
    return Row(row.what, tuple(cells))


def _value(value: object) -> str:
    return "–" if value is MISSING else value_text(value)


def _changes(found: Comparison) -> int:
    nodes = sum(item.status != "affected" for item in found.nodes)
    return nodes + len(found.blocks) + len(found.links_added) + len(found.links_removed)


def _told(found: Comparison) -> str:
    """How much of a network is otherwise than in the first."""
    count = _changes(found)
    return f"{numbers.count(count)} difference{'s' if count > 1 else ''}" if count else SAME


def _nodes(found: Comparison) -> list[Row]:
    """The differences of two networks, node by node."""
    rows: list[Row] = []
    for item in found.nodes:
        if item.status == "affected":
            continue
        if item.status in ("added", "removed"):
            there = (("", item.kind), (item.kind, ""))[item.status == "removed"]
            rows.append(Row(item.name, there))
        for change in item.changes:
            what = f"{item.name} {change.what.replace('_', ' ')}"
            rows.append(Row(what, (value_text(change.before), value_text(change.after))))
        if item.status == "renamed":
            rows.append(Row(f"{item.name}, its name", (item.before, item.after)))
    more = len(rows) - MOST_CHANGES
    if more > 0:
        rows = [*rows[:MOST_CHANGES], Row(f"{numbers.count(more)} more", ("", ""))]
    return rows


class Differences(QWidget):
    """The table; above it how much there is, and a way to see two networks side by side."""

    side_by_side = Signal(object, object)
    """The project files of two runs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: tuple[Summary, ...] = ()
        self.model = _Model(self)
        self.table = QTableView()
        self.table.setAccessibleName("Differences between runs")
        self.table.setModel(self.model)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(6 * SPACE + 2)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.caption = Sentence("muted")
        self.beside = QPushButton("Networks side by side…")
        self.beside.setToolTip("Show the first two networks on canvases beside each other")
        self.beside.clicked.connect(self._show_beside)
        head = QHBoxLayout()
        head.setContentsMargins(3 * SPACE, 0, SPACE, SPACE)
        head.addWidget(self.caption, 1)
        head.addWidget(self.beside)
        self.same = Empty("", "", "check")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        self._stack = QStackedLayout()
        layout.addLayout(self._stack, 1)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.same)

    def show_runs(self, runs: Sequence[tuple[Summary, int]]) -> None:
        """Compare these runs, which have the numbers of their colours; the first is the measure."""
        if [run.path for run, _ in runs] != [run.path for run in self._runs]:
            projects: list[Project | None] = []
            troubles: list[str] = []
            for run, _ in runs:
                try:
                    projects.append(RunDirectory(run.path).project())
                except StorageError as error:
                    projects.append(None)
                    troubles.append(str(error))
            rows = rows_of(projects)
            self._show(rows, troubles, sum(project is not None for project in projects))
            self.model.show_rows(rows, runs)
            self.table.setColumnWidth(0, 176)
            for column in range(1, len(runs) + 1):
                self.table.setColumnWidth(column, 168)
        else:
            self.model.show_names(runs)
        self._runs = tuple(run for run, _ in runs)

    def _show(self, rows: Sequence[Row], troubles: Sequence[str], known: int) -> None:
        fields = f"{numbers.count(len(rows))} thing{'s' if len(rows) != 1 else ''} differ"
        self.caption.say(" ".join(troubles) or (f"{fields}{'s' if len(rows) == 1 else ''}"))
        self.beside.setVisible(known >= 2)
        if known >= 2:
            self.same.say(
                "No differences", "The networks are the same, and were trained in the same way."
            )
        else:
            self.same.say("Nothing to compare", "Two runs are needed whose networks can be read.")
        self._stack.setCurrentIndex(0 if rows else 1)

    def _show_beside(self) -> None:
        files = [RunDirectory(run.path).project_file for run in self._runs]
        known: list[Path] = [file for file in files if file.is_file()]
        if len(known) >= 2:
            self.side_by_side.emit(known[0], known[1])


class _Model(QAbstractTableModel):
    """The rows; the heading of each column is a run's name beside its colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self._runs: list[tuple[Summary, int]] = []

    def show_rows(self, rows: list[Row], runs: Sequence[tuple[Summary, int]]) -> None:
        """Take other rows."""
        self.beginResetModel()
        self.rows, self._runs = rows, list(runs)
        self.endResetModel()

    def show_names(self, runs: Sequence[tuple[Summary, int]]) -> None:
        """The same runs may be called otherwise now."""
        self._runs = list(runs)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 1, len(runs))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._runs) + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = self.rows[index.row()], index.column()
        text = row.cells[column - 1] if column else row.what
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(text)
        if role == Qt.ItemDataRole.ForegroundRole:
            # What is as in the first run stands back, so that the others catch the eye.
            same = column > 1 and text == row.cells[0]
            return theme().color("muted" if column == 0 or same or text == SAME else "text")
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if section == 0:
            return "Differs" if role == Qt.ItemDataRole.DisplayRole else None
        run, number = self._runs[section - 1]
        if role == Qt.ItemDataRole.DisplayRole:
            return run.name
        if role == Qt.ItemDataRole.DecorationRole:
            return _swatch(number)
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(f"{run.name}\n{run.path}")
        return None


def _swatch(number: int) -> QIcon:
    picture = QPixmap(12, 12)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme().series(number))
    painter.drawEllipse(1, 1, 9, 9)
    painter.end()
    return QIcon(picture)
