"""Studying: the study that the window shows, and the process that trains it, which outlives the window."""

from __future__ import annotations

import time
from itertools import islice
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.studies.errors import StudyError
from engine.studies.folder import GOING, Runner, StudyDirectory, studies
from engine.studies.outcomes import Outcomes, pace
from engine.studies.study import Study
from engine.training.rundir import RunDirectory, runs, runs_folder, studies_folder
from engine.workers.channel import ChannelError
from engine.workers.conductor import check_free
from engine.workers.handles import StudyHandle
from engine.workers.messages import Message, Pause, Refused, Resume, Stop
from engine.workers.watch import process_lives

LOOK_MS = 300
"""Milliseconds between two looks at a study that goes on."""
_RECENT = 20
"""Runs that are looked at for how quick this machine is, and studies that are offered."""


class Studying(QObject):
    """Starts, finds and watches one study at a time.

    `status` is idle where none is shown, starting, or as its `runner.json` has it; interrupted where
    that says that it goes on and its process is gone.
    """

    opened = Signal()
    """Another study is shown."""
    changed = Signal()
    """Its runs or its status are other ones."""
    failed = Signal(str)
    """One sentence for people."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.outcomes: Outcomes | None = None
        self.status = "idle"
        self.message = ""
        self._handle: StudyHandle | None = None
        self._runner = Runner()
        self._pace: tuple[float, float | None] = (0.0, None)
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def live(self) -> bool:
        """Whether the study that is shown is trained."""
        return self.status in ("starting", *GOING)

    @property
    def seconds_left(self) -> float | None:
        """How long the rest will take, where that can be told."""
        return self.outcomes.seconds_left(self._runner.at_once) if self.outcomes else None

    def begin(self, study: Study, at_once: int = 1) -> bool:
        """Train a study in a process of its own; whether that was possible (else `failed` says why)."""
        try:
            folder = StudyDirectory.create(studies_folder(), study)
            folder.update(at_once=at_once)
        except StudyError as error:
            self.failed.emit(str(error))
            return False
        return self.open(folder.path) and self.go_on()

    def go_on(self) -> bool:
        """Train what is not finished of the study that is shown."""
        if self.outcomes is None or self.live:
            return False
        try:
            check_free(self.outcomes.folder)
            handle = StudyHandle.spawn_warm()
        except (StudyError, ChannelError) as error:
            self.failed.emit(str(error))
            return False
        self._let_go()
        self._handle = handle
        handle.start(self.outcomes.folder.path)
        self._set("starting", "")
        self._timer.start()
        return True

    def open(self, path: Path) -> bool:
        """Show a study, and attach to its process where it has one."""
        try:
            outcomes = Outcomes(StudyDirectory.open(path))
            runner = outcomes.folder.runner()
        except StudyError as error:
            self.failed.emit(str(error))
            return False
        self._let_go()
        self.outcomes = outcomes
        if runner.status in GOING and runner.address:
            try:
                self._handle = StudyHandle.attach(path)
            except (StudyError, ChannelError):
                self._handle = None
        self._look()
        self.opened.emit()
        if self.live:
            self._timer.start()
        return True

    def take_up(self) -> None:
        """Show the newest study of the user's folder, be it one that goes on without a window."""
        newest = next(studies(studies_folder()), None)
        if newest is not None and self.outcomes is None:
            self.open(newest.path)

    def earlier(self) -> list[StudyDirectory]:
        """The newest studies of the user's folder."""
        return list(islice(studies(studies_folder()), _RECENT))

    def pace(self) -> float | None:
        """How much work this machine did in a second in the newest run that has finished; asked for
        again after a minute.
        """
        at, found = self._pace
        if not at or time.monotonic() - at > 60:
            lately: list[RunDirectory] = list(islice(runs(runs_folder()), _RECENT))
            for folder in self.earlier():
                lately += islice(runs(folder.path), _RECENT)
            found = pace(sorted(lately, key=_age))
            self._pace = (time.monotonic(), found)
        return found

    def pause(self) -> None:
        """Let its runs stand still."""
        self._send(Pause())

    def resume(self) -> None:
        """Let a paused study go on."""
        self._send(Resume())

    def stop(self) -> None:
        """End it, each run with a checkpoint to go on from."""
        self._send(Stop())

    def close(self) -> None:
        """Let go of the process; a study goes on without the window."""
        self._timer.stop()
        self._let_go()

    def _send(self, message: Message) -> None:
        if self._handle is not None:
            self._handle.send(message)

    def _let_go(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def _look(self) -> None:
        """See what the study is at."""
        outcomes, handle = self.outcomes, self._handle
        if outcomes is None:
            return
        alive = handle is not None and handle.alive()
        refusal = (
            next((m for m in handle.poll() if isinstance(m, Refused)), None) if handle else None
        )
        try:
            self._runner = runner = outcomes.folder.runner()
        except StudyError as error:
            self._set("failed", str(error))
            self._timer.stop()
            return
        news = outcomes.look()
        status, message = runner.status, runner.message
        if refusal is not None:
            status, message = "failed", refusal.message
        elif status in GOING and not (alive or process_lives(runner.pid)):
            status = "interrupted"
        elif status not in GOING and alive and self.status == "starting":
            status = "starting"
        told = self._set(status, message)
        if news and not told:
            self.changed.emit()
        if not self.live:
            self._timer.stop()
            self._let_go()

    def _set(self, status: str, message: str) -> bool:
        if (status, message) == (self.status, self.message):
            return False
        self.status, self.message = status, message
        self.changed.emit()
        return True


def _age(run: RunDirectory) -> float:
    """For sorting, the newest first."""
    try:
        return -run.state_file.stat().st_mtime
    except OSError:
        return 0.0
