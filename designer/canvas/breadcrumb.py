"""Breadcrumb: over the top of the canvas the way into the block that is shown, each step a button."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from designer.document import Document
from designer.style import RADIUS, SPACE, numbers, theme
from designer.style.icons import icon
from engine.network import uses
from engine.network.scope import Scope, block_name

HEIGHT = 34
BOTTOM = 2 * SPACE + HEIGHT
"""How far down the canvas it reaches, in pixels."""


class Breadcrumb(QFrame):
    """`LeNet-5 › features › branch1   editing Branch, used 16 times`; hidden in the outermost network."""

    def __init__(self, document: Document, parent: QWidget) -> None:
        super().__init__(parent)
        self._document = document
        self._shown: tuple[object, ...] = ()
        self.setObjectName("breadcrumb")
        self.setFixedHeight(HEIGHT)
        self.setAutoFillBackground(True)
        self.steps: list[QToolButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SPACE, 2, 2 * SPACE, 2)
        self._row.setSpacing(0)
        self._signs: list[QLabel] = []
        self.told = QLabel(self)
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.told.setProperty("role", "muted")
        self.told.setContentsMargins(2 * SPACE, 0, 0, 0)
        self._restyle()
        theme().changed.connect(self._restyle)
        document.scope_changed.connect(self._show)
        document.changed.connect(self._show)
        self._show()

    def place(self) -> None:
        """Keep to the top left corner of the canvas, and inside it."""
        parent = self.parentWidget()
        assert parent is not None
        if not self._document.scope:
            return
        self.told.show()
        room = parent.width() - 4 * SPACE
        if self.sizeHint().width() > room:
            self.told.hide()
        self.adjustSize()
        self.resize(min(self.width(), room), self.height())
        self.move(QPoint(2 * SPACE, 2 * SPACE))

    def _show(self) -> None:
        scope, project = self._document.scope, self._document.project
        if not scope:
            self.hide()
            self._shown = ()
            return
        block = block_name(project, scope)
        shown = (project.name, scope, block, uses.count(project.network, block))
        if shown == self._shown:
            return
        self._shown = shown
        self._build(("", *scope))
        times = uses.count(project.network, block)
        often = "once" if times == 1 else f"{numbers.count(times)} times"
        self.told.setText(f"editing {block}, used {often}")
        self.told.setToolTip("What is changed here changes in every instance of the block")
        self.show()
        self.place()
        self.raise_()

    def _build(self, names: Scope) -> None:
        for item in (*self.steps, *self._signs, self.told):
            self._row.removeWidget(item)
        for item in (*self.steps, *self._signs):
            # Not at once: one of them may have been clicked just now.
            item.hide()
            item.deleteLater()
        self.steps, self._signs = [], []
        for depth, name in enumerate(names):
            if depth:
                sign = QLabel()
                sign.setPixmap(icon("chevron_right", "muted").pixmap(12, 12))
                self._signs.append(sign)
                self._row.addWidget(sign)
            button = QToolButton()
            button.setText((name or self._document.project.name).replace("&", "&&"))
            here = depth == len(names) - 1
            button.setEnabled(not here)
            button.setProperty("role", "here" if here else "step")
            button.setAccessibleName(f"Go to {button.text()}")
            if not here:
                button.setToolTip(f"Back to {name or 'the whole network'} (Backspace)")
            button.clicked.connect(lambda _=False, depth=depth: self.go(depth))
            self.steps.append(button)
            self._row.addWidget(button)
        self._row.addWidget(self.told)
        for item in (*self.steps, *self._signs):
            # A layout counts no hidden item, and new ones are only shown when events are next seen to.
            item.show()

    def go(self, depth: int) -> None:
        """Leave for the first `depth` steps of the scope; what was entered there is selected."""
        scope = self._document.scope
        if depth < len(scope):
            self._document.enter(scope[:depth], [scope[depth]])
            parent = self.parentWidget()
            if parent is not None:
                parent.setFocus(Qt.FocusReason.OtherFocusReason)

    def _restyle(self) -> None:
        tokens = theme().tokens
        self.setStyleSheet(
            f"#breadcrumb {{ background: {tokens.raised}; border: 1px solid {tokens.border}; "
            f"border-radius: {RADIUS}px; }} "
            f"QToolButton:disabled {{ color: {tokens.text}; font-weight: 600; }}"
        )
        self._shown = ()
        self._show()
