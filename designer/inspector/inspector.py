"""The inspector: a page for a layer, an instance, several nodes, the block entered, the whole network."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.block_page import BlockPage
from designer.inspector.form import Form
from designer.inspector.instance_page import InstancePage
from designer.inspector.network_page import NetworkPage
from designer.inspector.node_page import NodePage
from designer.inspector.several_page import SeveralPage
from engine.network.network import Instance


class Inspector(QScrollArea):
    """Follows the document's selection. Values are brought up to date in place, so focus stays.

    `unpack_requested(node)` and `save_requested(block)` ask for what the window does with blocks.
    """

    unpack_requested = Signal(str)
    save_requested = Signal(str)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.network_page = NetworkPage(document)
        self.node_page = NodePage(document)
        self.instance_page = InstancePage(document)
        self.block_page = BlockPage(document)
        self.several_page = SeveralPage(document)
        for page in (self.network_page, self.node_page, self.instance_page, self.block_page):
            page.chosen.connect(lambda name: document.show_problem(document.scope, name))
        self.instance_page.entered.connect(lambda name: document.enter((*document.scope, name)))
        self.instance_page.unpacked.connect(self.unpack_requested)
        self.instance_page.saved.connect(self.save_requested)
        self.block_page.saved.connect(self.save_requested)
        self.block_page.left.connect(
            lambda: document.enter(document.scope[:-1], document.scope[-1:])
        )
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        self._pages: tuple[QWidget, ...] = (
            self.network_page,
            self.node_page,
            self.instance_page,
            self.block_page,
            self.several_page,
        )
        for page in self._pages:
            layout.addWidget(page)
            page.setVisible(page is self.network_page)
        self._page: QWidget = self.network_page
        self.setWidget(body)
        document.shown_changed.connect(self._show)
        document.selection_changed.connect(self._select)
        self._show()

    def rename(self) -> None:
        """Edit the name of the selected node, or of the network, in place."""
        if len(self._document.selection) > 1:
            return
        self.ensureVisible(0, 0)
        page = self._page
        if isinstance(page, NetworkPage | NodePage | InstancePage | BlockPage):
            page.rename()

    def take_keys(self) -> None:
        """Put the keyboard into the first setting of what is shown, or else into its name."""
        fields = [
            field
            for form in self._page.findChildren(Form)
            for field in form.editors_shown()
            if form.isVisibleTo(self._page)
        ]
        if not fields:
            self.rename()
            return
        first = min(fields, key=lambda field: field.mapTo(self._page, QPoint()).y())
        self.ensureWidgetVisible(first)
        first.setFocus(Qt.FocusReason.TabFocusReason)

    def sizeHint(self) -> QSize:
        return QSize(312, 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 120)

    def _select(self) -> None:
        # What is still being typed belongs to what was selected until now.
        if isinstance(self._page, NodePage | InstancePage | BlockPage | SeveralPage):
            self._page.flush()
        self._show()
        self.verticalScrollBar().setValue(0)

    def _show(self) -> None:
        names, document = self._document.selection, self._document
        if len(names) > 1:
            self.several_page.show_nodes(names)
            self._turn_to(self.several_page)
        elif not names and document.scope:
            self.block_page.show_block()
            self._turn_to(self.block_page)
        elif not names:
            self._turn_to(self.network_page)
            self.network_page.show_network()
        elif self._is_instance(names[0]):
            self.instance_page.show_node(names[0])
            self._turn_to(self.instance_page)
        else:
            self.node_page.show_node(names[0])
            self._turn_to(self.node_page)

    def _is_instance(self, name: str) -> bool:
        network = self._document.shown.network
        content = network.nodes[name].content
        return isinstance(content, Instance) and content.block in network.blocks

    def _turn_to(self, page: QWidget) -> None:
        if page is not self._page:
            self._page.hide()
            self._page = page
            page.show()
