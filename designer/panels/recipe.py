"""The data and recipe panel: what it learns from, and how it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from designer.document import Document
from designer.inspector.choosing import Combo
from designer.inspector.committing import commit
from designer.inspector.form import Form
from designer.inspector.parts import Fact, Facts, label, plain
from designer.panels.augmentations import Augmentations
from designer.panels.more import More, open_fields
from designer.panels.part import PartEditor, labelled
from designer.panels.rate_test import RateTestView
from designer.panels.schedule_curve import ScheduleCurve
from designer.style import SPACE, numbers
from designer.workshop import Workshop
from engine.data import NO_DATA, DataError, Dataset, NotYetError, catalogue, describe
from engine.fields import Field, ParameterError, specs
from engine.network import edits
from engine.network.project import DataChoice
from engine.recipe.recipe import LOSSES, OPTIMIZERS, SCHEDULES, Recipe

OF_HEADS = ("auxiliary_weight",)
"""Parameters of the recipe that mean something to a network with several Outputs alone."""

CLASSES_SHOWN = 30
"""Names of classes that are listed; there may be thousands."""


class RecipePanel(QScrollArea):
    """Every edit goes through the document, so undo covers it."""

    def __init__(
        self, document: Document, workshop: Workshop, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        self._layout = QVBoxLayout(body)
        self._layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 3 * SPACE)
        self._layout.setSpacing(2 * SPACE)
        self._add_data()
        self._section("Recipe")
        fields = dict(open_fields(Recipe))
        heads = {name: fields.pop(name) for name in OF_HEADS}
        self.recipe_form = self._form(fields)
        self.more = More()
        self.more.forms.committed.connect(self._set_recipe)
        self._layout.addWidget(self.more)
        self._section("Augmentation")
        self.augmentations = Augmentations(document, workshop)
        self._layout.addWidget(self.augmentations)
        self._section("Loss")
        self.loss = PartEditor(document, "loss", LOSSES)
        self._layout.addWidget(self.loss)
        self.heads_form = self._form(heads)
        self._section("Optimizer")
        rates = ("learning_rate", "weight_decay")
        self.optimizer = PartEditor(document, "optimizer", OPTIMIZERS, own=rates)
        self._layout.addWidget(self.optimizer)
        self.rate_test = RateTestView(document)
        self.rate_test.grown.connect(self._show_rate_test)
        self._layout.addWidget(self.rate_test)
        self._section("Schedule")
        self.schedule = PartEditor(document, "schedule", SCHEDULES)
        self._layout.addWidget(self.schedule)
        self.curve = ScheduleCurve()
        self._layout.addWidget(self.curve)
        self._layout.addStretch()
        self.setWidget(body)
        document.changed.connect(self._show)
        self._show()

    def sizeHint(self) -> QSize:
        return QSize(312, 600)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 120)

    # Building

    def _section(self, title: str) -> None:
        head = label(title, "section")
        head.setContentsMargins(0, 2 * SPACE, 0, 0)
        self._layout.addWidget(head)

    def _add_data(self) -> None:
        self._section("Data")
        self.data = Combo()
        self.data.setAccessibleName("Data")
        self.data.addItem("No data", NO_DATA)
        for dataset in catalogue().values():
            self.data.addItem(dataset.title, dataset.name)
        self.data.activated.connect(self._choose_data)
        self._row("dataset", self.data)
        self.purpose = label(wrap=True)
        self._layout.addWidget(self.purpose)
        self.facts = Facts()
        self._layout.addWidget(self.facts)
        self.folder = QLineEdit(placeholderText="downloaded when first needed")
        self.folder.setAccessibleName("Folder")
        self.folder.editingFinished.connect(lambda: self._set_folder(self.folder.text().strip()))
        self.browse = QPushButton("Browse…")
        self.browse.clicked.connect(self._browse)
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.folder, 1)
        row.addWidget(self.browse)
        self._folder_row = self._row("location", box)
        self._folder_problem = label(role="error", wrap=True)
        self._layout.addWidget(self._folder_problem)

    def _form(self, fields: Mapping[str, Field]) -> Form:
        form = Form(fields)
        form.committed.connect(lambda *settled: self._set_recipe(form, *settled))
        self._layout.addWidget(form)
        return form

    def _row(self, text: str, editor: QWidget) -> QWidget:
        row = labelled(text, editor)
        self._layout.addWidget(row)
        return row

    # Showing

    def _show(self) -> None:
        project = self._document.project
        choice, recipe = project.data, project.recipe
        self.data.setCurrentIndex(self.data.findData(choice.name))
        if not self.folder.isModified():
            self.folder.setText(choice.folder)
        self._show_data(choice)
        for form in (self.recipe_form, self.heads_form):
            form.show_values(recipe.values)
        self.more.show_declaration(recipe)
        outputs = [node for node in project.network.nodes.values() if node.kind == "Output"]
        self.heads_form.setVisible(len(outputs) > 1)
        self.augmentations.show_augmentations()
        for part in (self.loss, self.optimizer, self.schedule):
            part.show_part()

    def _show_data(self, choice: DataChoice) -> None:
        problem = pending = ""
        try:
            data = describe(choice)
        except NotYetError as error:
            pending, data = str(error), catalogue()[choice.name]
        except DataError as error:
            problem = "" if choice.name == NO_DATA else str(error)
            data = catalogue().get(choice.name)
        own = bool(data and data.own)
        if choice.folder and not own and not Path(choice.folder).is_dir():
            problem = problem or f"{choice.folder} is not a folder; choose the one with the files."
        self._folder_problem.setText(problem)
        self._folder_problem.setVisible(bool(problem))
        self._folder_row.setVisible(bool(choice.folder or own or (data and data.files)))
        self.folder.setToolTip(plain(choice.folder))
        self._show_own_validation(data)
        self.folder.setPlaceholderText("" if own else "downloaded when first needed")
        told = data.purpose if data else "To train the network, choose its data."
        self.purpose.setText(pending or told)
        recipe = self._document.project.recipe
        self.curve.show_recipe(recipe, data.learned(recipe.validation) if data else None)
        described = data is not None and bool(data.classes)
        self.facts.setVisible(described)
        if data and described:
            others = (data.validation_images, "for validation"), (data.test_images, "for testing")
            rest = "".join(f", {numbers.count(n)} {word}" for n, word in others if n)
            self.facts.show_facts(
                [
                    Fact("Images", f"{numbers.count(data.train_images)} to learn from{rest}"),
                    Fact("Size", f"{numbers.shape(data.shape)}, resized to the network's input"),
                    Fact("Classes", f"{len(data.classes)}: {_names(data.classes)}"),
                    Fact("Licence", data.licence),
                ]
            )

    def _show_own_validation(self, data: Dataset | None) -> None:
        """The part kept aside means nothing to data with validation images of its own."""
        own = bool(data and data.validation_images)
        field = self.recipe_form.editors["validation"]
        field.setEnabled(not own)
        told = specs(Recipe)["validation"].help
        if own and data:
            told = f"{data.title} has validation images of its own, which are checked on instead."
        field.setToolTip(plain(told))

    def ask_location(self) -> None:
        """Put the keyboard where it is said where own images lie."""
        self.ensureWidgetVisible(self._folder_row)
        self.folder.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_rate_test(self) -> None:
        """Have all of it in sight, now that it has grown."""
        self._layout.activate()
        QTimer.singleShot(0, self, lambda: self.ensureWidgetVisible(self.rate_test, 0, 2 * SPACE))

    # Editing

    def _choose_data(self, index: int) -> None:
        name = self.data.itemData(index)
        if name != self._document.project.data.name:
            choice = DataChoice(name)
            self.folder.setModified(False)
            self._document.do("Choose the data", lambda p: edits.set_data(p, choice))

    def _set_folder(self, folder: str) -> None:
        self.folder.setModified(False)
        choice = replace(self._document.project.data, folder=folder)
        self._document.do("Choose the folder", lambda p: edits.set_data(p, choice))

    def _browse(self) -> None:
        choice = self._document.project.data
        endings = catalogue()[choice.name].endings if choice.name in catalogue() else ()
        if endings:
            kinds = " ".join(f"*{ending}" for ending in endings)
            folder, _ = QFileDialog.getOpenFileName(
                self, "File with the images", choice.folder, f"Images ({kinds})"
            )
        else:
            folder = QFileDialog.getExistingDirectory(
                self, "Folder with the dataset's files", choice.folder
            )
        if folder:
            self._set_folder(folder)

    def _set_recipe(self, form: Form, name: str, value: object, key: str) -> None:
        try:
            recipe = self._document.project.recipe.changed(**{name: value})  # type: ignore[arg-type]
        except ParameterError as error:
            form.refuse(name, str(error))
            return
        commit(
            self._document,
            f"Set {form.label(name)}",
            lambda p: edits.set_recipe(p, recipe),
            f"recipe {key}" if key else "",
            lambda sentence: form.refuse(name, sentence),
        )


def _names(classes: tuple[str, ...]) -> str:
    """The names of the first classes, and a sign that there are more."""
    shown = ", ".join(classes[:CLASSES_SHOWN])
    return f"{shown} …" if len(classes) > CLASSES_SHOWN else shown
