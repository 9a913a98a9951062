"""Workshop: the window's workers. It starts and watches them and tells the window what they say.

torch is never imported here; what a worker sends arrives through one timer, at most 30 times a second.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from designer.lab import Lab
from engine.codegen import CodegenError, write
from engine.codegen.source import Source
from engine.layers.base import Layer
from engine.network.errors import StorageError
from engine.network.project import Project
from engine.training.events import Failed, Interrupted, SnapshotWritten
from engine.training.rundir import LIVE, RunDirectory, RunError, runs_folder
from engine.training.standing import reopen
from engine.workers.channel import ChannelError
from engine.workers.handles import TrainerHandle, collect
from engine.workers.messages import (
    Keep,
    Load,
    Pause,
    Resume,
    SetPlan,
    Stop,
)
from engine.workers.watch import RunWatch, ended_run, live_run

BUSY = 33
"""Milliseconds between two looks at workers that have something to do."""
QUIET = 250
"""The same when nothing is expected: what may still come is a worker's death."""
LAB_DELAY = 0.5
"""Seconds after the window is shown until the lab is started."""
TRAINER_DELAY = 2.0
"""Seconds, after the lab is ready or a run has ended, until a warm trainer is started."""

GOING_ON = "A run is going on; stop it before you train again."


class Workshop(QObject):
    """The trainer of one run, a warm one for the next, and the lab.

    `status` is idle, preparing, running, paused, finished, stopped or failed. Only one run at a time
    is trained from one window.
    """

    events = Signal(list)
    """New events of the run, in their order."""
    status_changed = Signal(str)
    followed = Signal()
    """Another run, or the same from its beginning, is watched: what was told before is over."""
    failed = Signal(str)
    """One sentence for people: a run, or what was asked for, has failed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lab = Lab(self)
        self.lab.asked.connect(self._hurry)
        self._watch: RunWatch | None = None
        self._warm: TrainerHandle | None = None
        self._project: Project | None = None
        self._trained = True
        self._shown: RunDirectory | None = None
        """A run that has ended and whose weights are looked at while another goes on."""
        self._status = "idle"
        self._lab_at = 0.0
        self._trainer_at = 0.0
        self._closed = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)

    @property
    def status(self) -> str:
        """How the run of this window stands."""
        return self._status

    @property
    def run(self) -> RunDirectory | None:
        """The run that is trained, or was last."""
        return self._watch.run if self._watch else None

    @property
    def live(self) -> bool:
        """Whether a run is going on, paused or not."""
        return self._watch is not None and self._watch.live

    @property
    def trainer_ready(self) -> bool:
        """Whether a warm trainer waits, so that training starts at once."""
        return self._warm is not None and self._warm.ready and self._warm.alive()

    def warm_up(self) -> None:
        """Start the lab and then a trainer, in a while; called when the window is shown."""
        self._lab_at = time.monotonic() + LAB_DELAY
        self._hurry()

    def train(self, project: Project, source: Source | None = None) -> RunDirectory | None:
        """Begin a new run of the project; its directory, or None where `failed` says why not.

        `source` is the project's, where it is at hand.
        """
        return self._train_new(project, source)

    def fork(self, checkpoint: Path, project: Project, source: Source | None = None) -> bool:
        """Begin a new run of the project where the checkpoint, a folder of any run's, stands.

        A paused run of this window is ended for it. Else as `train`.
        """
        if self.status == "paused":
            self.stop()
            assert self._watch is not None
            self._watch.close()
            self._watch = None
            self._set_status("stopped")
        return self._train_new(project, source, checkpoint) is not None

    def go_on(
        self, run: RunDirectory, epochs: int | None = None, rate: float | None = None
    ) -> bool:
        """Let a run that has ended go on from its newest checkpoint; whether it does (else `failed` tells).

        `epochs`, in all, and `rate`, the highest, change its plan.
        """
        if self.live:
            self.failed.emit(GOING_ON)
            return False
        try:
            # First, since a run that is reopened waits for somebody to train it.
            trainer = self._take_warm() or TrainerHandle.spawn_warm()
        except ChannelError as error:
            self.failed.emit(str(error))
            return False
        try:
            reopen(run, epochs, rate)
        except RunError as error:
            self._warm = trainer
            self.failed.emit(str(error))
            return False
        trainer.start(run.path)
        self._follow(run, trainer)
        return True

    def set_plan(self, epochs: int | None = None, rate: float | None = None) -> None:
        """Let the run train to `epochs` in all, and with `rate` as its highest, from now on."""
        self._send(SetPlan(rate=rate or 0.0, epochs=epochs or 0))

    def keep(self) -> None:
        """Let the run write a checkpoint now."""
        self._send(Keep())

    def attach(self, run: Path) -> bool:
        """Watch a run that a living trainer has; whether that was possible (else `failed` says why)."""
        if self.live:
            return False
        try:
            trainer = TrainerHandle.attach(run)
            self._follow(RunDirectory.open(run), trainer)
        except (RunError, ChannelError) as error:
            self.failed.emit(str(error))
            return False
        return True

    def latest_live_run(self) -> Path | None:
        """The newest run that still goes on without a window."""
        run = live_run(runs_folder())
        return run.path if run else None

    def take_up(self, project: Project) -> None:
        """Watch the run that goes on without a window; or show the newest one's end, if it trained
        this network.
        """
        live = self.latest_live_run()
        if live is not None:
            self.attach(live)
            return
        run = ended_run(runs_folder())
        if run is None or self._watch is not None:
            return
        with contextlib.suppress(StorageError):
            if not trains_otherwise(run.project(), project):
                self.show(run)

    def show(self, run: RunDirectory) -> None:
        """Look at the weights of any run; at its curves too, unless one of this window's goes on.

        A run that another process trains, on this machine or another, is followed while it goes on. The
        weights are seen as far as they fit the network. `failed` tells what cannot be read.
        """
        mine = self._watch is not None and self._watch.run.path == run.path
        if mine or (self._watch is not None and self._watch.live and not self._watch.afar):
            self._shown = None if mine else run
        else:
            try:
                watch = RunWatch(run, _trainer_of(run))
            except RunError as error:
                self.failed.emit(str(error))
                return
            self._watch, self._shown = watch, None
            self.followed.emit()
            self._set_status(watch.status)
        self._trained = True
        self._load()
        self._hurry()

    def leave(self, path: Path) -> None:
        """A run is no longer there: its curves and weights are not shown any more."""
        if self._shown is not None and self._shown.path == path:
            self._shown = None
        elif self._watch is not None and self._watch.run.path == path and not self.live:
            self._watch = None
            self.followed.emit()
            self._set_status("idle")
        else:
            return
        self._load()

    def pause(self) -> None:
        """Let the run stand still after its present step."""
        self._send(Pause())

    def resume(self) -> None:
        """Let a paused run go on."""
        self._send(Resume())

    def stop(self) -> None:
        """End the run after its present step; its weights are kept."""
        self._send(Stop())

    def set_project(self, project: Project, source: Source | None) -> None:
        """Let the lab hold this network; without a source (it is invalid) the lab keeps the last one.

        A failure is over when what would be trained is something else.
        """
        if self._status == "failed" and trains_otherwise(self._project, project):
            self._set_status("idle")
        self._project = project
        shape = input_shape(project)
        if source is None or not shape:
            self.lab.hold(None, "")
            return
        network = Load(
            source_text=source.text,
            class_name=source.class_name,
            places=source.places,
            shape=shape,
            data=project.data.name,
            folder=project.data.folder,
            seed=project.recipe.seed,
        )
        self.lab.hold(network, self._weights_file())

    def show_trained(self, trained: bool) -> None:
        """Observe with the run's weights, as far as they fit the network, or with untrained ones."""
        self._trained = trained
        self._load()

    def close(self) -> None:
        """End the lab and a warm trainer; a run goes on without the window. Nothing is asked after."""
        self._closed = True
        self._timer.stop()
        self.lab.close()
        if self._warm is not None:
            self._warm.close()
            self._warm = None
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _train_new(
        self, project: Project, source: Source | None, checkpoint: Path | None = None
    ) -> RunDirectory | None:
        if self.live:
            self.failed.emit(GOING_ON)
            return None
        try:
            source = source or write(project)
            run = RunDirectory.create(runs_folder(), project, source.text)
            trainer = self._take_warm() or TrainerHandle.spawn_warm()
        except (CodegenError, RunError, ChannelError) as error:
            self.failed.emit(str(error))
            return None
        trainer.start(run.path, checkpoint)
        self._follow(run, trainer)
        return run

    def _send(self, command: Pause | Resume | Stop | SetPlan | Keep) -> None:
        if self._watch is not None and self._watch.live:
            try:
                self._watch.send(command)
            except RunError as error:
                self.failed.emit(str(error))
            self._hurry()

    def _follow(self, run: RunDirectory, trainer: TrainerHandle) -> None:
        if self._watch is not None:
            self._watch.close()
        self._watch = RunWatch(run, trainer)
        self._shown = None
        self._trained = True
        self.followed.emit()
        self._set_status(self._watch.status)
        self._load()
        self._hurry()

    def _take_warm(self) -> TrainerHandle | None:
        warm, self._warm = self._warm, None
        self._trainer_at = 0.0
        if warm is not None and not warm.alive():
            warm.close()
            return None
        return warm

    def _load(self) -> None:
        """Tell the lab which weights to show."""
        self.lab.load(self._weights_file())

    def _weights_file(self) -> str:
        if self._watch is None or not self._trained:
            return ""
        run = self._shown or self._watch.run
        ended = not (self._watch.live and run is self._watch.run) and run.weights_file.is_file()
        return str(run.weights_file if ended else run.snapshot_file)

    def _hurry(self) -> None:
        if self._closed:
            return  # Panels still take leave of their questions when the window hides.
        if self._timer.interval() != BUSY or not self._timer.isActive():
            self._timer.start(BUSY)

    def _look(self) -> None:
        """One look at all workers."""
        self._start_what_is_due()
        self._look_at_run()
        self.lab.look()
        collect()
        telling = self._watch is not None and self._watch.telling
        busy = self.live or telling or self.lab.busy or self._lab_at or self._trainer_at
        if not busy and self._timer.interval() != QUIET:
            self._timer.start(QUIET)

    def _start_what_is_due(self) -> None:
        now = time.monotonic()
        if self._lab_at and now >= self._lab_at:
            self._lab_at = 0.0
            self.lab.start()
            self._trainer_at = now + TRAINER_DELAY
        if self.lab.state == "starting":
            # One import of torch at a time.
            self._trainer_at = self._trainer_at and max(self._trainer_at, now + QUIET / 1000)
        if self._trainer_at and now >= self._trainer_at:
            self._trainer_at = 0.0
            self._warm_trainer()
        if self._warm is not None:
            self._warm.poll()
            if not self._warm.alive():
                self._warm.close()
                self._warm = None

    def _warm_trainer(self) -> None:
        if self._warm is None and not self.live:
            try:
                self._warm = TrainerHandle.spawn_warm()
            except ChannelError as error:
                self.failed.emit(str(error))

    def _look_at_run(self) -> None:
        watch = self._watch
        if watch is None:
            return
        if watch.telling:
            self.events.emit(watch.poll())
        if not watch.live:
            return
        events = watch.poll()
        if events:
            self.events.emit(events)
        if any(isinstance(event, SnapshotWritten) for event in events):
            self.lab.refresh()
        self._set_status(watch.status)
        for event in events:
            if isinstance(event, (Failed, Interrupted)):
                self.failed.emit(event.message)
        if not watch.live:
            watch.close()
            self._load()
            self._trainer_at = time.monotonic() + TRAINER_DELAY

    def _set_status(self, status: str) -> None:
        if status != self._status:
            self._status = status
            self.status_changed.emit(status)


def _trainer_of(run: RunDirectory) -> TrainerHandle | None:
    """The trainer of a run that goes on, where one on this machine listens."""
    with contextlib.suppress(RunError, ChannelError):
        if run.state().status in LIVE:
            return TrainerHandle.attach(run.path)
    return None


def trains_otherwise(before: Project | None, after: Project) -> bool:
    """Whether an edit has changed more than how things lie and what they are called."""
    return before is not None and (
        before.network != after.network
        or before.data != after.data
        or before.recipe != after.recipe
    )


def input_shape(project: Project) -> tuple[int, ...]:
    """The shape of the network's first Input, or nothing."""
    for node in project.network.nodes.values():
        if node.kind == "Input" and isinstance(node.content, Layer):
            shape = node.content.values.get("shape")
            return tuple(map(int, shape)) if isinstance(shape, tuple) else ()
    return ()
