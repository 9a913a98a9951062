"""The promoted parameters of a block as rows: name, default, what it is here, and who uses it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from designer.document import Document, Edit
from designer.inspector import arguments
from designer.inspector.committing import commit
from designer.inspector.editors import Editor, editor
from designer.inspector.name_edit import NameEdit
from designer.inspector.parts import label, tool
from designer.style import SPACE
from engine.fields import Field, Value
from engine.network.names import free_name
from engine.network.promoting import add_parameter, demote, rename_parameter, set_default

FIRST_DEFAULT = 1
"""What a parameter begins with that is added by name."""


class ParameterTable(QWidget):
    """Rows are made anew where the parameters, or what they take, are others than before."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._block = ""
        self._shown: tuple[object, ...] = ()
        self.rows: dict[str, ParameterRow] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2 * SPACE)
        self.empty = label(
            "None yet. Promote a field of a node inside with the button beside it, or add one here "
            "and name it in a field, such as width * 2.",
            "muted",
            wrap=True,
        )
        self._layout.addWidget(self.empty)
        self.problem = label(role="error", wrap=True)
        self.problem.hide()
        self._layout.addWidget(self.problem)
        self.add = QLineEdit()
        self.add.setPlaceholderText("New parameter")
        self.add.setAccessibleName("Name of a new parameter")
        self.add.returnPressed.connect(self._add)
        self.plus = QPushButton("Add")
        self.plus.clicked.connect(self._add)
        row = QHBoxLayout()
        row.addWidget(self.add, 1)
        row.addWidget(self.plus)
        self._layout.addLayout(row)

    def show_parameters(self, block: str) -> None:
        """Show the parameters of a block as the document has them now."""
        network = self._document.shown.network
        found = network.blocks[block]
        fields = arguments.parameter_fields(network, block)
        # What a field says of its users may change with every edit; the rows stay.
        shown = (block, [(name, type(spec), spec.none) for name, spec in fields.items()])
        if shown != self._shown:
            self._shown, self._block = shown, block
            self._build(fields)
            self.problem.hide()
        values = self._document.entered.values
        for name, default in found.parameters:
            users = arguments.users_of(self._document.shown.network, name)
            self.rows[name].show_value(default, values.get(name, default), users)
        self.empty.setVisible(not found.parameters)

    def flush(self) -> None:
        """Settle on what is typed."""
        for row in self.rows.values():
            row.default.flush()

    def _build(self, fields: dict[str, Field]) -> None:
        for row in self.rows.values():
            # Not at once: this may come from one of its own fields.
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        for place, (name, spec) in enumerate(fields.items()):
            row = self.rows[name] = ParameterRow(name, spec, self)
            self._layout.insertWidget(place, row)
            row.name.chosen.connect(lambda new, name=name: self._rename(name, new))
            row.default.committed.connect(
                lambda value, _, name=name: self._set_default(name, value)
            )
            row.default.refused.connect(row.say)
            row.remove.clicked.connect(lambda _=False, name=name: self._remove(name))

    def _rename(self, old: str, new: str) -> None:
        row, block = self.rows[old], self._block

        def refused(sentence: str) -> None:
            row.name.revert()
            row.say(sentence)

        self._commit(
            f"Rename {old} of {block}", lambda p: rename_parameter(p, block, old, new), refused
        )

    def _set_default(self, name: str, value: Value) -> None:
        row, block = self.rows[name], self._block
        row.say("")
        self._commit(
            f"Set default of {name}",
            lambda p: set_default(p, block, name, value),
            row.default.refuse,
        )

    def _remove(self, name: str) -> None:
        block = self._block
        self._commit(
            f"Remove {name} of {block}", lambda p: demote(p, block, name), self.rows[name].say
        )

    def _add(self) -> None:
        block = self._block
        taken = dict(self._document.shown.network.blocks[block].parameters)
        name = self.add.text().strip() or free_name("parameter", taken)

        def refused(sentence: str) -> None:
            self.problem.setText(sentence)
            self.problem.show()

        if self._commit(
            f"Add {name} to {block}",
            lambda p: add_parameter(p, block, name, FIRST_DEFAULT),
            refused,
        ):
            self.add.clear()
            self.problem.hide()

    def _commit(self, what: str, edit: Edit, refused: Callable[[str], None]) -> bool:
        return commit(self._document, what, edit, "", refused, scope=())


class ParameterRow(QWidget):
    """One parameter: its name, its default, and under them its value here and its users."""

    def __init__(self, name: str, spec: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spec = spec
        self.name = NameEdit()
        self.name.show_name(name)
        self.name.setAccessibleName(f"Name of parameter {name}")
        self.default: Editor = editor(spec)
        self.default.setObjectName(f"default {name}")
        self.default.setAccessibleName(f"Default of {name}")
        self.remove = tool(sign="delete", tip=f"Remove {name}; its default stays in its place")
        self.remove.setProperty("role", "bare")
        self.remove.setFixedSize(24, 24)
        self.note: QLabel = label(role="small", wrap=True)
        self.note.setContentsMargins(SPACE + 2, 0, 0, 0)
        self.reason = label(role="error", wrap=True)
        self.reason.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.name, 0, 0)
        grid.addWidget(self.default, 0, 1)
        grid.addWidget(self.remove, 0, 2, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.note, 1, 0, 1, 3)
        grid.addWidget(self.reason, 2, 0, 1, 3)

    def show_value(self, default: Value, here: Value, users: list[str]) -> None:
        """Show its default, its value in the instance entered, and the nodes that use it."""
        self.default.show_value(default)
        words = [f"{arguments.told(self._spec, here)} here"] if here != default else []
        words.append(f"used by {', '.join(users)}" if users else "not used yet")
        text = " · ".join(words)
        self.note.setText(text[:1].upper() + text[1:])

    def say(self, reason: str) -> None:
        """Say why something cannot be; nothing takes it away."""
        sentence = reason if reason.endswith(".") or not reason else f"The default {reason}."
        self.reason.setText(sentence)
        self.reason.setVisible(bool(reason))
