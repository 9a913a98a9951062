"""The plan of a run, to be changed while it goes on: epochs, rate, checkpoints, and the network itself."""

from __future__ import annotations

import contextlib

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from designer.actions import BUSY
from designer.document import Document
from designer.inspector.editors import TextEditor
from designer.inspector.parts import Sentence, label, plain
from designer.plots.record import Record
from designer.style import SPACE, numbers
from designer.workshop import Workshop, trains_otherwise
from engine.fields import specs
from engine.network.errors import StorageError
from engine.network.project import Project
from engine.recipe.recipe import Recipe
from engine.training.rundir import RunDirectory
from engine.training.standing import checkpoints

ENDED = ("finished", "stopped", "failed")
FIELD = 96
"""Width of a field in pixels."""


class Plan(QWidget):
    """A row of fields that hold from the next step on; after the run's end it goes on with them."""

    def __init__(self, document: Document, workshop: Workshop, record: Record) -> None:
        super().__init__()
        self._document = document
        self._workshop = workshop
        self._record = record
        self._run: RunDirectory | None = None
        self._project: Project | None = None
        """What the run trains."""
        recipe = Recipe()
        self.epochs = TextEditor(specs(Recipe)["epochs"], self)
        self.rate = TextEditor(specs(type(recipe.optimizer))["learning_rate"], self)
        self.keep = QPushButton("Checkpoint")
        self.keep.setToolTip("Write all that the run needs to go on from here")
        self.keep.clicked.connect(workshop.keep)
        self.go_on = QPushButton("Go on")
        self.go_on.clicked.connect(self._go_on)
        self.operate = QPushButton("Go on with the changed network")
        self.operate.setToolTip(
            plain(
                "Ends this run and begins one of the network as it is drawn now, at the same step; "
                "every weight that still fits is kept"
            )
        )
        self.operate.clicked.connect(self._operate)
        self.note = Sentence("muted")
        self.problem = Sentence("error")
        self.problem.hide()
        self._refused: dict[str, str] = {}
        """Why what stands in a field is no value, by the field's name."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * SPACE)
        for name, field in (("Epochs", self.epochs), ("Rate", self.rate)):
            words = label(name, "muted")
            words.setBuddy(field)
            field.setAccessibleName(name)
            field.setFixedWidth(FIELD)
            field.committed.connect(self._settled)
            field.refused.connect(lambda reason, name=name: self._refuse(name, reason))
            row.addWidget(words)
            row.addWidget(field)
        for button in (self.keep, self.go_on, self.operate):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        row.addWidget(self.note, 1)
        row.addWidget(self.problem, 1)
        document.changed.connect(self.follow)

    def follow(self) -> None:
        """Show how the run stands."""
        run, status = self._workshop.run, self._workshop.status
        if run != self._run:
            self._run, self._project = run, None
            for field in (self.epochs, self.rate):
                field.revert()
            with contextlib.suppress(StorageError):
                self._project = run.project() if run is not None else None
        project = self._project
        begun = run is not None and status not in ("idle", "preparing")
        found = checkpoints(run) if run is not None and begun else []
        shown = status in ("running", "paused") or bool(found)
        self.setVisible(project is not None and shown)
        if project is None or not shown:
            return
        recipe = project.recipe
        record = self._record
        epochs = record.epochs or recipe.epochs
        over = status in ENDED and len(record.epochs_ended) >= epochs
        self.epochs.show_value(epochs + recipe.epochs if over else epochs)
        self.rate.show_value(record.rate or recipe.optimizer.learning_rate)
        live = status in BUSY
        self.keep.setVisible(live)
        self.go_on.setVisible(status in ENDED)
        self.go_on.setToolTip(
            "Train this run for more epochs" if over else "Go on with this run where it stands"
        )
        changed = trains_otherwise(project, self._document.project)
        self.operate.setVisible(status == "paused" and changed)
        self.operate.setEnabled(self._document.source is not None and not self._refused)
        # What a fork was told by the run before it names checkpoints that are not its own.
        step = int(found[-1].name) if found else 0
        self.note.say(f"checkpoint of step {numbers.count(step)}" if step and live else "")

    def _refuse(self, name: str, reason: str) -> None:
        """Say why, and go on with nothing else than what stands in the fields."""
        self._refused.pop(name, None)
        if reason:
            self._refused[name] = f"{name} {reason}."
        self.problem.say(" ".join(self._refused.values()))
        self.problem.setVisible(bool(self._refused))
        self.note.setVisible(not self._refused)
        self.go_on.setEnabled(not self._refused)
        self.operate.setEnabled(self._document.source is not None and not self._refused)

    def _settled(self) -> None:
        if self._workshop.live:
            epochs, rate = self.epochs.value, self.rate.value
            assert isinstance(epochs, int) and isinstance(rate, (int, float))
            self._workshop.set_plan(epochs, float(rate))

    def _go_on(self) -> None:
        epochs, rate = self.epochs.value, self.rate.value
        assert self._run is not None and isinstance(epochs, int) and isinstance(rate, (int, float))
        self._workshop.go_on(self._run, epochs, float(rate))

    def _operate(self) -> None:
        assert self._run is not None
        found = checkpoints(self._run)
        if found:
            document = self._document
            self._workshop.fork(found[-1], document.project, document.source)
