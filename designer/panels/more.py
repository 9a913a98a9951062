"""A fold: what a beginner need not see, behind a button that says More."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from designer.inspector.form import KeptForms
from designer.inspector.parts import tool
from designer.style import SPACE
from designer.style.icons import icon
from engine.fields import Declaration, Field, defaults, specs


class More(QWidget):
    """The finer parameters of a declaration; the button tells how many of them a person has set.

    Their form is made when it is first asked for, so that it costs nothing at the start.
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: Declaration | None = None
        self.folds_out = False
        """Whether the parameters are shown."""
        self.forms = KeptForms(folded)
        self._content = QWidget()
        self._content.setLayout(self.forms)
        self.forms.setContentsMargins(0, 0, 0, 0)
        self.button = tool("More", "chevron_right")
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setProperty("role", "bare")
        self.button.clicked.connect(lambda: self.fold(not self.folds_out))
        self.forms.before = self.button
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.button)
        layout.addWidget(self._content)
        self._content.hide()

    def show_declaration(self, declaration: Declaration) -> None:
        """Bring everything up to date; hidden where the declaration has no finer parameters."""
        self._shown = declaration
        kind = type(declaration)
        names = folded(kind)
        self.setVisible(bool(names))
        usual, values = defaults(kind), declaration.values
        changed = sum(values[name] != usual[name] for name in names)
        hidden = f" ({changed} set)" if changed and not self.folds_out else ""
        text = ("Less" if self.folds_out else "More") + hidden
        self.button.setText(text)
        self.button.setAccessibleName(text)
        if self.folds_out and (form := self.forms.show_kind(kind)):
            form.show_values(values)

    def fold(self, shown: bool) -> None:
        """Show the parameters, or hide them."""
        self.folds_out = shown
        self.button.setIcon(icon("chevron_down" if shown else "chevron_right"))
        if self._shown is not None:
            self.show_declaration(self._shown)
        self._content.setVisible(shown)


def open_fields(kind: type[Declaration]) -> Mapping[str, Field]:
    """The parameters that everybody sees."""
    return {name: spec for name, spec in specs(kind).items() if not spec.more}


def folded(kind: type[Declaration]) -> Mapping[str, Field]:
    """The parameters behind the fold."""
    return {name: spec for name, spec in specs(kind).items() if spec.more}
