"""The window that shows two networks side by side."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

import resources
from designer.compare.canvas import CompareCanvas
from designer.compare.rows import WIDTHS, Row, RowsModel, delta, field, rows
from designer.compare.sides import NOW, SAVED, SideChoice, Source, project_of
from designer.document import Document
from designer.inspector.parts import Empty, label, panel, tool
from designer.style import SPACE, Type, numbers, theme
from designer.style.theme import font
from engine.design.compare import Comparison, Numbers, Status, compare
from engine.network.edits import EditError
from engine.network.grouping import unpack_all
from engine.network.network import Instance, Network
from engine.network.project import Project
from engine.network.scope import Scope, block_name
from engine.network.storage import StorageError

FOLLOW_MS = 120
"""How long edits must rest before the comparison follows them."""


class CompareWindow(QWidget):
    """Before on the left, after on the right; closes with Escape, and changes nothing.

    Panning or zooming one side moves the other along. A row of the table leads to its node on both.
    """

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Compare networks")
        if parent is not None:
            parent.installEventFilter(self)
        self._document = document
        self.found: Comparison | None = None
        self.sides = (Document(parent=self), Document(parent=self))
        self.choices = (
            SideChoice("Network before", document),
            SideChoice("Network after", document),
        )
        self.canvases = tuple(CompareCanvas(side) for side in self.sides)
        self._moving = False
        self._seen = [(canvas.zoom, canvas.center) for canvas in self.canvases]
        panel(self)
        self._build()
        self._timer = QTimer(self, singleShot=True, interval=FOLLOW_MS)
        self._timer.timeout.connect(self.refresh)
        self._connect()
        self.resize(1180, 760)

    def sizeHint(self) -> QSize:
        return QSize(1180, 760)

    def open(self, before: Source | None = None, after: Source = NOW) -> None:
        """Show the window; without `before` the saved version, or a template where there is none."""
        self.choices[0].choose(before or _usual(self._document))
        self.choices[1].choose(after)
        self.refresh(whole=True)
        self.show()
        self.raise_()
        self.activateWindow()
        self.table.setFocus()

    # Building

    def _build(self) -> None:
        self.swap = tool(text="⇄", tip="Exchange the two sides")
        self.affected = QCheckBox("Knock-on effects")
        self.affected.setToolTip(
            "Also list nodes that are set as before, but have other shapes or costs"
        )
        self.unpacked = QCheckBox("Unpack blocks")
        self.unpacked.setToolTip("Compare what the blocks hold, node by node")
        self.back = tool(text="Leave block", tip="Show the whole networks again")
        head = QHBoxLayout()
        head.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        head.setSpacing(2 * SPACE)
        head.addWidget(self.choices[0], 1)
        head.addWidget(self.swap)
        head.addWidget(self.choices[1], 1)
        for item in (self.back, self.unpacked, self.affected):
            head.addWidget(item)
        self.problem = label(role="error", wrap=True)
        self.problem.setContentsMargins(3 * SPACE, 0, 3 * SPACE, SPACE)
        self.totals = Totals()
        canvases = QSplitter(Qt.Orientation.Horizontal)
        for canvas in self.canvases:
            canvases.addWidget(canvas)
        canvases.setSizes([500, 500])
        canvases.setChildrenCollapsible(False)
        self.parts = QSplitter(Qt.Orientation.Vertical)
        self.parts.addWidget(canvases)
        self.parts.addWidget(self._table())
        self.parts.setSizes([440, 220])
        self.parts.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.problem)
        layout.addWidget(self.totals)
        layout.addWidget(self.parts, 1)

    def _table(self) -> QWidget:
        self.model = RowsModel(self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Differences")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(6 * SPACE + 2)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        for column, width in enumerate(WIDTHS):
            self.table.setColumnWidth(column, width)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(28)
        self.table.selectionModel().currentRowChanged.connect(self._go)
        self.table.clicked.connect(self._go)
        self.table.activated.connect(self._go)
        self.same = Empty(
            "No differences", "The two networks are the same, and trained in the same way.", "check"
        )
        box = QWidget()
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        layout.addWidget(self.same)
        return box

    def _connect(self) -> None:
        self._document.changed.connect(lambda *_: self._timer.start())
        self._document.saved_changed.connect(self._timer.start)
        theme().changed.connect(self.update)
        self.swap.clicked.connect(self._exchange)
        self.back.clicked.connect(lambda: self._enter((), ()))
        self.affected.toggled.connect(lambda _: self._show_rows())
        self.unpacked.toggled.connect(lambda _: self.refresh(whole=True))
        for number, (choice, canvas) in enumerate(zip(self.choices, self.canvases, strict=True)):
            choice.settled.connect(lambda: self.refresh(whole=True))
            canvas.moved.connect(lambda number=number: self._follow(number))
            canvas.fit_asked.connect(self.fit)
            canvas.chosen.connect(lambda name, number=number: self._choose(number, name))
            canvas.entered.connect(lambda name, number=number: self._enter_both(number, name))

    # Comparing

    def refresh(self, whole: bool = False) -> None:
        """Compare again what the two sides stand for; `whole` also looks at all of it anew."""
        if not (whole or self.isVisible()):
            return
        trouble = ""
        for choice, side in zip(self.choices, self.sides, strict=True):
            try:
                project = project_of(choice.source, self._document)
                if self.unpacked.isChecked():
                    project = unpack_all(project)
            except (StorageError, EditError) as error:
                trouble, project = str(error), Project()
            if project is not side.project:
                scope = side.scope
                side.load(project, None)
                side.enter(() if whole else scope)
        self.problem.setText(trouble)
        self.problem.setVisible(bool(trouble))
        one, other = self.sides
        self.found = compare(one.project, other.project, one.analysis, other.analysis)
        self.totals.show_numbers(self.found.before, self.found.after)
        self._show_rows()
        self._mark()
        if whole:
            self.fit()

    def _show_rows(self) -> None:
        if self.found is None:
            return
        self.model.show_rows(rows(self.found, self.affected.isChecked()))
        # Qt would choose the first row on getting the focus, and the canvases would leap there.
        choosing = self.table.selectionModel()
        choosing.blockSignals(True)
        choosing.setCurrentIndex(self.model.index(0, 0), choosing.SelectionFlag.NoUpdate)
        choosing.blockSignals(False)
        self.table.setVisible(bool(self.model.shown))
        self.same.setVisible(not self.model.shown)

    def _mark(self) -> None:
        """Mark on each side the nodes of the network that it shows."""
        if self.found is None:
            return
        for number, (side, canvas) in enumerate(zip(self.sides, self.canvases, strict=True)):
            block = block_name(side.project, side.scope)
            marks: dict[str, Status] = {}
            for item in self.found.nodes:
                name = item.after if number else item.before
                if item.block == block and name and item.status != "affected":
                    marks[name] = item.status
            canvas.mark(marks)
        self.back.setVisible(any(side.scope for side in self.sides))

    def _exchange(self) -> None:
        one, other = (choice.source for choice in self.choices)
        self.choices[0].choose(other)
        self.choices[1].choose(one)
        self.refresh(whole=True)

    # Looking

    def fit(self) -> None:
        """Bring both networks into sight, at one zoom."""
        zoom = min(canvas.fitting() for canvas in self.canvases)
        self._moving = True
        for canvas in self.canvases:
            canvas.show_at(zoom, canvas.canvas.extent().center())
        self._settled()

    def _settled(self) -> None:
        self._moving = False
        self._seen = [(canvas.zoom, canvas.center) for canvas in self.canvases]

    def _follow(self, number: int) -> None:
        """Move the other side as this one has moved."""
        if self._moving:
            return
        self._moving = True
        canvas, other = self.canvases[number], self.canvases[1 - number]
        _, before = self._seen[number]
        _, there = self._seen[1 - number]
        other.show_at(canvas.zoom, there + (canvas.center - before))
        # Where the other is to be, not where whole pixels have put it, so that nothing drifts.
        self._moving = False
        self._seen[number] = canvas.zoom, canvas.center
        self._seen[1 - number] = canvas.zoom, there + (canvas.center - before)

    def _go(self, index: QModelIndex) -> None:
        if index.isValid() and index.row() < len(self.model.shown):
            self.go_to(self.model.shown[index.row()])

    def go_to(self, row: Row) -> None:
        """Show the node of a row on both sides; where it is missing, the place of its neighbour."""
        if not (row.before or row.after) or self.found is None:
            return
        scopes = tuple(_leading_to(side.project.network, row.block) for side in self.sides)
        self._enter(*scopes)
        self._moving = True
        zoom = max(self.canvases[0].zoom, 0.6)
        for canvas, side, name in zip(
            self.canvases, self.sides, (row.before, row.after), strict=True
        ):
            item = canvas.canvas.nodes.get(name)
            side.select([name] if item is not None else ())
            center = item.card.center() if item is not None else canvas.center
            canvas.show_at(zoom, center)
        self._settled()

    def _choose(self, number: int, name: str) -> None:
        """A click on a card goes to its row, or to the same node on the other side."""
        for place, row in enumerate(self.model.shown):
            if name == (row.after if number else row.before) and row.block == self._block(number):
                self.table.selectRow(place)
                return
        self.table.clearSelection()
        pair = self._pair(number, name)
        names = (pair, name) if number else (name, pair)
        for side, item in zip(self.sides, names, strict=True):
            side.select([item] if item else ())

    def _pair(self, number: int, name: str) -> str:
        pairs = self.found.pairs if self.found is not None else {}
        if self._block(number):
            return name
        if number:
            return next((old for old, new in pairs.items() if new == name), "")
        return pairs.get(name, "")

    def _block(self, number: int) -> str:
        side = self.sides[number]
        return block_name(side.project, side.scope)

    def _enter_both(self, number: int, name: str) -> None:
        side, other = self.sides[number], self.sides[1 - number]
        pair = self._pair(number, name)
        there = (*other.scope, pair) if pair else other.scope
        scopes = ((*side.scope, name), there)
        self._enter(*(scopes[::-1] if number else scopes))

    def _enter(self, one: Scope, other: Scope) -> None:
        """Show these insides, all of them."""
        if (self.sides[0].scope, self.sides[1].scope) != (one, other):
            self.sides[0].enter(one)
            self.sides[1].enter(other)
            self._mark()
            self.fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self.fit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Close and watched is self.parent():
            self.close()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        elif event.key() == Qt.Key.Key_F:
            self.fit()
        else:
            super().keyPressEvent(event)


class Totals(QWidget):
    """The whole networks' numbers, before and after, and how much more or less that is."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(3 * SPACE, SPACE, 3 * SPACE, 2 * SPACE)
        grid.setHorizontalSpacing(6 * SPACE)
        grid.setVerticalSpacing(0)
        self.values: dict[str, QLabel] = {}
        for column, name in enumerate(("Parameters", "MACs", "Memory", "Receptive field")):
            grid.addWidget(label(name, "small"), 0, column)
            self.values[name] = label(wrap=False)
            self.values[name].setFont(font(Type.BODY))
            grid.addWidget(self.values[name], 1, column)
        grid.setColumnStretch(4, 1)

    def show_numbers(self, before: Numbers, after: Numbers) -> None:
        """Show two networks' numbers."""
        for name, what, text in (
            ("Parameters", "parameters", numbers.count),
            ("MACs", "macs", numbers.short),
            ("Memory", "memory", numbers.size),
        ):
            old, new = getattr(before, what), getattr(after, what)
            self.values[name].setText(_total(text(old), text(new), old, new, before, after, what))
        fields = field(before) or "–", field(after) or "–"
        same = fields[0] == fields[1]
        self.values["Receptive field"].setText(fields[0] if same else " → ".join(fields))


