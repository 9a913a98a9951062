"""The problems panel: everything that is wrong, with its fixes."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.parts import Empty, ProblemCards, label
from designer.style import SPACE, numbers

MOST = 100
"""Cards shown at once; a network with more problems is mended from the top."""


class ProblemsPanel(QScrollArea):
    """Cards in the order of the network. A click selects the node; a button mends."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        self.cards = ProblemCards(document, scope=())
        self.cards.chosen.connect(lambda name: document.show_problem((), name))
        self.empty = Empty("No problems", "The network can be trained as it is drawn.", "check")
        self.more = label(role="muted")
        self._space = QWidget()
        layout.addWidget(self.cards)
        layout.addWidget(self.more)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self._space, 1)
        self.setWidget(body)
        document.changed.connect(self._show)
        self._show()

    def sizeHint(self) -> QSize:
        return QSize(900, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 100)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def _show(self) -> None:
        if not self.isVisible():
            return
        problems = self._document.analysis.problems
        self.cards.show_problems(problems[:MOST])
        left = len(problems) - MOST
        self.more.setText(f"And {numbers.count(left)} more.")
        self.more.setVisible(left > 0)
        self.empty.setVisible(not problems)
        self._space.setVisible(bool(problems))
        if not self._document.project.network.nodes:
            self.empty.say("Nothing drawn yet", "Drag a layer from the left onto the canvas.")
        else:
            self.empty.say("No problems", "The network can be trained as it is drawn.")
