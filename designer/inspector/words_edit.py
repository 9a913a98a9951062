"""A sentence edited in place: it wraps, and Enter settles it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from designer.style import SPACE

MOST_LINES = 6


class WordsEdit(QPlainTextEdit):
    """Emits `chosen` with other words on Enter or when it is left; Escape takes the edit back."""

    chosen = Signal(str)

    def __init__(self, prompt: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = ""
        self.setProperty("role", "words")
        self.setPlaceholderText(prompt)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(3)
        self.textChanged.connect(self._fit)

    def show_words(self, words: str) -> None:
        """Show words, unless others are being typed for the same."""
        if words == self._words:
            return
        self._words = words
        self.setPlainText(words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._settle()
        elif event.key() == Qt.Key.Key_Escape:
            self.setPlainText(self._words)
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._settle()
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(120, self.height())

    def _fit(self) -> None:
        lines = min(MOST_LINES, max(1, round(self.document().size().height())))
        self.setFixedHeight(round(lines * self.fontMetrics().lineSpacing()) + 2 * SPACE + 4)

    def _settle(self) -> None:
        words = " ".join(self.toPlainText().split())
        if words != self._words:
            self.chosen.emit(words)
