"""The recipe's augmentations: a list to add to, each with its parameters, in the order of their doing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.committing import commit
from designer.inspector.form import Form
from designer.inspector.parts import label, plain, tool
from designer.panels.more import open_fields
from designer.style import SPACE
from designer.viewers.augmented import AugmentedStrip
from designer.workshop import Workshop
from engine.fields import ParameterError
from engine.network import edits
from engine.network.project import Project
from engine.recipe.augmentation.base import Augmentation
from engine.recipe.recipe import AUGMENTATIONS

Kind = type[Augmentation]
Row = tuple[Augmentation, ...]


class AugmentationEditor(QFrame):
    """One augmentation: its name, what it is for and its parameters; it is moved and removed here."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        name = kind.kind()
        self.setProperty("role", "card")
        self.setAccessibleName(name)
        self.up = tool(sign="earlier", tip=f"Do {name} earlier")
        self.down = tool(sign="later", tip=f"Do {name} later")
        self.remove = tool(sign="remove", tip=f"Remove {name}")
        head = QHBoxLayout()
        head.setSpacing(0)
        head.addWidget(label(name, "strong"), 1)
        for button in (self.up, self.down, self.remove):
            button.setProperty("role", "bare")
            head.addWidget(button)
        purpose = label(f"{kind.purpose}. {kind.when}", "muted", wrap=True)
        purpose.setToolTip(plain(kind.paper))
        self.form = Form(open_fields(kind))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, SPACE + 2, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE + 2)
        layout.addLayout(head)
        layout.addWidget(purpose)
        layout.addWidget(self.form)

    def allow(self, up: bool, down: bool) -> None:
        """Whether it may be moved; the keyboard stays here when one of its buttons ends."""
        held = next((item for item in (self.up, self.down) if item.hasFocus()), None)
        self.up.setEnabled(up)
        self.down.setEnabled(down)
        if held is not None and not held.isEnabled():
            next(item for item in (self.up, self.down, self.remove) if item.isEnabled()).setFocus()


class Augmentations(QWidget):
    """Shows and edits the whole list. Every edit goes through the document.

    An editor is made when its kind is first there, and kept.
    """

    def __init__(self, document: Document, workshop: Workshop) -> None:
        super().__init__()
        self._document = document
        self.editors: dict[Kind, AugmentationEditor] = {}
        """Those that were ever shown."""
        self._shown: tuple[Kind, ...] = ()
        self.none = label("Images are learned from as they are.", "muted", wrap=True)
        self.add = QPushButton("Add augmentation…")
        self.add.clicked.connect(self._offer)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2 * SPACE)
        self._layout.addWidget(self.none)
        self._layout.addWidget(self.add)
        self.strip = AugmentedStrip(document, workshop)
        self._layout.addWidget(self.strip)

    def show_augmentations(self) -> None:
        """Bring everything up to date with the document."""
        row = self._row
        kinds = tuple(type(item) for item in row)
        if kinds != self._shown:
            self._arrange(kinds)
        for place, item in enumerate(row):
            editor = self.editors[type(item)]
            editor.form.show_values(item.values)
            editor.allow(up=_moved(row, place, -1) != row, down=_moved(row, place, 1) != row)
        self.none.setVisible(not row)
        self.strip.setVisible(bool(row))
        self.add.setVisible(len(row) < len(AUGMENTATIONS))

    @property
    def _row(self) -> Row:
        return self._document.project.recipe.augmentations

    def _arrange(self, kinds: Sequence[Kind]) -> None:
        """Put the editors of these kinds, and no others, one under another."""
        for kind in self._shown:
            if kind not in kinds:
                self.editors[kind].hide()
        for place, kind in enumerate(kinds):
            if kind not in self.editors:
                self.editors[kind] = self._editor(kind)
            editor = self.editors[kind]
            if self._layout.indexOf(editor) != place:
                self._layout.insertWidget(place, editor)
            editor.show()
        self._shown = tuple(kinds)
        for before, after in pairwise(self._chain()):
            QWidget.setTabOrder(before, after)

    def _chain(self) -> list[QWidget]:
        """What Tab goes through, in the order in which it stands."""
        found: list[QWidget] = []
        for kind in self._shown:
            editor = self.editors[kind]
            found += [editor.up, editor.down, editor.remove, *editor.form.editors_shown()]
        return [*found, self.add]

    def _editor(self, kind: Kind) -> AugmentationEditor:
        editor = AugmentationEditor(kind)
        name = kind.kind()
        editor.up.clicked.connect(lambda: self._move(kind, -1, f"Do {name} earlier"))
        editor.down.clicked.connect(lambda: self._move(kind, 1, f"Do {name} later"))
        editor.remove.clicked.connect(lambda: self._remove(kind))
        editor.form.committed.connect(lambda *settled: self._set(kind, *settled))
        return editor

    # Editing

    def _offer(self) -> None:
        """A menu of those that are not there yet, each with what it is for."""
        menu = QMenu(self)
        menu.setObjectName("augmentations")
        there = {type(item) for item in self._row}
        for kind in AUGMENTATIONS.values():
            if kind not in there:
                menu.addAction(f"{kind.kind()}\t{kind.purpose}", lambda kind=kind: self._add(kind))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.add.mapToGlobal(QPoint(0, self.add.height())))

    def _add(self, kind: Kind) -> None:
        row = self._row
        mixing = sum(item.mixes for item in row)
        place = len(row) if kind.mixes else len(row) - mixing
        self._put(f"Add {kind.kind()}", (*row[:place], kind(), *row[place:]))
        editor = self.editors[kind]
        next(iter(editor.form.editors_shown()), editor.remove).setFocus()

    def _remove(self, kind: Kind) -> None:
        row = self._row
        place = self._shown.index(kind)
        self._put(f"Remove {kind.kind()}", (*row[:place], *row[place + 1 :]))
        following = self._shown[place : place + 1]
        (self.editors[following[0]].remove if following else self.add).setFocus()

    def _move(self, kind: Kind, by: int, title: str) -> None:
        self._put(title, _moved(self._row, self._shown.index(kind), by))

    def _put(self, title: str, row: Row) -> None:
        self._document.do(title, lambda project: _with(project, row))

    def _set(self, kind: Kind, name: str, value: object, key: str) -> None:
        form = self.editors[kind].form
        row, place = self._row, self._shown.index(kind)
        try:
            item = row[place].changed(**{name: value})  # type: ignore[arg-type]
        except ParameterError as error:
            form.refuse(name, str(error))
            return
        commit(
            self._document,
            f"Set {form.label(name)}",
            lambda project: _with(project, (*row[:place], item, *row[place + 1 :])),
            f"{kind.kind()} {key}" if key else "",
            lambda sentence: form.refuse(name, sentence),
        )


def _moved(row: Row, place: int, by: int) -> Row:
    """The row with two neighbours exchanged, or as it is where that cannot be."""
    other = place + by
    if not 0 <= other < len(row) or row[max(place, other)].mixes:
        return row
    items = list(row)
    items[place], items[other] = items[other], items[place]
    return tuple(items)


def _with(project: Project, row: Row) -> Project:
    return edits.set_recipe(project, replace(project.recipe, augmentations=row))
