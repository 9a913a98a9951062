"""The layer table: every node with its numbers, sortable, in step with the canvas."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer.document import Document
from designer.inspector.parts import Empty, label, panel
from designer.panels.layer_rows import (
    COLUMNS,
    ROW,
    SHARE_COLUMN,
    Cells,
    Row,
    TableModel,
    indent,
    rows_of,
)
from designer.style import SPACE, numbers
from designer.style.icons import icon


class Table(QTableView):
    """Copies what is selected, or everything, as tabulated text. Arrows open and close blocks."""

    turned = Signal(str, bool)
    """The path of an instance, and whether its inside is to be shown."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentIndex().data(ROW)
        keys = {Qt.Key.Key_Right: True, Qt.Key.Key_Left: False}
        opening = keys.get(Qt.Key(event.key()))
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif isinstance(row, Row) and opening is not None and row.opened is (not opening):
            self.turned.emit(row.name, opening)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        row = index.data(ROW)
        if isinstance(row, Row) and row.opened is not None and index.column() == 0:
            into = event.position().x() - self.visualRect(index).left()
            if into < indent(row) + SPACE:
                self.turned.emit(row.name, not row.opened)
                return
        super().mousePressEvent(event)

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
        self._opened: set[str] = set()
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
        document.scope_changed.connect(self._show)

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
        table.turned.connect(self._turn)

    def _show(self) -> None:
        if not self.isVisible():
            return
        rows = self._rows()
        outer = sum(row.depth == 0 for row in rows)
        self.caption.setText(
            f"{numbers.count(outer)} layers · "
            f"{numbers.count(self._document.analysis.parameters)} parameters"
        )
        self.model.show_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        self.copy.setEnabled(bool(rows))
        self._show_selection()

    def _rows(self) -> list[Row]:
        document = self._document
        scope = document.scope
        entered = {"/".join(scope[:depth]) for depth in range(1, len(scope) + 1)}
        network, analysis = document.project.network, document.analysis
        return list(rows_of(network, analysis, analysis.parameters, self._opened | entered))

    def _turn(self, path: str, opened: bool) -> None:
        """Show the rows inside an instance, or hide them."""
        if opened:
            self._opened.add(path)
        else:
            self._opened.discard(path)
        self._show()
        for place, row in enumerate(self.model.shown):
            if row.name == path:
                keep = QItemSelectionModel.SelectionFlag.NoUpdate
                self.table.selectionModel().setCurrentIndex(self.model.index(place, 0), keep)

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
