"""The diagnosis panel: what ails the run that is watched, each with its evidence and its remedies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from designer.diagnosing import Diagnosing, key
from designer.document import Document
from designer.inspector.parts import Fact, Facts, ProblemCard, label, panel
from designer.style import SPACE, Type, theme
from designer.style.theme import font
from engine.analysis import Problem
from engine.network.scope import node_of

if TYPE_CHECKING:
    from designer.plots.evidence import EvidencePlot
    from engine.training.diagnosis import Finding

ANSWERED = "The network has been changed since; train it to see whether that helps."
MOST = 60
"""Cards shown at once; a run that ails more is mended from the top."""


class FindingCard(ProblemCard):
    """A finding by its name and node, in its sentence, with its remedies; the chosen one has a frame."""

    picked = Signal(object)
    """The finding, when the card is clicked or Enter is pressed."""

    def __init__(self, document: Document, finding: Finding, parent: QWidget) -> None:
        problem = Problem(finding.node, "", finding.message, finding.fixes, finding.severity)
        super().__init__(document, problem, (), parent)
        self.finding = finding
        self._current = False
        self.heading = label(" · ".join(filter(None, (finding.title, finding.node))))
        self.heading.setFont(font(Type.BODY, QFont.Weight.DemiBold))
        self.note = label(ANSWERED, "small", wrap=True)
        self.note.hide()
        self.body.insertWidget(0, self.heading)
        self.body.addWidget(self.note)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.chosen.connect(lambda _: self.picked.emit(self.finding))

    def follow(self, finding: Finding) -> None:
        """The same finding with later numbers."""
        if finding.message != self.finding.message:
            self.sentence.setText(finding.message)
            self.setAccessibleName(finding.message)
        self.finding = finding

    def set_current(self, current: bool) -> None:
        self._current = current
        self.update()

    def set_answered(self, answered: bool) -> None:
        """Whether the network has been changed for it."""
        self.note.setVisible(answered)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.picked.emit(self.finding)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._current:
            painter = QPainter(self)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color("error" if self._error else "warning"))
            painter.drawRoundedRect(0, 0, 3, self.height(), 1.5, 1.5)
            painter.end()

    @property
    def _error(self) -> bool:
        return self.finding.severity == "error"


class DiagnosisPanel(QWidget):
    """Cards beside the plot of the chosen one's evidence; fills itself only while it is visible."""

    def __init__(
        self, document: Document, diagnosing: Diagnosing, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._diagnosing = diagnosing
        self._shown: tuple[str, str] | None = None
        """The finding whose evidence is shown, by its key."""
        self.cards: list[FindingCard] = []
        self.plot: EvidencePlot | None = None
        panel(self)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty())
        self._stack.addWidget(self._body())
        diagnosing.changed.connect(self._show)

    def sizeHint(self) -> QSize:
        return QSize(900, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 120)

    # Building

    def _empty(self) -> QWidget:
        """What is said where nothing ails: what is watched for."""
        self.title, self.hint = label("", "title", wrap=True), label("", "muted", wrap=True)
        self.watched = Facts()
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(4 * SPACE, 3 * SPACE, 4 * SPACE, 3 * SPACE)
        column.setSpacing(SPACE)
        for item in (self.title, self.hint, self.watched):
            column.addWidget(item)
        column.insertSpacing(2, SPACE)
        column.addStretch(1)
        return _scrolled(page)

    def _body(self) -> QWidget:
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(0, 0, 2 * SPACE, 0)
        self._column.setSpacing(SPACE + 2)
        self._column.addStretch(1)
        self._evidence = QFrame()
        self._room = QVBoxLayout(self._evidence)
        self._room.setContentsMargins(0, 0, 0, 0)
        body = QWidget()
        both = QHBoxLayout(body)
        both.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, SPACE)
        both.setSpacing(2 * SPACE)
        self._scroll = _scrolled(page)
        both.addWidget(self._scroll, 5)
        both.addWidget(self._evidence, 4)
        return body

    # Showing

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def choose(self, path: str) -> None:
        """Show the first finding at a node, given by its path."""
        found = next((item for item in self._diagnosing.findings if item.node == path), None)
        if found is not None:
            self._shown = key(found)
            self._show()
            card = next((card for card in self.cards if key(card.finding) == self._shown), None)
            if card is not None:
                self._scroll.ensureWidgetVisible(card)

    def _show(self) -> None:
        if not self.isVisible():
            return
        findings = self._diagnosing.findings[:MOST]
        self._stack.setCurrentIndex(1 if findings else 0)
        if not findings:
            self._say_nothing()
            return
        self._show_cards(findings)
        known = {key(item): item for item in findings}
        if self._shown not in known:
            self._shown = key(findings[0])
        for card in self.cards:
            card.set_current(key(card.finding) == self._shown)
            card.set_answered(key(card.finding) in self._diagnosing.answered)
        if self.plot is None:
            from designer.plots.evidence import EvidencePlot

            self.plot = EvidencePlot()
            self.plot.pointed.connect(self.plot.point_at)
            self._room.addWidget(self.plot)
        self.plot.show_evidence(known[self._shown].evidence)

    def _say_nothing(self) -> None:
        from engine.training.diagnosis import AILMENTS

        if self._diagnosing.watches:
            self.title.setText("Nothing ails this run")
            self.hint.setText("As far as it has told. Watched for:")
        else:
            self.title.setText("No run yet")
            self.hint.setText("Press Train. While the network learns this is watched for:")
        self.watched.show_facts([Fact(item.title, item.watched) for item in AILMENTS])

    def _show_cards(self, findings: tuple[Finding, ...]) -> None:
        """Keep the cards of what was found before, which somebody may be about to click."""
        before = {(key(card.finding), card.finding.fixes): card for card in self.cards}
        cards: list[FindingCard] = []
        for finding in findings:
            card = before.pop((key(finding), finding.fixes), None)
            if card is None or card.finding.severity != finding.severity:
                card = FindingCard(self._document, finding, self)
                card.picked.connect(self._pick)
            card.follow(finding)
            cards.append(card)
        for card in before.values():
            # Not at once: it may be going because of a click on its own button.
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        if cards != self.cards:
            for place, card in enumerate(cards):
                self._column.insertWidget(place, card)
            self.cards = cards

    def _pick(self, finding: Finding) -> None:
        """Show a finding's evidence, and its node on the canvas."""
        self._shown = key(finding)
        self._show()
        if finding.node and node_of(self._document.project, finding.node) is not None:
            self._document.select_paths([finding.node])


def _scrolled(page: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(page)
    return area
