"""The layer table: every node with its numbers, sortable, in step with the canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer.document import Document
from designer.inspector.parts import Empty, label, panel
from designer.style import RADIUS, SPACE, numbers, theme
from designer.style.icons import icon
from engine.layers.base import Layer

Index = QModelIndex | QPersistentModelIndex
SHARE = Qt.ItemDataRole.UserRole
FAMILY = Qt.ItemDataRole.UserRole + 1


class Row(NamedTuple):
    """A node's numbers; `place` is its position in the order of computing."""

    place: int
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
        if [row.name for row in rows] == [row.name for row in self.shown]:
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
            return COLUMNS[column].text(row)
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
    """Draws the family's band before the name, and the share as a bar."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
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
        if index.column() == 0:
            rect = option.rect  # type: ignore[attr-defined]
            color = QColor(theme().family(str(index.data(FAMILY))))
            painter.fillRect(rect.left(), rect.top() + 4, 3, rect.height() - 8, color)


class Table(QTableView):
    """Copies what is selected, or everything, as tabulated text."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Put the selected rows on the clipboard, or all where none is selected, with headings."""
        model = self.model()
        assert isinstance(model, TableModel)
        chosen = sorted(index.row() for index in self.selectionModel().selectedRows())
        rows = [model.shown[place] for place in chosen] if chosen else model.shown
        lines = ["\t".join(column.title for column in COLUMNS)]
        lines += ["\t".join(column.text(row) for column in COLUMNS) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")


class LayerTable(QWidget):
    """Fills itself only while it is visible."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        panel(self)
        self._selecting = False
        self.model = TableModel(self)
        self.table = Table()
        self.table.setModel(self.model)
        self._prepare_table()
        self.caption = label(role="muted")
        self.copy = QPushButton("Copy")
        self.copy.setToolTip("Copy the selected rows, or all, as text")
        self.copy.setIcon(icon("copy"))
        self.copy.clicked.connect(self.table.copy)
        head = QHBoxLayout()
        head.setContentsMargins(3 * SPACE, SPACE, 2 * SPACE, SPACE)
        head.addWidget(self.caption, 1)
        head.addWidget(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.table)
        self.empty = Empty(
            "No layers yet", "Drag a layer from the left onto the canvas to begin.", "table"
        )
        self._stack.addWidget(self.empty)
        layout.addLayout(self._stack, 1)
        self.model.modelReset.connect(self._show_selection)
        document.changed.connect(self._show)
        document.selection_changed.connect(self._show_selection)

    def sizeHint(self) -> QSize:
        return QSize(900, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 120)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def _prepare_table(self) -> None:
        table = self.table
        table.setItemDelegate(Cells(table))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(6 * SPACE + 2)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(False)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        for place, column in enumerate(COLUMNS):
            table.setColumnWidth(place, column.width)
        header.setSectionResizeMode(SHARE_COLUMN, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(70)
        table.setSortingEnabled(True)
        table.selectionModel().selectionChanged.connect(self._select)

    def _show(self) -> None:
        if not self.isVisible():
            return
        rows = self._rows()
        self.caption.setText(
            f"{numbers.count(len(rows))} layers · "
            f"{numbers.count(self._document.analysis.parameters)} parameters"
        )
        self.model.show_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        self.copy.setEnabled(bool(rows))
        self._show_selection()

    def _rows(self) -> list[Row]:
        project, analysis = self._document.project, self._document.analysis
        total = max(1, analysis.parameters)
        places = {name: place for place, name in enumerate(analysis.order)}
        rows: list[Row] = []
        for name, node in project.network.nodes.items():
            report = analysis.nodes.get(name)
            content = node.content
            layer = content if isinstance(content, Layer) else None
            known = report is not None and report.known
            field = analysis.receptive(name) if known else None
            rows.append(
                Row(
                    places.get(name, len(places)),
                    name,
                    (layer.label or layer.kind()) if layer else node.kind,
                    layer.family if layer else "block",
                    numbers.shape(report.outputs[0]) if report and known else "",
                    _size(report.outputs[0]) if report and known else 0,
                    report.parameters if report else 0,
                    report.parameters / total if report else 0.0,
                    report.macs if report else 0,
                    report.memory if report else 0,
                    field.size if field else (0, 0),
                )
            )
        return rows

    def _show_selection(self) -> None:
        if self._selecting or not self.isVisible():
            return
        wanted = set(self._document.selected_paths)
        chosen = QItemSelection()
        first: QModelIndex | None = None
        for place, row in enumerate(self.model.shown):
            if row.name in wanted:
                index = self.model.index(place, 0)
                chosen.select(index, self.model.index(place, len(COLUMNS) - 1))
                first = first or index
        self._selecting = True
        self.table.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._selecting = False
        if first is not None:
            self.table.scrollTo(first)

    def _select(self) -> None:
        if self._selecting:
            return
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        self._selecting = True
        self._document.select_paths([self.model.shown[place].name for place in rows])
        self._selecting = False


def _size(shape: tuple[int, ...]) -> int:
    result = 1
    for item in shape:
        result *= item
    return result
