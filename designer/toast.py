"""Toast: a sentence that shows itself over the canvas for a while and asks for nothing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from designer.style import SPACE
from designer.style.icons import icon


class Toast(QFrame):
    """Lies at the bottom of its parent; errors stay longer than good news, and can be closed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self._picture = QLabel()
        self._text = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
        self._close = QToolButton()
        self._close.setText("✕")
        self._close.setToolTip("Close")
        self._close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self._picture)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._close)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence last shown."""
        return self._text.text()

    def say(self, text: str, error: bool = False) -> None:
        """Show a sentence for 4 seconds, an error for as long as it takes to read."""
        self.setProperty("role", "problem" if error else "card")
        self.style().unpolish(self)
        self.style().polish(self)
        self._picture.setPixmap(
            icon("error" if error else "check", "error" if error else "success").pixmap(18, 18)
        )
        self._text.setText(text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(max(9000, 60 * len(text)) if error else 4000)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        parent = self._parent
        room = parent.width() - 8 * SPACE
        width = min(
            room, max(280, self._text.fontMetrics().horizontalAdvance(self._text.text()) + 96)
        )
        width = min(width, 640)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((parent.width() - width) // 2, parent.height() - self.height() - 4 * SPACE)
