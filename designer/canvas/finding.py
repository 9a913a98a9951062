"""Finding: a bar over the canvas that lights up the nodes that match what is typed, and steps to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton

from designer.style import RADIUS, SPACE, theme
from designer.style.icons import icon
from engine.layers.base import Layer
from engine.network.network import Instance, Network, Node
from engine.network.project import Project

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

MOST = 999
"""No more matches than this are counted."""


def search(project: Project, text: str) -> tuple[str, ...]:
    """Paths of the nodes that hold every word of `text` in name, title, kind or parameters, also
    inside blocks: `part/conv1`.
    """
    words = text.lower().split()
    if not words:
        return ()
    said: dict[int, str] = {}
    found: list[str] = []
    for path, node in _all(project.network, project.network, ()):
        name = path[-1]
        known = said.get(id(node))
        if known is None:
            known = said[id(node)] = _said(node)
        hay = f"{name.lower()} {known}"
        if all(word in hay for word in words):
            found.append("/".join(path))
            if len(found) == MOST:
                break
    return tuple(found)


def _all(
    whole: Network, network: Network, above: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Node]]:
    for name, node in network.nodes.items():
        yield (*above, name), node
        content = node.content
        if isinstance(content, Instance) and content.block in whole.blocks:
            yield from _all(whole, whole.blocks[content.block].network, (*above, name))


def _said(node: Node) -> str:
    """What can be searched of a node besides its name."""
    content = node.content
    words = [node.kind, node.title, node.when, *(text for _, text in node.expressions)]
    if isinstance(content, Layer):
        words += [content.label, content.caption()]
        pairs = list(content.values.items())
    else:
        pairs = [*content.arguments, *content.first]
    for key, value in pairs:
        text = "×".join(map(str, value)) if isinstance(value, tuple) else str(value)
        words += [f"{key}={text}", f"{key} {text}", key.replace("_", " ")]
    words += [node.mode if node.mode != "active" else "", "frozen" if node.frozen else ""]
    return " ".join(words).lower()


class Finder(QFrame):
    """Enter goes to the next match, Shift+Enter to the one before, Escape closes."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self.matches: tuple[str, ...] = ()
        self._here = -1
        self.setObjectName("finder")
        self.setAutoFillBackground(True)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find nodes by name, kind or setting")
        self.field.setAccessibleName("Find nodes")
        self.field.setFixedWidth(260)
        self.field.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.count = QLabel()
        self.count.setProperty("role", "muted")
        self.count.setMinimumWidth(64)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.field)
        layout.addWidget(self.count)
        for sign, tip, step in (
            ("chevron_left", "Match before (Shift+Enter)", -1),
            ("chevron_right", "Next match (Enter)", 1),
            ("dock_close", "Close (Escape)", 0),
        ):
            button = QToolButton()
            button.setIcon(icon(sign))
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(
                lambda _=False, step=step: self.step(step) if step else self.leave()
            )
            layout.addWidget(button)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        view.document.changed.connect(self._follow)
        theme().changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def open(self) -> None:
        """Show it with the last text, all of it selected."""
        self.show()
        self.raise_()
        self.place()
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search(self.field.text())

    def leave(self) -> bool:
        """Close it and light nothing; returns whether it was open."""
        if not self.isVisible():
            return False
        self.hide()
        self.matches, self._here = (), -1
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        self._view.viewport().update()
        return True

    def place(self) -> None:
        """Keep to the top right corner of the canvas."""
        self.adjustSize()
        self.move(max(0, self._view.width() - self.width() - 2 * SPACE), 2 * SPACE)

    def step(self, by: int) -> None:
        """Select the next match, wherever it is, and bring it into sight."""
        if not self.matches:
            return
        start = self._here if self._here >= 0 or by > 0 else 0
        self._here = (start + by) % len(self.matches)
        path = self.matches[self._here]
        self._view.document.select_paths([path])
        self._view.reveal(path.rpartition("/")[2])
        self._say()

    def paint(self, painter: QPainter) -> None:
        """Light up the matches in sight, and what holds matches; `painter` is in scene coordinates."""
        if not self.isVisible() or not self.matches:
            return
        view = self._view
        lit = self._lit()
        color = theme().color("warning")
        pen = QPen(color, 2.5)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        out = max(4.0, 3.0 / view.zoom)
        for item in view.canvas.cards_in(view.visible_rect()):
            if item.face.name in lit:
                painter.drawRoundedRect(item.card.adjusted(-out, -out, out, out), 9, 9)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.step(-1 if back else 1)
                return True
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self.step(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.leave()
                return True
        return False

    def _lit(self) -> set[str]:
        """The nodes of what is shown that match or hold a match."""
        scope = "".join(f"{name}/" for name in self._view.document.scope)
        return {
            path[len(scope) :].partition("/")[0] for path in self.matches if path.startswith(scope)
        }

    def _search(self, text: str) -> None:
        self.matches, self._here = search(self._view.document.project, text), -1
        self._say()
        self._view.viewport().update()

    def _follow(self) -> None:
        """The network changed while the bar is open."""
        if self.isVisible():
            kept = self.matches[self._here] if self._here >= 0 else ""
            self._search(self.field.text())
            if kept in self.matches:
                self._here = self.matches.index(kept)
                self._say()

    def _say(self) -> None:
        total = len(self.matches)
        if not self.field.text().strip():
            self.count.setText("")
        elif not total:
            self.count.setText("none")
        elif self._here < 0:
            self.count.setText("1 match" if total == 1 else f"{total} matches")
        else:
            self.count.setText(f"{self._here + 1} of {total}")

    def _restyle(self) -> None:
        tokens = theme().tokens
        self.setStyleSheet(
            f"#finder {{ background: {tokens.raised}; border: 1px solid {tokens.border}; "
            f"border-radius: {RADIUS}px; }}"
        )
