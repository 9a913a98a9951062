"""A form made from declared fields: label, editor and, where a value is refused, the reason under it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from designer.inspector.choosing import Shown
from designer.inspector.editors import Editor, editor
from designer.inspector.parts import LABELS, plain
from designer.style import SPACE
from engine.fields import Declaration, Field, specs


class Form(QWidget):
    """Rows in the fields' order. The form holds no values: what is settled is told, not kept."""

    committed = Signal(str, object, str)
    """A parameter, its new value, and a key: equal keys in a row are one step of undo."""

    def __init__(self, fields: Mapping[str, Field], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.editors: dict[str, Editor] = {}
        self._fields = fields
        self._reasons: dict[str, QLabel] = {}
        self._spins = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * SPACE)
        self._grid.setVerticalSpacing(SPACE + 2)
        self._grid.setColumnMinimumWidth(0, LABELS)
        self._grid.setColumnStretch(1, 1)
        for row, (name, spec) in enumerate(fields.items()):
            self._add(2 * row, name, spec)

    def show_values(self, values: Mapping[str, Shown]) -> None:
        """Bring every editor to its value, keeping focus and what is being typed."""
        for name, item in self.editors.items():
            item.show_value(values[name])

    def flush(self) -> None:
        """Settle on whatever is typed and not yet settled."""
        for item in self.editors.values():
            item.flush()

    def revert(self) -> None:
        """Forget what is typed and not settled."""
        for item in self.editors.values():
            item.revert()

    def refuse(self, name: str, sentence: str) -> None:
        """Mark a parameter as refused for a reason that the form cannot know."""
        self.editors[name].refuse(sentence)

    def label(self, name: str) -> str:
        """What the field of a parameter is called."""
        return self._fields[name].label or name.replace("_", " ")

    def _add(self, row: int, name: str, spec: Field) -> None:
        item = editor(spec, self)
        label = QLabel(self.label(name), textFormat=Qt.TextFormat.PlainText)
        label.setProperty("role", "muted")
        label.setBuddy(item)
        label.setWordWrap(True)
        label.setMaximumWidth(LABELS)
        tip = f"{name}: {spec.help}" if spec.help else name
        label.setToolTip(plain(tip))
        item.setToolTip(plain(tip))
        item.setAccessibleName(self.label(name))
        item.setAccessibleDescription(spec.help)
        item.setObjectName(name)
        item.committed.connect(
            lambda value, stepped, name=name: self._settled(name, value, stepped)
        )
        item.refused.connect(lambda reason, name=name: self._show_reason(name, reason))
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(item, row, 1)
        self.editors[name] = item

    def _settled(self, name: str, value: object, stepped: bool) -> None:
        if not stepped:
            self._spins += 1
        self._show_reason(name, "")
        self.committed.emit(name, value, f"{name} {self._spins}" if stepped else "")

    def _show_reason(self, name: str, reason: str) -> None:
        label = self._reasons.get(name)
        if label is None:
            if not reason:
                return
            label = QLabel(textFormat=Qt.TextFormat.PlainText, wordWrap=True)
            label.setProperty("role", "error")
            self._reasons[name] = label
            row = 2 * list(self._fields).index(name) + 1
            self._grid.addWidget(label, row, 0, 1, 2)
        sentence = reason if reason.endswith(".") else f"{self.label(name)} {reason}."
        label.setText(sentence[:1].upper() + sentence[1:])
        label.setVisible(bool(reason))


class KeptForms(QVBoxLayout):
    """A form for each kind, made once and kept, so that going about is quick; one of them is shown."""

    committed = Signal(Form, str, object, str)
    """The form, and what it has committed."""

    def __init__(self) -> None:
        super().__init__()
        self.current: Form | None = None
        self._kept: dict[type[Declaration], Form] = {}

    def show_kind(self, kind: type[Declaration] | None) -> Form | None:
        """Show the form of a kind and no other; None where it has no parameters, or for no kind."""
        form = self._form_of(kind) if kind else None
        if form is not self.current:
            if self.current:
                self.current.hide()
            self.current = form
            if form:
                form.show()
        return form

    def flush(self) -> None:
        """Settle on whatever is typed into the form that is shown."""
        if self.current:
            self.current.flush()

    def _form_of(self, kind: type[Declaration]) -> Form | None:
        fields = specs(kind)
        if not fields:
            return None
        if kind not in self._kept:
            form = Form(fields)
            form.committed.connect(lambda *settled: self.committed.emit(form, *settled))
            self._kept[kind] = form
            self.addWidget(form)
        return self._kept[kind]
