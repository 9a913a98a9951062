"""The table of differences: every node, block, link, and what is trained otherwise, in rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QWidget

from designer.compare.signs import SIGNS, Sign
from designer.style import numbers, theme
from designer.style.theme import font
from engine.design.compare import Changed, Comparison, Difference, Numbers

Index = QModelIndex | QPersistentModelIndex
HEADINGS = ("", "What", "Kind", "Difference", "Output", "Parameters", "MACs", "Memory", "Sees")
TIPS = (
    "Added, removed or changed",
    "The node, with its block",
    "What it is",
    "What is otherwise: before → after",
    "Channels × height × width",
    "Learnable numbers more or less",
    "Multiply-accumulate operations for one image more or less",
    "Bytes of its output for one image more or less",
    "The receptive field: how much of the image one value sees",
)
WIDTHS = (28, 140, 120, 200, 170, 110, 84, 84, 124)
NUMERIC = range(5, 8)


class Row(NamedTuple):
    """One difference. `before` and `after` are the names of the node on each side, `block` where it is."""

    sign: Sign
    cells: tuple[str, ...]
    before: str = ""
    after: str = ""
    block: str = ""


def rows(found: Comparison, affected: bool) -> list[Row]:
    """All differences; with `affected` also nodes that only follow from others."""
    shown = [item for item in found.nodes if affected or item.status != "affected"]
    result = [_node(item) for item in shown]
    result += [_plain(SIGNS[item.status], item.name, "block", _said(item)) for item in found.blocks]
    for status, links in (("added", found.links_added), ("removed", found.links_removed)):
        for link in links:
            text = f"{link.source} → {link.target}"
            ends = {"after": link.target} if status == "added" else {"before": link.target}
            row = _plain(SIGNS[status], text, "link", SIGNS[status].word)  # type: ignore[index]
            result.append(row._replace(**ends))
    for kind, changes in (("recipe", found.recipe), ("data", found.data)):
        for change in changes:
            result.append(_plain(SIGNS["changed"], _worded(change.what), kind, spelled(change)))
    return result


def _plain(sign: Sign, name: str, kind: str, text: str) -> Row:
    return Row(sign, (sign.letter, name, kind, text, "", "", "", "", ""))


def _node(item: Difference) -> Row:
    old, new = item.numbers_before, item.numbers_after
    return Row(
        SIGNS[item.status],
        (
            SIGNS[item.status].letter,
            item.name,
            item.kind,
            _said(item),
            _two(_output(old), _output(new)),
            *(delta(old, new, what) for what in ("parameters", "macs", "memory")),
            _two(field(old), field(new)),
        ),
        item.before,
        item.after,
        item.block,
    )


def _said(item: Difference) -> str:
    parts = [f"was {item.before}"] if item.status == "renamed" else []
    parts += [f"{_worded(change.what)} {spelled(change)}" for change in item.changes]
    return ", ".join(parts) or SIGNS[item.status].word


def _worded(what: str) -> str:
    return what.replace("_", " ")


def spelled(change: Changed) -> str:
    """A change's two values: `3 → 5`, `off → on`."""
    return f"{value_text(change.before)} → {value_text(change.after)}"


def value_text(value: object) -> str:
    """A value for people: `on`, `3×3`, `1,024`."""
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return "×".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def _output(found: Numbers | None) -> str:
    return numbers.shape(found.output) if found is not None and found.output else ""


def field(found: Numbers | None) -> str:
    """A receptive field in words; empty where there is none."""
    return numbers.plane(found.receptive) if found is not None and found.receptive else ""


def _two(before: str, after: str) -> str:
    if before == after:
        return before
    return f"{before} → {after}" if before and after else before or after


def delta(before: Numbers | None, after: Numbers | None, what: str) -> str:
    """How much more of something there is, with its sign; empty where it is as before."""
    old = getattr(before, what) if before is not None else 0
    new = getattr(after, what) if after is not None else 0
    more = new - old
    if more == 0:
        return ""
    text = {"parameters": numbers.count, "macs": numbers.short, "memory": numbers.size}[what]
    return f"{'+' if more > 0 else '−'}{text(abs(more))}"


class RowsModel(QAbstractTableModel):
    """The rows for a table view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: list[Row] = []

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Take other rows."""
        if list(rows) == self.shown:
            return
        self.beginResetModel()
        self.shown = list(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(HEADINGS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = self.shown[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return row.cells[column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.sign.word if column == 0 else row.cells[column].replace("<", "‹")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(column)
        if role == Qt.ItemDataRole.ForegroundRole and column == 0:
            return theme().color(row.sign.token)
        if role == Qt.ItemDataRole.FontRole and column == 0:
            return font(15, QFont.Weight.Bold)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADINGS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return TIPS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(section)
        return None


def _side(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in NUMERIC else Qt.AlignmentFlag.AlignLeft
    if column == 0:
        side = Qt.AlignmentFlag.AlignHCenter
    return side | Qt.AlignmentFlag.AlignVCenter
