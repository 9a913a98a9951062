"""The palette: blocks and every layer by family, searched by typing, dragged to the canvas or added by
Enter; under it the templates.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QSplitter, QVBoxLayout, QWidget

import resources
from designer.blocks import Blocks
from designer.canvas import block_entries
from designer.canvas.block_entries import BlockEntry
from designer.canvas.entries import Entry, entries, search
from designer.canvas.placing import newest
from designer.document import Document
from designer.panels.layer_tree import LayerTree
from designer.panels.templates import TemplateList
from designer.style import SPACE
from designer.style.icons import icon
from engine.network import edits, uses

WIDTH = 240


class Palette(QWidget):
    """`template_chosen(Path)` asks to open a template; layers and blocks go into the document directly."""

    template_chosen = Signal(Path)

    def __init__(
        self, document: Document, blocks: Blocks | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._blocks = blocks or Blocks(document, self)
        self._shown: tuple[object, ...] = ()
        self._own: list[BlockEntry] = []
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Search layers")
        self.field.setAccessibleName("Search layers")
        self.field.setClearButtonEnabled(True)
        self.field.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.tree = LayerTree()
        self.empty = QLabel()
        self.empty.setTextFormat(Qt.TextFormat.PlainText)
        self.empty.setProperty("role", "muted")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self.empty.setMargin(4 * SPACE)
        self.templates = TemplateList(sorted(resources.TEMPLATES.glob("*.convo")))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2 * SPACE, 0, SPACE)
        layout.setSpacing(SPACE)
        search_row = QVBoxLayout()
        search_row.setContentsMargins(2 * SPACE, 0, 2 * SPACE, 0)
        search_row.addWidget(self.field)
        layout.addLayout(search_row)
        layout.addWidget(self._halves(), 1)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.tree.chosen.connect(self.add)
        self.tree.menu_requested.connect(self._show_menu)
        self.tree.renamed.connect(lambda entry, name: self._blocks.rename(entry.kind, name))
        self.tree.removed.connect(self._remove)
        self.templates.chosen.connect(self.template_chosen)
        self._blocks.kept_changed.connect(self._read_own)
        document.changed.connect(self._follow)
        document.scope_changed.connect(self._follow)
        self._search("")

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(180, 240)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read_own()

    def add(self, entry: Entry) -> None:
        """Append a layer or an instance of a block after the selection, and select it."""
        if isinstance(entry, BlockEntry):
            if entry.path:
                self._blocks.add_kept(Path(entry.path))
            else:
                self._blocks.add(entry.kind)
            return
        document, layer = self._document, entry.layer()
        after = document.selection[-1] if document.selection else None
        if document.do(f"Add {entry.label}", lambda project: edits.append(project, layer, after)):
            document.select([newest(document.shown)])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.tree.step(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.tree.isVisible():
                self.tree.choose_current()
            else:
                self.templates.choose_first()
            self.field.selectAll()
        elif key == Qt.Key.Key_Escape and self.field.text():
            self.field.clear()
        else:
            return False
        return True

    def _halves(self) -> QSplitter:
        """Layers above, templates below, divided as one likes."""
        upper, lower = QWidget(), QWidget()
        for half, items in ((upper, (self.tree, self.empty)), (lower, (self.templates,))):
            layout = QVBoxLayout(half)
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
            if half is lower:
                heading = QLabel("Templates")
                heading.setProperty("role", "section")
                heading.setContentsMargins(3 * SPACE, SPACE, 0, SPACE)
                layout.addWidget(heading)
            for item in items:
                layout.addWidget(item, 1)
        self._lower = lower
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.setChildrenCollapsible(False)
        halves.addWidget(upper)
        halves.addWidget(lower)
        halves.setSizes([2 * WIDTH, WIDTH])
        halves.setStretchFactor(0, 1)
        halves.setStretchFactor(1, 0)
        return halves

    def _sections(self) -> list[tuple[str, list[BlockEntry]]]:
        of_project = block_entries.of_project(self._document.shown)
        return [("Blocks", of_project), ("My blocks", self._own)]

    def _follow(self) -> None:
        """Show the blocks anew where they are others."""
        shown = tuple(tuple(found) for _, found in self._sections())
        if shown != self._shown:
            self._search(self.field.text())

    def _read_own(self) -> None:
        self._own = block_entries.of_user()
        self._follow()

    def _search(self, text: str) -> None:
        sections = self._sections()
        self._shown = tuple(tuple(found) for _, found in sections)
        blocks = [entry for _, found in sections for entry in found]
        found = search(text, (*blocks, *entries())) if text.strip() else []
        if text.strip():
            self.tree.show_found(found)
        else:
            self.tree.show_families(sections)
        others = self.templates.search(text)
        nothing = bool(text.strip()) and not found
        self.tree.setVisible(not nothing)
        self.empty.setVisible(nothing)
        told = "Enter opens the first template." if others else "Try conv, pool, norm or dense."
        self.empty.setText(f"No layer matches “{text.strip()}”. {told}")
        self._lower.setVisible(bool(others))

    def _show_menu(self, where: QPoint, entry: BlockEntry) -> None:
        """What can be done with a block."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        blocks, name = self._blocks, entry.kind
        menu.addAction("Add", lambda: self.add(entry))
        if entry.path:
            menu.addAction("Remove from my blocks", lambda: blocks.forget(Path(entry.path)))
        else:
            menu.addAction("Edit", lambda: blocks.enter(name))
            menu.addAction("Rename", lambda: self.tree.rename(entry))
            menu.addAction("Duplicate", lambda: blocks.duplicate(name))
            menu.addSeparator()
            menu.addAction("Save to my blocks", lambda: blocks.keep(name))
            menu.addAction("Copy as text", lambda: blocks.copy(name))
            menu.addSeparator()
            unused = not uses.count(self._document.project.network, name)
            menu.addAction("Delete", lambda: blocks.remove(name)).setEnabled(unused)
        menu.popup(where)

    def _remove(self, entry: BlockEntry) -> None:
        if entry.path:
            self._blocks.forget(Path(entry.path))
        else:
            self._blocks.remove(entry.kind)
