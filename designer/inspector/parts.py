"""The small pieces that inspector and panels are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.consequences import consequence
from designer.document import Document
from designer.inspector.flow import FlowLayout
from designer.style import RADIUS, SPACE, Type, theme
from designer.style.icons import draw, icon
from designer.style.theme import code_font
from engine.analysis import Fix, Problem
from engine.network.scope import Scope

LABELS = 104
"""Width of the column of labels, in pixels, so that all forms and facts of a panel line up."""


def label(text: str = "", role: str = "", wrap: bool = False) -> QLabel:
    """A label that never takes its text for markup."""
    result = QLabel(text, textFormat=Qt.TextFormat.PlainText, wordWrap=wrap)
    if role:
        result.setProperty("role", role)
    if wrap:
        result.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    return result


def plain(text: str) -> str:
    """Text for a tooltip, which takes what looks like a tag for markup: no tag is left in it."""
    return text.replace("<", "‹")


def tool(text: str = "", sign: str = "", tip: str = "", toggle: bool = False) -> QToolButton:
    """A flat button with a text or an icon; a toggle has a frame and stays down."""
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(text or tip)
    if sign:
        button.setIcon(icon(sign))
    if toggle:
        button.setCheckable(True)
        button.setProperty("role", "toggle")
    return button


def panel(widget: QWidget) -> None:
    """Give a widget the background of panels, wherever it is put."""
    widget.setProperty("role", "panel")
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)


class Sentence(QLabel):
    """One line of plain text, cut short where the room ends; the whole is then in its tooltip."""

    def __init__(self, role: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent, textFormat=Qt.TextFormat.PlainText)
        self._whole = ""
        if role:
            self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def say(self, text: str) -> None:
        self._whole = text
        self._cut()

    @property
    def whole(self) -> str:
        """The text uncut."""
        return self._whole

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        text = self.fontMetrics().elidedText(
            self._whole, Qt.TextElideMode.ElideRight, self.contentsRect().width()
        )
        if text != self.text():
            self.setText(text)
        tip = plain(self._whole) if text != self._whole else ""
        if tip != self.toolTip():
            self.setToolTip(tip)


class Glyph(QWidget):
    """A family's sign on a tint of its colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._family = "block"
        self.setFixedSize(32, 32)

    def show_family(self, family: str) -> None:
        if family != self._family:
            self._family = family
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        color = theme().family(self._family)
        tint = QColor(color)
        tint.setAlphaF(0.16)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawRoundedRect(self.rect(), RADIUS, RADIUS)
        draw(painter, f"family_{self._family}", QRectF(7, 7, 18, 18), color)
        painter.end()


