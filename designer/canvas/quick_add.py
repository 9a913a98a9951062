"""QuickAdd: a small search over the catalogue that opens on the canvas; arrows choose, Enter adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListView, QVBoxLayout, QWidget

from designer.canvas.entries import Entry, entries, search
from designer.canvas.entry_delegate import ENTRY_HEIGHT, ENTRY_ROLE, EntryDelegate
from designer.style import RADIUS, SPACE, theme

WIDTH = 300
_ROWS = 7


class QuickAdd(QFrame):
    """Emits `chosen(Entry)` or `dismissed`, once, and is then closed; until then `aimed(Entry)` with
    every entry that Enter would choose. It offers `among`, or all layers that fit.
    """

    aimed = Signal(object)
    chosen = Signal(object)
    dismissed = Signal()

    def __init__(
        self,
        parent: QWidget,
        fits: Callable[[Entry], bool] | None = None,
        prompt: str = "",
        among: Sequence[Entry] = (),
        blocks: Sequence[Entry] = (),
    ) -> None:
        """`fits` chooses among the layers; `blocks` are offered behind them."""
        super().__init__(parent)
        fitting = [entry for entry in entries() if fits is None or fits(entry)]
        # What ends or begins a network is wanted once, the rest often.
        ending = sorted(fitting, key=lambda entry: fits is not None and entry.family == "io")
        self._among = among or [*ending, *blocks]
        self._hint = "" if among else "Try conv, pool or dense."
        self._open = True
        self._rows = _ROWS
        """How many entries are in sight at once."""
        self.setObjectName("quick_add")
        self.setFixedWidth(WIDTH)
        self.setAutoFillBackground(True)
        self.field = QLineEdit()
        self.field.setPlaceholderText(prompt or "Search layers")
        self.field.setAccessibleName("Search layers")
        self.model = QStandardItemModel(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(EntryDelegate(self.list))
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setMouseTracking(True)
        self.empty = QLabel()
        self.empty.setTextFormat(Qt.TextFormat.PlainText)
        self.empty.setWordWrap(True)
        self.empty.setMargin(3 * SPACE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.field)
        layout.addWidget(self.list)
        layout.addWidget(self.empty)
        self._restyle()
        theme().changed.connect(self._restyle)
        self.field.textChanged.connect(self._search)
        self.list.clicked.connect(self._choose)
        self.list.selectionModel().currentChanged.connect(self._tell)
        self.field.installEventFilter(self)
        self._search("")

    def open_at(self, spot: QPoint) -> None:
        """Show near `spot` of the parent, wholly inside it, and take the keys."""
        parent = self.parentWidget()
        assert parent is not None
        room = parent.rect().adjusted(2 * SPACE, 2 * SPACE, -2 * SPACE, -2 * SPACE)
        above = self.field.sizeHint().height() + 6 * SPACE
        self._rows = max(2, min(_ROWS, (room.height() - above) // ENTRY_HEIGHT))
        self._search(self.field.text())
        self.adjustSize()
        x = max(room.left(), min(spot.x(), room.right() - self.width()))
        y = max(room.top(), min(spot.y(), room.bottom() - self.height()))
        self.move(x, y)
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def dismiss(self) -> None:
        """Close without choosing."""
        if self._open:
            self._close()
            self.dismissed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(Qt.Key(event.key()))
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
                self.dismiss()
        return False

    def _key(self, key: Qt.Key) -> bool:
        row, last = self.list.currentIndex().row(), self.model.rowCount() - 1
        steps = {
            Qt.Key.Key_Down: row + 1 if row < last else 0,
            Qt.Key.Key_Up: row - 1 if row > 0 else last,
            Qt.Key.Key_PageDown: min(last, row + _ROWS),
            Qt.Key.Key_PageUp: max(0, row - _ROWS),
        }
        if key in steps:
            self.list.setCurrentIndex(self.model.index(steps[key], 0))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.list.currentIndex())
        elif key in (Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.dismiss()
        else:
            return False
        return True

    def _search(self, text: str) -> None:
        found = search(text, self._among)
        self.model.clear()
        for entry in found:
            item = QStandardItem(entry.label)
            item.setData(entry, ENTRY_ROLE)
            item.setToolTip("")
            self.model.appendRow(item)
        self.list.setVisible(bool(found))
        self.empty.setVisible(not found)
        self.empty.setText(f"No layer here is called “{text}”. {self._hint}")
        # One height while typing, or the list would jump under the eye.
        self.list.setFixedHeight(ENTRY_HEIGHT * min(self._rows, max(1, len(self._among))))
        self.list.setCurrentIndex(self.model.index(0, 0))
        if not found:
            width = WIDTH - 4 * SPACE
            self.empty.setMinimumHeight(
                max(self.list.minimumHeight(), self.empty.heightForWidth(width))
            )
        self.adjustSize()

    def _tell(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY_ROLE)
        if self._open and isinstance(entry, Entry):
            self.aimed.emit(entry)

    def _choose(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY_ROLE)
        if self._open and isinstance(entry, Entry):
            self._close()
            self.chosen.emit(entry)

    def _close(self) -> None:
        self._open = False
        parent = self.parentWidget()
        had_focus = self.isAncestorOf(self.focusWidget() or self) or self.field.hasFocus()
        self.hide()
        if parent is not None and had_focus:
            parent.setFocus(Qt.FocusReason.OtherFocusReason)
        self.deleteLater()

    def _restyle(self) -> None:
        tokens = theme().tokens
        self.setStyleSheet(
            f"#quick_add {{ background: {tokens.raised}; border: 1px solid {tokens.border}; "
            f"border-radius: {RADIUS}px; }} QListView {{ background: {tokens.raised}; }} "
            f"QLabel {{ color: {tokens.muted}; }}"
        )
