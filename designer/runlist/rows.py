"""The rows of the table of runs: what stands in each column, what it is sorted by, what can be typed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QWidget

from designer.inspector.parts import plain
from designer.panels.training import STATES
from designer.style import numbers, theme
from engine.training.summary import UNREADABLE, Summary
from engine.workers.watch import goes_on

Index = QModelIndex | QPersistentModelIndex
RUN = Qt.ItemDataRole.UserRole
MARK = Qt.ItemDataRole.UserRole + 1
"""The number of the colour in which a run is compared, or None."""
SILENT = "silent"
STATUSES: Mapping[str, tuple[str, str]] = {
    **STATES,
    SILENT: ("Silent", "warning"),
    UNREADABLE: ("Unreadable", "error"),
}
"""What each status is called, and the token of its colour."""


def status_of(run: Summary) -> str:
    """How a run stands; `silent` where it claims to go on and is not heard of."""
    return SILENT if run.live and not goes_on(run) else run.status


class Column(NamedTuple):
    """A column: its heading, its text, what it is sorted by (None comes last), and what it says."""

    title: str
    text: Callable[[Summary], str]
    key: Callable[[Summary], float | str | None]
    tip: str
    width: int
    numeric: bool = False
    field: str = ""
    """What of `About` is typed here, if anything."""


def _real(value: float | None) -> str:
    return numbers.real(value) if value is not None else ""


def _part(value: float | None) -> str:
    return numbers.percent(value) if value is not None else ""


def _count(value: int | None) -> str:
    return numbers.count(value) if value is not None else ""


def _epochs(run: Summary) -> str:
    done = numbers.count(run.epochs_done)
    return done if run.epochs_done == run.epochs else f"{done} of {numbers.count(run.epochs)}"


def _span(run: Summary) -> str:
    return numbers.duration(run.seconds) if run.seconds is not None else ""


def _parent(run: Summary) -> str:
    return f"{Path(run.parent).name} · step {run.parent_step:,}" if run.parent else ""


COLUMNS = (
    Column("", lambda run: "", lambda run: None, "Compare: Space, or a click", 32),
    Column(
        "Name",
        lambda run: run.name,
        lambda run: run.name.casefold(),
        "What it is called: F2 to change that",
        168,
        field="name",
    ),
    Column(
        "Begun",
        lambda run: numbers.moment(run.created) if run.created else "",
        lambda run: run.created or None,
        "When it was begun",
        124,
    ),
    Column(
        "Status",
        lambda run: STATUSES[status_of(run)][0],
        lambda run: STATUSES[status_of(run)][0],
        "How it stands",
        100,
    ),
    Column(
        "Epochs", _epochs, lambda run: run.epochs_done, "Epochs done, of those planned", 92, True
    ),
    Column(
        "Val loss",
        lambda run: _real(run.val_loss),
        lambda run: run.val_loss,
        "Loss on the validation images after the last epoch",
        88,
        True,
    ),
    Column(
        "Val acc",
        lambda run: _part(run.val_accuracy),
        lambda run: run.val_accuracy,
        "Accuracy on the validation images after the last epoch",
        72,
        True,
    ),
    Column(
        "Best loss",
        lambda run: _real(run.best_loss),
        lambda run: run.best_loss,
        "The least loss on the validation images after any epoch",
        88,
        True,
    ),
    Column(
        "Best acc",
        lambda run: _part(run.best_accuracy),
        lambda run: run.best_accuracy,
        "The best accuracy on the validation images after any epoch",
        74,
        True,
    ),
    Column(
        "Test acc",
        lambda run: _part(run.test_accuracy),
        lambda run: run.test_accuracy,
        "Accuracy of the last weights on the test images",
        74,
        True,
    ),
    Column(
        "Parameters",
        lambda run: _count(run.parameters),
        lambda run: run.parameters,
        "Numbers that were learned",
        92,
        True,
    ),
    Column("Data", lambda run: run.data, lambda run: run.data, "What it learned from", 84),
    Column(
        "Optimiser",
        lambda run: run.optimizer,
        lambda run: run.optimizer,
        "What took the steps",
        82,
    ),
    Column(
        "Rate",
        lambda run: _real(run.learning_rate),
        lambda run: run.learning_rate,
        "The highest learning rate",
        64,
        True,
    ),
    Column(
        "Batch",
        lambda run: _count(run.batch_size),
        lambda run: run.batch_size,
        "Images in one batch",
        58,
        True,
    ),
    Column(
        "Seed", lambda run: str(run.seed), lambda run: run.seed, "Of all that is drawn", 56, True
    ),
    Column(
        "Tags",
        lambda run: ", ".join(run.about.tags),
        lambda run: ", ".join(run.about.tags) or None,
        "Words of your own, set apart by commas: F2 to change them",
        120,
        field="tags",
    ),
    Column(
        "Note",
        lambda run: run.about.note.partition("\n")[0],
        lambda run: run.about.note or None,
        "What there is to say of it: F2 to change that",
        200,
        field="note",
    ),
    Column(
        "Took",
        _span,
        lambda run: run.seconds,
        "From its making to its end, pauses included",
        96,
        True,
    ),
    Column("Device", lambda run: run.device, lambda run: run.device, "Where it was trained", 64),
    Column(
        "From",
        _parent,
        lambda run: run.parent or None,
        "The run whose weights it began with",
        180,
    ),
)
NAME, STATUS = 1, 3
BEGUN = 2


class RunsModel(QAbstractTableModel):
    """Runs that suit the filter; `shown` are they in the order of the view."""

    said = Signal(object, str, str)
    """A run, which of `About` was typed anew, and the text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.known: dict[Path, Summary] = {}
        """Every run."""
        self.shown: list[Summary] = []
        self.marks: dict[Path, int] = {}
        """The runs that are compared, with the numbers of their colours."""
        self._places: dict[Path, int] = {}
        self._words: list[str] = []
        self._column, self._descending = BEGUN, True

    def take(self, runs: Iterable[Summary], gone: Iterable[Path] = ()) -> None:
        """Take in what has changed. Rows move only where their order has become another."""
        changed = {run.path: run for run in runs}
        self.known.update(changed)
        for path in gone:
            self.known.pop(path, None)
        self._arrange(changed)

    def filter(self, text: str) -> None:
        """Show the runs that hold every word of `text`; `#word` is found in tags alone."""
        self._words = text.casefold().split()
        self._arrange({})

    def mark(self, marks: Mapping[Path, int]) -> None:
        """Show which runs are compared."""
        changed = set(marks.items()) ^ set(self.marks.items())
        self.marks = dict(marks)
        for path, _ in changed:
            self._touch(path)

    def row(self, path: Path) -> int | None:
        """Where a run stands; None where it is not shown."""
        return self._places.get(path)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        run, column = self.shown[index.row()], COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text(run)
        if role == Qt.ItemDataRole.EditRole:
            return run.about.note if column.field == "note" else column.text(run)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == STATUS:
            return theme().color(STATUSES[status_of(run)][1])
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain(self._tip(run, index.column()))
        if role == RUN:
            return run
        if role == MARK:
            return self.marks.get(run.path)
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        run, column = self.shown[index.row()], COLUMNS[index.column()]
        if role != Qt.ItemDataRole.EditRole or not column.field:
            return False
        if value != self.data(index, Qt.ItemDataRole.EditRole):
            self.said.emit(run, column.field, str(value))
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.isValid() and COLUMNS[index.column()].field:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._column, self._descending = column, order == Qt.SortOrder.DescendingOrder
        self._arrange({})

    def _arrange(self, changed: Mapping[Path, Summary]) -> None:
        """Bring `shown` up to date, and tell views what of it is another."""
        rows = self._sorted([run for run in self.known.values() if self._suits(run)])
        if [run.path for run in rows] == [run.path for run in self.shown]:
            self.shown = rows
            for path in changed:
                self._touch(path)
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        paths = [self.shown[index.row()].path for index in before]
        self.shown = rows
        self._places = {run.path: place for place, run in enumerate(rows)}
        after = [
            self.index(self._places[path], index.column())
            if path in self._places
            else QModelIndex()
            for path, index in zip(paths, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _touch(self, path: Path) -> None:
        place = self._places.get(path)
        if place is not None:
            self.dataChanged.emit(self.index(place, 0), self.index(place, len(COLUMNS) - 1))

    def _sorted(self, rows: list[Summary]) -> list[Summary]:
        rows = sorted(rows, key=lambda run: (run.created, str(run.path)), reverse=True)
        key = COLUMNS[self._column].key
        known = [(value, run) for run in rows if (value := key(run)) is not None]
        unknown = [run for run in rows if key(run) is None]
        known.sort(key=lambda item: item[0], reverse=self._descending)
        return [run for _, run in known] + unknown

    def _suits(self, run: Summary) -> bool:
        if not self._words:
            return True
        tags = [tag.casefold() for tag in run.about.tags]
        status = STATUSES[status_of(run)][0]
        parts = (run.name, run.network, run.path.name, status, run.data, run.optimizer)
        said = " ".join((*parts, run.about.note, *tags)).casefold()
        return all(
            any(tag.startswith(word[1:]) for tag in tags) if word[0] == "#" else word in said
            for word in self._words
        )

    def _tip(self, run: Summary, column: int) -> str:
        if run.trouble:
            return run.trouble
        if column == STATUS:
            if status_of(run) == SILENT:
                ago = numbers.duration(time.time() - run.heard)
                return (
                    f"No process of this machine trains it, and nothing was heard of it for {ago}."
                )
            return run.message
        if column == NAME:
            return f"{run.network}\n{run.path}"
        return run.about.note if COLUMNS[column].field == "note" else ""
