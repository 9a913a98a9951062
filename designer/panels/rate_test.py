"""The learning-rate range test in the recipe panel: run in a trainer, drawn live, its rate offered."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from designer.document import Document
from designer.inspector.form import Form
from designer.inspector.parts import label, plain
from designer.panels.rate_curve import RateCurve
from designer.style import SPACE, numbers
from engine.fields import ParameterError, specs
from engine.network import edits
from engine.network.project import Project
from engine.training.events import Event, Failed, Finished, Preparing, Steps, Stopped
from engine.training.rates import SOURCE, Finding, RateTest, ask, conclude
from engine.training.rundir import RunDirectory, RunError
from engine.workers.channel import ChannelError
from engine.workers.handles import TrainerHandle
from engine.workers.watch import RunWatch

LOOK_MS = 50
"""Milliseconds between two looks at the trainer."""


class RateTestView(QWidget):
    """A button; once it is pressed, the curve, what it says, and the rate to take over.

    The test has a trainer and a folder of its own, which both go when it ends.
    """

    grown = Signal()
    """There is more of it to be seen."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._test = RateTest()
        self._losses: list[float] = []
        self._trainer: TrainerHandle | None = None
        self._watch: RunWatch | None = None
        self._folder: Path | None = None
        self.found = Finding()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        self.begin_button = QPushButton("Test learning rates")
        self.begin_button.setToolTip(
            plain(f"Try growing rates for some steps, on weights that are thrown away ({SOURCE})")
        )
        self.begin_button.clicked.connect(self.begin)
        self.form = Form(specs(RateTest))
        self.form.committed.connect(self._set)
        self.form.show_values(self._test.values)
        self.curve = RateCurve()
        self.said = label(wrap=True)
        self.said.setProperty("role", "muted")
        self.use_button = QPushButton()
        self.use_button.setProperty("primary", True)
        self.use_button.clicked.connect(self._use)
        self.stop_button = QPushButton("Stop")
        self.stop_button.clicked.connect(self.stop)
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.fold)
        self._lay_out()
        document.changed.connect(self._show_buttons)
        self._show_buttons()

    def _lay_out(self) -> None:
        self.content = QWidget()
        content = QVBoxLayout(self.content)
        content.setContentsMargins(0, 0, 0, 0)
        content.setSpacing(2 * SPACE)
        content.addWidget(self.form)
        content.addWidget(self.curve)
        content.addWidget(self.said)
        self.content.hide()
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        for button in (self.begin_button, self.use_button, self.stop_button, self.close_button):
            row.addWidget(button)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2 * SPACE)
        layout.addWidget(self.content)
        layout.addLayout(row)

    @property
    def testing(self) -> bool:
        """Whether a test goes on."""
        return self._watch is not None

    def begin(self) -> None:
        """Test the present network and recipe."""
        self.end()
        self._losses, self.found = [], Finding()
        self.content.show()
        self.grown.emit()
        project, source = self._document.project, self._document.source
        for problem in self._document.analysis.problems:
            if problem.severity == "error" or problem.parameter == "data":
                self._say(problem.message, error=True)
                return
        try:
            assert source is not None
            self._folder = Path(tempfile.mkdtemp(prefix="convoscope-rates-"))
            run = RunDirectory.create_at(self._folder / "test", project, source.text)
            ask(run, self._test)
            self._trainer = TrainerHandle.spawn_warm()
        except (RunError, ChannelError, OSError) as error:
            self.end()
            self._say(str(error), error=True)
            return
        self._trainer.start(run.path)
        self._watch = RunWatch(run, self._trainer)
        self._timer.start()
        self._say("Starting")
        self._draw()

    def stop(self) -> None:
        """End the test here; what it has shown stays."""
        self.end()
        self._conclude("Stopped.")

    def end(self) -> None:
        """End the trainer, and take its folder away."""
        self._timer.stop()
        self._watch = None
        if self._trainer is not None:
            self._trainer.end()
            self._trainer = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def fold(self) -> None:
        """Leave the button alone."""
        self.end()
        self.content.hide()
        self._show_buttons()

    # Following

    def _look(self) -> None:
        watch = self._watch
        if watch is None:
            return
        events = watch.poll()
        for event in events:
            self._take(event)
        if self._watch is not None and any(isinstance(event, Steps) for event in events):
            self._draw()

    def _take(self, event: Event) -> None:
        match event:
            case Preparing():
                self._say(event.message)
            case Steps():
                self._losses += event.losses
                left = (
                    f", {numbers.duration(event.seconds_left)} left" if event.seconds_left else ""
                )
                steps = f"Step {numbers.count(event.step)} of {numbers.count(self._test.steps)}"
                self._say(f"{steps}, rate {self._test.rate(event.step - 1):.2g}{left}")
            case Finished():
                self.end()
                self._conclude(event.reason)
            case Failed():
                self.end()
                self._say(event.message, error=True)
            case Stopped():
                self.end()
                self._conclude("Stopped.")
            case _:
                pass

    def _conclude(self, reason: str) -> None:
        self.found = conclude(self._test, self._losses)
        self._say(" ".join(filter(None, (reason, self.found.sentence))))
        self._draw()

    def _say(self, sentence: str, error: bool = False) -> None:
        role = "error" if error else "muted"
        if self.said.property("role") != role:
            self.said.setProperty("role", role)
            self.said.style().polish(self.said)
        self.said.setText(sentence)
        self._show_buttons()

    def _draw(self) -> None:
        self.curve.show_test(self._test, self._losses, self.found)

    # Editing

    def _set(self, name: str, value: object, key: str) -> None:
        del key
        try:
            self._test = self._test.changed(**{name: value})  # type: ignore[arg-type]
        except ParameterError as error:
            self.form.refuse(name, str(error))
        else:
            self.form.show_values(self._test.values)

    def _use(self) -> None:
        rate = self.found.suggested
        if rate is None:
            return

        def edit(project: Project) -> Project:
            optimizer = project.recipe.optimizer.changed(learning_rate=rate)
            return edits.set_recipe(project, replace(project.recipe, optimizer=optimizer))

        self._document.do("Use the suggested learning rate", edit)

    def _show_buttons(self) -> None:
        buttons = (self.stop_button, self.use_button, self.begin_button, self.close_button)
        held = any(button.hasFocus() for button in buttons)
        open_ = self.content.isVisibleTo(self)
        rate = self.found.suggested if open_ and not self.testing else None
        self.begin_button.setText("Test again" if open_ else "Test learning rates")
        self.begin_button.setVisible(not self.testing)
        self.form.setEnabled(not self.testing)
        self.stop_button.setVisible(self.testing)
        self.close_button.setVisible(open_ and not self.testing)
        self.use_button.setVisible(rate is not None)
        if rate is not None:
            self.use_button.setText(f"Use {rate:g}")
            used = self._document.project.recipe.optimizer.learning_rate == rate
            self.use_button.setEnabled(not used)
        if held:
            # Else a button that hides would pass the keyboard on to the next field, to be changed unseen.
            able = (button for button in buttons if button.isVisibleTo(self) and button.isEnabled())
            next(able, self.begin_button).setFocus(Qt.FocusReason.OtherFocusReason)