def _total(
    old_text: str, new_text: str, old: int, new: int, before: Numbers, after: Numbers, what: str
) -> str:
    if old == new:
        return old_text
    share = f", {(new - old) / old:+.1%}".replace("-", "−") if old else ""
    return f"{old_text} → {new_text}  ({delta(before, after, what)}{share})"


def _usual(document: Document) -> Source:
    """What a network is compared with first: its file, else the template of its name, else any."""
    if document.path is not None:
        return SAVED
    templates = sorted(resources.TEMPLATES.glob("*.convo"))
    name = "".join(filter(str.isalnum, document.project.name.lower()))
    return next((path for path in templates if path.stem.replace("_", "") == name), templates[0])


def _leading_to(network: Network, block: str) -> Scope:
    """The shortest way into a block from the outermost network; empty where there is none."""
    if not block:
        return ()
    waiting: list[tuple[Scope, Network]] = [((), network)]
    seen: set[str] = set()
    for scope, part in waiting:
        for name, node in part.nodes.items():
            content = node.content
            if not isinstance(content, Instance) or content.block in seen:
                continue
            if content.block == block:
                return (*scope, name)
            seen.add(content.block)
            if content.block in network.blocks:
                waiting.append(((*scope, name), network.blocks[content.block].network))
    return ()
