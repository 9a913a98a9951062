"""The command palette: type a few letters, press Enter."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from designer.style import SPACE, theme
from designer.style.icons import icon


def matches(query: str, text: str) -> bool:
    """Whether the letters of `query` occur in `text` in their order, whatever their case."""
    rest = iter(text.lower())
    return all(letter in rest for letter in query.lower() if letter != " ")


def describes(query: str, action: QAction) -> bool:
    """Whether every word of `query` stands in what is said of an action: its name, label and tip."""
    said = f"{action.objectName()} {action.text()} {action.toolTip()}".lower()
    return all(word in said for word in query.lower().split())


class CommandPalette(QFrame):
    """A popup over the window with every action that can be used now, filtered by typing."""

    def __init__(self, actions: list[QAction], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._parent = parent
        self.setProperty("role", "card")
        self.setFixedSize(460, 380)
        self._all = actions
        self._actions: list[QAction] = []
        self.field = QLineEdit(placeholderText="Search commands")
        self.field.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.list = QListWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        self.field.textChanged.connect(self._filter)
        self.field.returnPressed.connect(self._run)
        self.list.itemClicked.connect(self._run)
        self.field.installEventFilter(self)

    def open(self) -> None:
        """Show it centred near the window's top, with what can be done now."""
        self._actions = [action for action in self._all if action.isEnabled()]
        self.field.clear()
        self._filter("")
        parent = self._parent
        corner = QPoint((parent.width() - self.width()) // 2, 72)
        self.move(parent.mapToGlobal(corner))
        self.show()
        self.field.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step and self.list.count():
                self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
                return True
        return super().eventFilter(watched, event)

    def _filter(self, query: str) -> None:
        self.list.clear()
        named = [action for action in self._actions if matches(query, _label(action))]
        meant = [item for item in self._actions if item not in named and describes(query, item)]
        for action in named + meant:
            shortcut = action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
            item = QListWidgetItem(_label(action) + (f"    {shortcut}" if shortcut else ""))
            item.setData(Qt.ItemDataRole.UserRole, action)
            self.list.addItem(item)
        if self.list.count():
            self.list.setCurrentRow(0)
        else:
            item = QListWidgetItem("No command has these letters")
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setForeground(theme().color("muted"))
            self.list.addItem(item)

    def _run(self) -> None:
        item = self.list.currentItem()
        action = item.data(Qt.ItemDataRole.UserRole) if item else None
        if isinstance(action, QAction):
            self.close()
            action.trigger()


def _label(action: QAction) -> str:
    return action.text().replace("&", "")