class Sign(QWidget):
    """An icon in a token's colour, drawn anew when the theme changes."""

    def __init__(
        self, name: str, token: str, size: int = 16, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name, self._token = name, token
        self.setFixedSize(size, size)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw(painter, self._name, QRectF(self.rect()), theme().color(self._token))
        painter.end()


class Fact(NamedTuple):
    """A line of knowledge: what, how much, and what that means."""

    label: str
    text: str
    tip: str = ""


class Facts(QWidget):
    """Facts in two columns, or with `stacked` one under another as formulas need it.

    The labels are made once and reused.
    """

    def __init__(self, stacked: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stacked = stacked
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._shown: Sequence[Fact] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * SPACE)
        self._grid.setVerticalSpacing(1 if stacked else SPACE)
        if not stacked:
            self._grid.setColumnMinimumWidth(0, LABELS)
        self._grid.setColumnStretch(1, 1)

    def show_facts(self, facts: Sequence[Fact]) -> None:
        facts = tuple(facts)
        if facts == self._shown:
            return
        while len(self._rows) < len(facts):
            self._add()
        for row, (name, text) in enumerate(self._rows):
            if row < len(facts):
                fact = facts[row]
                name.setText(fact.label)
                text.setText(fact.text)
                if fact.tip or text.toolTip():
                    name.setToolTip(fact.tip)
                    text.setToolTip(fact.tip)
            if row < len(facts) or row < len(self._shown):
                name.setVisible(row < len(facts))
                text.setVisible(row < len(facts))
        self._shown = facts

    def _add(self) -> None:
        name, text = label(role="muted"), label(wrap=True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        text.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row = len(self._rows)
        if self._stacked:
            name.setProperty("role", "small")
            text.setFont(code_font(Type.SMALL))
            text.setContentsMargins(0, 0, 0, SPACE)
            self._grid.addWidget(name, 2 * row, 0, 1, 2)
            self._grid.addWidget(text, 2 * row + 1, 0, 1, 2)
        else:
            self._grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(text, row, 1)
        self._rows.append((name, text))


_LOOKS = {
    "error": ("problem", "error"),
    "warning": ("advice", "warning"),
    "hint": ("card", "muted"),
}
"""How a card is framed, and its sign's colour."""


class ProblemCard(QFrame):
    """A problem in its sentence, with a button for every fix. Click or Enter selects its node."""

    chosen = Signal(str)

    def __init__(
        self,
        document: Document,
        problem: Problem,
        scope: Scope | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._scope = scope
        self.problem = problem
        role, tone = _LOOKS[problem.severity]
        self.setProperty("role", role)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(problem.message)
        sign = Sign(problem.severity, tone)
        self.sentence = label(problem.message, wrap=True)
        self.body = body = QVBoxLayout()
        body.setSpacing(SPACE + 2)
        body.addWidget(self.sentence)
        self.buttons = [QPushButton(fix.label) for fix in problem.fixes]
        fixes = FlowLayout(SPACE + 2)
        if self.buttons:
            body.addLayout(fixes)
        for button, fix in zip(self.buttons, problem.fixes, strict=True):
            button.clicked.connect(lambda _=False, fix=fix: self._mend(fix))
            button.installEventFilter(self)
            fixes.addWidget(button)
        self.preview = label(role="small", wrap=True)
        self.preview.hide()
        body.addWidget(self.preview)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(body, 1)
        if problem.node:
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def _mend(self, fix: Fix) -> None:
        self._document.do(fix.label, fix.edit, scope=self._scope)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Under the buttons stands what the one under the pointer, or with the keys, leads to."""
        if watched in self.buttons:
            if event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn):
                fix = self.problem.fixes[self.buttons.index(watched)]  # type: ignore[arg-type]
                told = consequence(self._document, fix, self.problem.node, self._scope)
                self.preview.setText(told)
                self.preview.setVisible(bool(told))
            elif event.type() in (QEvent.Type.Leave, QEvent.Type.FocusOut):
                self.preview.hide()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.problem.node and self.rect().contains(event.position().toPoint()):
            self.chosen.emit(self.problem.node)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.problem.node and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self.problem.node)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(theme().color("accent"))
            painter.drawRoundedRect(
                QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS
            )
            painter.end()


class ProblemCards(QWidget):
    """Cards one under another, made anew only where the problems are others than before.

    They are problems of the network at `scope`; None: of what is shown.
    """

    chosen = Signal(str)

    def __init__(
        self, document: Document, scope: Scope | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._scope = scope
        self._shown: tuple[Problem, ...] = ()
        self.cards: list[ProblemCard] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE + 2)
        self.hide()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        problems = tuple(problems)
        if problems == self._shown:
            return
        self._shown = problems
        for card in self.cards:
            # Not at once: a card may be going because of a click on its own button.
            self._layout.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.cards = [
            ProblemCard(self._document, problem, self._scope, self) for problem in problems
        ]
        for card in self.cards:
            card.chosen.connect(self.chosen)
            self._layout.addWidget(card)
        self.setVisible(bool(problems))


class Empty(QWidget):
    """What stands where nothing is yet: what it would be, and what to do for it."""

    def __init__(
        self, title: str, hint: str, sign: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 4 * SPACE)
        layout.setSpacing(SPACE)
        layout.addStretch()
        if sign:
            layout.addWidget(Sign(sign, "link", 28), 0, Qt.AlignmentFlag.AlignHCenter)
        self.title = label(title, "title", wrap=True)
        self.hint = label(hint, "muted", wrap=True)
        for item in (self.title, self.hint):
            item.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(item)
        layout.addStretch()

    def say(self, title: str, hint: str) -> None:
        self.title.setText(title)
        self.hint.setText(hint)
