"""A fold: what a beginner need not see, behind a button that says More."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.inspector.parts import tool
from designer.style import SPACE
from designer.style.icons import icon
from engine.fields import Declaration, Field, Value, defaults, specs


class More(QWidget):
    """Shows `content` or hides it; the button tells how many folded values a person has set."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content
        self._set = 0
        self.folds_out = False
        """Whether the content is shown."""
        self.button = tool("More", "chevron_right")
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setProperty("role", "bare")
        self.button.clicked.connect(lambda: self.fold(not self.folds_out))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.button)
        layout.addWidget(content)
        content.hide()

    def show_set(self, values: Mapping[str, Value], kind: type[Declaration]) -> None:
        """Count the folded values that are not those of `kind` when none is given."""
        usual = defaults(kind)
        self._set = sum(values[name] != usual[name] for name in folded(kind))
        self._show_text()

    def fold(self, shown: bool) -> None:
        """Show the content, or hide it."""
        self.folds_out = shown
        self._content.setVisible(shown)
        self.button.setIcon(icon("chevron_down" if shown else "chevron_right"))
        self._show_text()

    def _show_text(self) -> None:
        hidden = f" ({self._set} set)" if self._set and not self.folds_out else ""
        text = ("Less" if self.folds_out else "More") + hidden
        self.button.setText(text)
        self.button.setAccessibleName(text)


def open_fields(kind: type[Declaration]) -> Mapping[str, Field]:
    """The parameters that everybody sees."""
    return {name: spec for name, spec in specs(kind).items() if not spec.more}


def folded(kind: type[Declaration]) -> Mapping[str, Field]:
    """The parameters behind the fold."""
    return {name: spec for name, spec in specs(kind).items() if spec.more}
