"""A name edited in place: plain text until it is touched."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from designer.inspector.taking_back import left_to_the_window

NAME_INDENT = 7
"""How far its text stands from its left edge, in pixels: frame, padding and the field's own margin."""


class NameEdit(QLineEdit):
    """Emits `chosen` with another name; Escape and an unchanged text take the edit back."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self.setProperty("role", "name")
        self.setMaxLength(120)
        self.editingFinished.connect(self._finish)

    def show_name(self, name: str) -> None:
        """Show a name, unless another is being typed for the same one."""
        if name == self._name and self.isModified():
            return
        self._name = name
        self.setText(name)
        self.setCursorPosition(0)

    def edit(self) -> None:
        """Take the keyboard, all text selected."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def revert(self) -> None:
        """Show the name again in place of what was typed."""
        self.setText(self._name)

    def event(self, event: QEvent) -> bool:
        if left_to_the_window(self, event, self.isModified()):
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.revert()
        else:
            super().keyPressEvent(event)

    def _finish(self) -> None:
        text = self.text().strip()
        if self.isModified() and text != self._name:
            self.setModified(False)
            self.chosen.emit(text)
        elif not self.isModified():
            return
        else:
            self.revert()
