"""A part of the recipe that comes in kinds (a loss, an optimiser): which, what it is for, its parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.choosing import Combo
from designer.inspector.committing import commit
from designer.inspector.form import Form, KeptForms
from designer.inspector.parts import LABELS, ProblemCards, label, plain
from designer.panels.more import More, open_fields
from designer.style import SPACE
from engine.fields import ParameterError, Value, defaults
from engine.network import edits
from engine.network.project import Project
from engine.recipe.part import Part


class PartEditor(QWidget):
    """Shows and edits one field of the recipe. Every edit goes through the document.

    What a person set and a next kind shares is carried over to it, past kinds that do not, but for
    the parameters in `own`, which mean something else to each kind.
    """

    def __init__(
        self,
        document: Document,
        field: str,
        kinds: Mapping[str, type[Part]],
        own: Collection[str] = (),
    ) -> None:
        super().__init__()
        self._document = document
        self._field = field
        self._kinds = kinds
        self._own = own
        self._carried: dict[str, Value] = {}
        self._put_last: Part | None = None
        self.choice = Combo()
        self.choice.setAccessibleName(field.capitalize())
        for place, (name, kind) in enumerate(kinds.items()):
            self.choice.addItem(name, name)
            self.choice.setItemData(place, kind.purpose, Qt.ItemDataRole.ToolTipRole)
        self.choice.activated.connect(self._choose)
        self.purpose = label(role="muted", wrap=True)
        self.forms = KeptForms(open_fields)
        self.forms.before = self.choice
        self.more = More()
        for forms in (self.forms, self.more.forms):
            forms.committed.connect(self._set)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(labelled(field, self.choice))
        layout.addWidget(self.purpose)
        layout.addLayout(self.forms)
        layout.addWidget(self.more)
        self.problems = ProblemCards(document, scope=())
        layout.addWidget(self.problems)

    def show_part(self) -> None:
        """Bring everything up to date with the document."""
        part = self._part
        self.choice.setCurrentIndex(self.choice.findData(part.kind()))
        sentences = (f"{part.purpose}.", part.when)
        self.purpose.setText(" ".join(sentence for sentence in sentences if sentence))
        self.purpose.setToolTip(plain(part.paper))
        form = self.forms.show_kind(type(part))
        if form:
            form.show_values(part.values)
        self.more.show_declaration(part)
        self.problems.show_problems(
            [
                problem
                for problem in self._document.analysis.problems
                if (problem.node, problem.parameter) == ("", self._field)
            ]
        )

    @property
    def _part(self) -> Part:
        return getattr(self._document.project.recipe, self._field)

    def _put(self, project: Project, part: Part) -> Project:
        self._put_last = part
        values: dict[str, Any] = {self._field: part}
        return edits.set_recipe(project, replace(project.recipe, **values))

    def _set(self, form: Form, name: str, value: object, key: str) -> None:
        try:
            part = self._part.changed(**{name: value})  # type: ignore[arg-type]
        except ParameterError as error:
            form.refuse(name, str(error))
            return
        commit(
            self._document,
            f"Set {form.label(name)}",
            lambda project: self._put(project, part),
            f"{self._field} {key}" if key else "",
            lambda sentence: form.refuse(name, sentence),
        )

    def _choose(self, index: int) -> None:
        kind = self._kinds[self.choice.itemData(index)]
        if kind is type(self._part):
            return
        now = self._part
        if now != self._put_last:  # Another project, or an undo: what was carried is of no use.
            self._carried.clear()
        before, after = defaults(type(now)), defaults(kind)
        for name, value in now.values.items():
            self._carried.pop(name, None)
            if value != before[name] and name not in self._own:
                self._carried[name] = value
        part = kind(**{name: value for name, value in self._carried.items() if name in after})  # type: ignore[arg-type]
        self._document.do(f"Train with {kind.kind()}", lambda project: self._put(project, part))


def labelled(text: str, item: QWidget) -> QWidget:
    """A row as in a form: a name, and what is edited."""
    row = QWidget()
    grid = QGridLayout(row)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(2 * SPACE)
    grid.setColumnMinimumWidth(0, LABELS)
    grid.setColumnStretch(1, 1)
    name = label(text, "muted")
    name.setBuddy(item)
    grid.addWidget(name, 0, 0)
    grid.addWidget(item, 0, 1)
    return row
