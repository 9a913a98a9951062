"""The code panel: the PyTorch file of the network, in step with the canvas both ways."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRect, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QTextCursor,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from designer.document import Document
from designer.inspector.parts import Empty, ProblemCards, label, panel
from designer.panels.highlight import PythonHighlighter
from designer.style import SPACE, Type, numbers, theme
from designer.style.icons import icon
from designer.style.theme import code_font
from engine.codegen import Source
from engine.layers.base import Layer
from engine.network.scope import node_of

DELAY_MS = 80
"""How long edits must rest before the code is written anew."""
BAND = 3
"""Width of the coloured band of a node's lines, in pixels."""


class CodeView(QPlainTextEdit):
    """Read-only text with line numbers and, beside each node's lines, its family's colour."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._source: Source | None = None
        self._selected: set[int] = set()
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(code_font(12))
        self.setUndoRedoEnabled(False)
        self.document().setDocumentMargin(SPACE)
        self.highlighter = PythonHighlighter(self.document())
        self.margin = _Margin(self)
        self.updateRequest.connect(self._scroll_margin)
        self.blockCountChanged.connect(lambda _: self._fit_margin())
        theme().changed.connect(self._show_selection)
        self._fit_margin()

    def show_source(self, source: Source) -> None:
        """Show other code; only the lines that differ are laid out and coloured again."""
        if source is self._source:
            return
        self._source = source
        self._replace(source.text)
        self._show_selection()

    def show_selection(self) -> None:
        """Mark the lines of the selected nodes, and bring them into view."""
        self._show_selection()
        if self._selected and self._source:
            first = min(self._selected)
            top = self.firstVisibleBlock().blockNumber() + 1
            seen = range(top, top + max(1, self.viewport().height() // self._line_height()))
            if not self._selected.intersection(seen):
                bar = self.verticalScrollBar()
                bar.setValue(max(0, first - 1 - len(seen) // 3))

    def node_at(self, line: int) -> str:
        """The path of the node that a line belongs to, or nothing.

        A line in a block's class belongs to the same node of many instances: of the one that is
        entered, if it is one of them, or else of the first.
        """
        if self._source is None:
            return ""
        name = self._source.node_at(line) or ""
        scope = "".join(f"{part}/" for part in self._document.scope)
        inner = name.rpartition("/")[2]
        spans = self._source.spans.get(f"{scope}{inner}", ()) if scope and inner else ()
        if any(span.first <= line <= span.last for span in spans):
            return f"{scope}{inner}"
        return name

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        cursor = self.textCursor()
        if event.button() == Qt.MouseButton.LeftButton and not cursor.hasSelection():
            self._select_node(self.cursorForPosition(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._select_node(self.textCursor())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_margin()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        for line, box in self._visible_lines(event.rect().bottom()):
            color = self._family_color(line) if line in self._selected else None
            if color is not None:
                color.setAlphaF(0.16)
                painter.fillRect(box, color)
        painter.end()
        super().paintEvent(event)

    def paint_margin(self, event: QPaintEvent) -> None:
        """Paint numbers and bands of the visible lines into the margin."""
        painter = QPainter(self.margin)
        painter.fillRect(event.rect(), theme().color("surface"))
        painter.setFont(code_font(int(Type.SMALL)))
        width, height = self.margin.width(), self._line_height()
        for line, place in self._visible_lines(event.rect().bottom()):
            chosen = line in self._selected
            color = self._family_color(line)
            if color is not None:
                color.setAlphaF(1.0 if chosen else 0.45)
                painter.fillRect(QRect(width - BAND - 2, place.top(), BAND, height), color)
            painter.setPen(theme().color("text" if chosen else "muted"))
            box = QRect(0, place.top(), width - BAND - 2 - 2 * SPACE, height)
            painter.drawText(
                box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(line)
            )
        painter.end()

    def _visible_lines(self, bottom: int) -> Iterator[tuple[int, QRect]]:
        """Numbers of the lines in view, down to `bottom`, and their places in the viewport."""
        block = self.firstVisibleBlock()
        width = self.viewport().width()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= bottom:
            height = self.blockBoundingRect(block).height()
            yield (
                block.blockNumber() + 1,
                QRect(0, round(top), width, round(top + height) - round(top)),
            )
            top += height
            block = block.next()

    def _family_color(self, line: int) -> QColor | None:
        node = node_of(self._document.project, self.node_at(line))
        if node is None:
            return None
        return theme().family(node.content.family if isinstance(node.content, Layer) else "block")

    def _select_node(self, cursor: QTextCursor) -> None:
        name = self.node_at(cursor.blockNumber() + 1)
        if name:
            self._document.select_paths([name])

    def _show_selection(self) -> None:
        self._selected = (
            _lines(self._source, self._document.selected_paths) if self._source else set()
        )
        self.viewport().update()
        self.margin.update()

    def _replace(self, text: str) -> None:
        """Bring the document to `text`, touching only the lines between the first and last difference."""
        old, new = self.toPlainText().split("\n"), text.rstrip("\n").split("\n")
        head = 0
        while head < min(len(old), len(new)) and old[head] == new[head]:
            head += 1
        tail = 0
        while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        if head == len(old) == len(new):
            return
        if head + tail == 0 or head >= len(old) or head >= len(new) - tail:
            scrolled = self.verticalScrollBar().value()
            self.setPlainText("\n".join(new))
            self.verticalScrollBar().setValue(scrolled)
            return
        cursor = QTextCursor(self.document().findBlockByNumber(head))
        last = self.document().findBlockByNumber(len(old) - tail - 1)
        if last.blockNumber() < head:
            cursor.insertText("\n".join(new[head : len(new) - tail]) + "\n")
            return
        cursor.setPosition(last.position() + last.length() - 1, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText("\n".join(new[head : len(new) - tail]))

    def _line_height(self) -> int:
        return max(1, round(self.blockBoundingRect(self.firstVisibleBlock()).height()))

    def _fit_margin(self) -> None:
        digits = max(3, len(str(self.blockCount())))
        width = self.fontMetrics().horizontalAdvance("9") * digits + 4 * SPACE + BAND + 2
        self.setViewportMargins(width, 0, 0, 0)
        self.margin.setFixedWidth(width)
        self._place_margin()

    def _place_margin(self) -> None:
        inside = self.contentsRect()
        self.margin.setGeometry(inside.left(), inside.top(), self.margin.width(), inside.height())

    def _scroll_margin(self, rect: QRect, by: int) -> None:
        if by:
            self.margin.scroll(0, by)
        else:
            self.margin.update(0, rect.y(), self.margin.width(), rect.height())


class _Margin(QWidget):
    """Where the line numbers are; a click selects the line's node."""

    def __init__(self, view: CodeView) -> None:
        super().__init__(view)
        self._view = view

    def paintEvent(self, event: QPaintEvent) -> None:
        self._view.paint_margin(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        at.setX(1)
        line = self._view.cursorForPosition(at).blockNumber() + 1
        name = self._view.node_at(line)
        if name:
            self._view._document.select_paths([name])


class CodePanel(QWidget):
    """Writes the code only while it is visible, and not before edits have come to rest."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        panel(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(3 * SPACE, SPACE, 2 * SPACE, SPACE)
        self.caption = label(role="muted")
        self.copy = QPushButton("Copy")
        self.copy.setToolTip("Copy the whole file")
        self.copy.setIcon(icon("copy"))
        self.copy.clicked.connect(self._copy)
        head.addWidget(self.caption, 1)
        head.addWidget(self.copy)
        layout.addLayout(head)
        self.view = CodeView(document)
        self.empty = Empty("", "", "code")
        self.problems = ProblemCards(document, scope=())
        self.problems.chosen.connect(lambda name: document.show_problem((), name))
        self._stack = QStackedLayout()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty_page())
        layout.addLayout(self._stack, 1)
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self._show)
        document.changed.connect(self._follow)
        document.selection_changed.connect(self._follow_selection)
        document.scope_changed.connect(self._follow_selection)

    def sizeHint(self) -> QSize:
        return QSize(900, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 120)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()
        self.view.show_selection()

    def _empty_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(3 * SPACE, 0, 3 * SPACE, 3 * SPACE)
        layout.addWidget(self.empty, 1)
        layout.addWidget(self.problems)
        return page

    def _follow(self) -> None:
        if self.isVisible():
            self._timer.start()

    def _follow_selection(self) -> None:
        if self.isVisible():
            self.view.show_selection()

    def _show(self) -> None:
        if not self.isVisible():
            return
        source = self._document.source
        self.copy.setEnabled(source is not None)
        if source is not None:
            lines = numbers.count(source.text.count("\n"))
            self.caption.setText(f"{source.class_name} · {lines} lines of PyTorch")
            self.view.show_source(source)
            self._stack.setCurrentIndex(0)
            return
        self.caption.setText("")
        problems = self._document.analysis.problems
        self.problems.show_problems(problems[:1])
        if not self._document.project.network.nodes:
            self.empty.say("No code yet", "Draw a network, and its PyTorch code appears here.")
        else:
            self.empty.say("No code while the network is broken", "Mend this first:")
        self._stack.setCurrentIndex(1)

    def _copy(self) -> None:
        source = self._document.source
        if source is not None:
            QGuiApplication.clipboard().setText(source.text)
            self.copy.setText("Copied")
            QTimer.singleShot(1500, self, lambda: self.copy.setText("Copy"))


def _lines(source: Source, names: tuple[str, ...]) -> set[int]:
    """Line numbers of these nodes and of what is inside them."""
    wanted = set(names)
    return {
        line
        for name, spans in source.spans.items()
        if name in wanted or any(name.startswith(f"{path}/") for path in wanted)
        for span in spans
        for line in range(span.first, span.last + 1)
    }
