"""The row above the list of runs: the filter, which page is shown, and what is done with the selected run."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from designer.inspector.parts import Sentence, tool
from designer.style import SPACE

NARROW = 700
"""Below this width, in pixels, some of it leaves its room to the rest."""
LIST, CURVES, DIFFERENCES = "List", "Curves", "Differences"


class RunsHead(QWidget):
    """Says what is wanted; knows no runs."""

    chosen = Signal(str)
    """The page that a person chose."""
    list_wanted = Signal()
    """Down or Enter was pressed in the filter: the keyboard is to go to what it has found."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search = QLineEdit(placeholderText="Filter by words or #tag", clearButtonEnabled=True)
        self.search.setAccessibleName("Filter runs")
        for key in (Qt.Key.Key_Down, Qt.Key.Key_Return):
            shortcut = QShortcut(key, self.search, context=Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(self.list_wanted)
        self.search.setMinimumWidth(96)
        self.search.setMaximumWidth(240)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * SPACE, 0, 2 * SPACE, 0)
        row.setSpacing(SPACE)
        self.pages = QButtonGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        for name, tip in (
            (LIST, "All runs"),
            (CURVES, "The curves of the compared runs over one another"),
            (DIFFERENCES, "What differs between the compared runs"),
        ):
            button = tool(name, tip=tip, toggle=True)
            button.setMinimumWidth(button.sizeHint().width())
            self.buttons[name] = button
            self.pages.addButton(button)
            row.addWidget(button)
        self.buttons[LIST].setChecked(True)
        self.pages.buttonClicked.connect(lambda _: self.chosen.emit(self.page))
        # After the pages, which else would jump from under the pointer when it hides.
        row.addWidget(self.search, 1)
        self.caption = Sentence("muted")
        row.addWidget(self.caption, 1)
        self.open = QPushButton("Open")
        self.open.setToolTip("Show the run's network, its curves and its weights (Enter)")
        self.weights = tool(sign="eye", tip="Show the run's weights in the viewers")
        self.export = tool(sign="export", tip="Export the run's code and weights")
        self.delete = tool(sign="delete", tip="Delete the selected runs (Del)")
        for item in (self.open, self.weights, self.export, self.delete):
            row.addWidget(item)
        self.add = tool(sign="open", tip="Open a run that lies elsewhere, or curves of other tools")
        self.menu = QMenu(self.add)
        self.add.setMenu(self.menu)
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        row.addWidget(self.add)
        self.show_selected(0)
        self.show_page(LIST)

    @property
    def page(self) -> str:
        """Which of list, curves and differences is chosen."""
        return next(name for name, button in self.buttons.items() if button.isChecked())

    def show_page(self, page: str) -> None:
        """Choose a page, as if by hand but in silence."""
        self.buttons[page].setChecked(True)
        self.fit()

    def fit(self) -> None:
        """Show what belongs to the page, as far as there is room."""
        listed, wide = self.page == LIST, self.width() >= NARROW
        for item in (self.search, self.open, self.delete):
            item.setVisible(listed)
        for item in (self.weights, self.export):
            item.setVisible(listed and wide)
        self.caption.setVisible(wide or not listed)

    def show_selected(self, count: int) -> None:
        """So many runs are selected."""
        for item in (self.open, self.weights, self.export):
            item.setEnabled(count == 1)
        self.delete.setEnabled(count > 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()
