"""The rows of the layer table: the nodes' numbers, those inside opened blocks too, and how they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    Qt,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from designer.panels.layer_tree import draw_chevron
from designer.style import RADIUS, SPACE, numbers, theme
from engine.analysis import Analysis
from engine.layers.base import Layer
from engine.network.network import Instance, Network

Index = QModelIndex | QPersistentModelIndex
SHARE = Qt.ItemDataRole.UserRole
FAMILY = Qt.ItemDataRole.UserRole + 1
ROW = Qt.ItemDataRole.UserRole + 2
INDENT = 4 * SPACE
"""How far a row is set in below the instance that it is inside of, in pixels."""


class Row(NamedTuple):
    """A node's numbers; `place` is its position in the order of computing, below that of the
    instance that it is in; `name` its path. `opened` is None where there is nothing inside.
    """

    place: tuple[int, ...]
    name: str
    kind: str
    family: str
    output: str
    size: int
    parameters: int
    share: float
    macs: int
    memory: int
    field: tuple[int, int]
    opened: bool | None = None

    @property
    def depth(self) -> int:
        """How many blocks it is in."""
        return len(self.place) - 1


class Column(NamedTuple):
    """A column: its heading, its text, what it is sorted by, and what it says."""

    title: str
    text: Callable[[Row], str]
    key: Callable[[Row], object]
    tip: str
    width: int


COLUMNS = (
    Column("Name", lambda row: row.name, lambda row: row.name, "The node's name in the code", 120),
    Column("Layer", lambda row: row.kind, lambda row: row.kind, "What it is", 120),
    Column(
        "Output", lambda row: row.output, lambda row: row.size, "Channels × height × width", 110
    ),
    Column(
        "Parameters",
        lambda row: numbers.count(row.parameters) if row.output else "–",
        lambda row: row.parameters,
        "Learnable numbers",
        100,
    ),
    Column(
        "Share",
        lambda row: numbers.percent(row.share) if row.parameters else "",
        lambda row: row.share,
        "Share of the network's parameters",
        130,
    ),
    Column(
        "MACs",
        lambda row: numbers.short(row.macs) if row.output else "–",
        lambda row: row.macs,
        "Multiply-accumulate operations for one image",
        90,
    ),
    Column(
        "Memory",
        lambda row: numbers.size(row.memory) if row.output else "–",
        lambda row: row.memory,
        "Bytes of its output for one image, in float32",
        90,
    ),
    Column(
        "Receptive field",
        lambda row: numbers.plane(row.field) if row.field[0] else "–",
        lambda row: row.field[0] * row.field[1],
        "How much of the input image one of its values sees",
        110,
    ),
)
SHARE_COLUMN = 4
NUMERIC = range(2, len(COLUMNS))


class TableModel(QAbstractTableModel):
    """Rows of the present analysis; `shown` are they in the order of the view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown: list[Row] = []
        self._column = -1
        self._descending = False

    def show_rows(self, rows: list[Row]) -> None:
        """Take other rows; where the nodes are the same, only their numbers change."""
        rows = self._sorted(rows)
        same = [(row.name, row.opened) for row in rows] == [
            (row.name, row.opened) for row in self.shown
        ]
        if same:
            if rows != self.shown:
                self.shown = rows
                last = self.index(len(rows) - 1, len(COLUMNS) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self.shown = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = self.shown[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            text = COLUMNS[column].text(row)
            return text.rpartition("/")[2] if column == 0 else text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column in NUMERIC else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole:
            faint = column in NUMERIC and not COLUMNS[column].key(row)
            return theme().color("muted") if faint else None
        if role == SHARE:
            return row.share
        if role == FAMILY:
            return row.family
        if role == ROW:
            return row
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return COLUMNS[section].title
            if role == Qt.ItemDataRole.ToolTipRole:
                return COLUMNS[section].tip
            if role == Qt.ItemDataRole.TextAlignmentRole:
                side = (
                    Qt.AlignmentFlag.AlignRight
                    if section in NUMERIC
                    else Qt.AlignmentFlag.AlignLeft
                )
                return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._column, self._descending = column, order == Qt.SortOrder.DescendingOrder
        self.beginResetModel()
        self.shown = self._sorted(self.shown)
        self.endResetModel()

    def _sorted(self, rows: list[Row]) -> list[Row]:
        if self._column < 0:
            return sorted(rows, key=lambda row: row.place)
        key = COLUMNS[self._column].key
        rows = sorted(rows, key=lambda row: row.place)
        return sorted(rows, key=key, reverse=self._descending)  # type: ignore[arg-type]


class Cells(QStyledItemDelegate):
    """Draws the family's band before the name, set in for blocks, and the share as a bar."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        if index.column() == 0:
            self._paint_name(painter, option, index)
            return
        if index.column() == SHARE_COLUMN:
            share = float(index.data(SHARE))
            box = QRectF(option.rect).adjusted(SPACE, 0, -16 * SPACE, 0)  # type: ignore[attr-defined]
            bar = QRectF(box.left(), box.center().y() - 4, max(0.0, box.width()), 8)
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            if share > 0:
                painter.setBrush(theme().color("hover"))
                painter.drawRoundedRect(bar, RADIUS / 2, RADIUS / 2)
                bar.setWidth(max(2.0, bar.width() * share))
                painter.setBrush(theme().family(str(index.data(FAMILY))))
                painter.drawRoundedRect(bar, RADIUS / 2, RADIUS / 2)
            painter.restore()
        super().paint(painter, option, index)

    def _paint_name(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ROW)
        rect = option.rect  # type: ignore[attr-defined]
        shifted = QStyleOptionViewItem(option)
        left = indent(row)
        shifted.rect = rect.adjusted(left, 0, 0, 0)  # type: ignore[attr-defined]
        if left:
            # The ground of a selected row goes from edge to edge.
            bare = QStyleOptionViewItem(option)
            self.initStyleOption(bare, index)
            bare.text = ""  # type: ignore[attr-defined]
            widget = option.widget  # type: ignore[attr-defined]
            style = widget.style() if isinstance(widget, QWidget) else None
            if style is not None:
                style.drawControl(QStyle.ControlElement.CE_ItemViewItem, bare, painter, widget)
        super().paint(painter, shifted, index)
        if row.opened is not None:
            at = QPointF(rect.left() + left - 2, rect.center().y() + 0.5)
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_chevron(painter, at, row.opened)
            painter.restore()
        color = QColor(theme().family(str(index.data(FAMILY))))
        painter.fillRect(rect.left(), rect.top() + 4, 3, rect.height() - 8, color)


def indent(row: Row) -> int:
    """How far a row's name is set in, with the room for its arrow."""
    return row.depth * INDENT + (INDENT if row.opened is not None or row.depth else 0)


def rows_of(
    network: Network, analysis: Analysis, total: int, opened: Collection[str], prefix: str = ""
) -> Iterator[Row]:
    """A row for each node, and below an instance that is `opened`, by its path, those inside it.

    Of a repeated block the first application is shown. `total` is the whole network's parameters.
    """
    yield from _rows(network, analysis, max(1, total), opened, prefix, ())


def _rows(
    network: Network,
    analysis: Analysis,
    total: int,
    opened: Collection[str],
    prefix: str,
    above: tuple[int, ...],
) -> Iterator[Row]:
    places = {name: place for place, name in enumerate(analysis.order)}
    for name, node in network.nodes.items():
        report = analysis.nodes.get(name)
        content, path = node.content, f"{prefix}{name}"
        layer = content if isinstance(content, Layer) else None
        known = report is not None and report.known
        field = analysis.receptive(name) if known else None
        place = (*above, places.get(name, len(places)))
        inside = analysis.inside.get(name, ())
        kind = (layer.label or layer.kind()) if layer else node.kind
        if isinstance(content, Instance) and content.repeat > 1:
            kind = f"{kind} × {content.repeat}"
        yield Row(
            place,
            path,
            kind,
            layer.family if layer else "block",
            numbers.shape(report.outputs[0]) if report and known else "",
            _size(report.outputs[0]) if report and known else 0,
            report.parameters if report else 0,
            report.parameters / total if report else 0.0,
            report.macs if report else 0,
            report.memory if report else 0,
            field.size if field else (0, 0),
            (path in opened) if inside else None,
        )
        if inside and path in opened:
            first = inside[0]
            yield from _rows(first.network, first.analysis, total, opened, f"{path}/", place)


def _size(shape: tuple[int, ...]) -> int:
    result = 1
    for item in shape:
        result *= item
    return result
