"""The inspector: one page for one node, one for several, one for the whole network."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.network_page import NetworkPage
from designer.inspector.node_page import NodePage
from designer.inspector.several_page import SeveralPage


class Inspector(QScrollArea):
    """Follows the document's selection. Values are brought up to date in place, so focus stays."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.network_page = NetworkPage(document)
        self.node_page = NodePage(document)
        self.several_page = SeveralPage(document)
        self.node_page.chosen.connect(lambda name: document.select([name]))
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        self._pages: tuple[QWidget, ...] = (self.network_page, self.node_page, self.several_page)
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
        if len(self._document.selection) == 1:
            self.ensureVisible(0, 0)
            self.node_page.rename()
        elif not self._document.selection:
            self.network_page.rename()

    def sizeHint(self) -> QSize:
        return QSize(312, 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 120)

    def _select(self) -> None:
        # What is still being typed belongs to what was selected until now.
        if self._page is self.node_page:
            self.node_page.flush()
        elif self._page is self.several_page:
            self.several_page.flush()
        self._show()
        self.verticalScrollBar().setValue(0)

    def _show(self) -> None:
        names = self._document.selection
        if not names:
            self._turn_to(self.network_page)
            self.network_page.show_network()
        elif len(names) == 1:
            self.node_page.show_node(names[0])
            self._turn_to(self.node_page)
        else:
            self.several_page.show_nodes(names)
            self._turn_to(self.several_page)

    def _turn_to(self, page: QWidget) -> None:
        if page is not self._page:
            self._page.hide()
            self._page = page
            page.show()
