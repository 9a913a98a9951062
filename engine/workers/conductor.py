"""The conductor: trains the runs of a study one after the other, or some at once, each in a trainer.

It survives what happens to a run, and a run survives it: what is finished is not trained again,
what was stopped goes on from its checkpoint, and what still goes on is found again.
"""

from __future__ import annotations

import os
import shutil

from engine.codegen import CodegenError
from engine.network.errors import EditError, StorageError
from engine.studies.errors import StudyError
from engine.studies.folder import GOING, StudyDirectory
from engine.studies.study import Trial
from engine.training.events import Event, Steps
from engine.training.rundir import LIVE, RunDirectory, RunError, UnwritableError
from engine.training.standing import reopen
from engine.workers.channel import ChannelError
from engine.workers.handles import TrainerHandle
from engine.workers.messages import Message, Pause, Resume, Stop
from engine.workers.watch import RunWatch, lives_here, process_lives

MOST_AT_ONCE = 64
_AHEAD = 4.0
"""Seconds before a run's end in which the next one's process is started, so that it need not be waited for."""


class Conductor:
    """Trains a study; `look` is to be called some times a second until `done`."""

    def __init__(self, folder: StudyDirectory, address: str = "") -> None:
        """Take over a study that nobody trains; `address` is where this process listens.

        Raises `StudyError`.
        """
        check_free(folder)
        self._folder = folder
        self._study = folder.study()
        runner = folder.update(status="running", pid=os.getpid(), address=address, message="")
        self._at_once = runner.at_once
        self._threads = runner.threads or _share(runner.at_once)
        self._waiting = [trial for trial in self._study.trials if not self._finished(trial)]
        self._going: dict[Trial, RunWatch] = {}
        self._left: dict[Trial, float] = {}
        self._warm: TrainerHandle | None = None
        self._paused = self._stopped = False
        self._message = ""

    @property
    def done(self) -> bool:
        """Whether there is nothing more to do."""
        return not self._going and (self._stopped or not self._waiting)

    def pause(self) -> None:
        """Let all runs stand still, and begin no other."""
        self._tell(Pause())
        self._paused = True
        self._folder.update(status="paused")

    def resume(self) -> None:
        """Go on after a pause."""
        self._tell(Resume())
        self._paused = False
        self._folder.update(status="running")

    def stop(self) -> None:
        """End the runs that go on, each with a checkpoint to go on from, and begin no other."""
        if not self._stopped:
            self._tell(Stop())
            self._stopped = True

    def look(self) -> None:
        """See what the runs are at, and begin the next; marks the study as ended when it is."""
        for trial, watch in list(self._going.items()):
            self._note(trial, watch.poll())
            if not watch.live:
                watch.close()
                del self._going[trial]
        if not self._paused and not self._stopped:
            while self._waiting and len(self._going) < self._at_once and not self._stopped:
                self._begin(self._waiting.pop(0))
            self._look_ahead()
        if self.done:
            self._end()

    def close(self) -> None:
        """Let go of everything; runs that go on are left to themselves."""
        for watch in self._going.values():
            watch.close()
        if self._warm is not None:
            self._warm.close()
            self._warm = None

    def _finished(self, trial: Trial) -> bool:
        run = self._folder.run_of(self._study, trial)
        try:
            return run.state_file.is_file() and run.state().status == "finished"
        except RunError:
            return False

    def _tell(self, message: Message) -> None:
        for watch in self._going.values():
            watch.send(message)

    def _note(self, trial: Trial, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Steps):
                self._left[trial] = event.seconds_left

    def _begin(self, trial: Trial) -> None:
        """Train a run, from where it stands where it was begun; what prevents that ends the study."""
        run = self._folder.run_of(self._study, trial)
        try:
            found = self._found(run) if run.path.exists() else None
            if found is None:
                if not run.path.exists():
                    self._folder.begin(self._study, trial).update(threads=self._threads)
                trainer = self._taken()
                trainer.start(run.path)
                found = RunWatch(run, trainer)
            self._going[trial] = found
        except (RunError, StorageError, EditError, CodegenError, ChannelError, OSError) as error:
            self._message = str(error)
            self.stop()

    def _found(self, run: RunDirectory) -> RunWatch | None:
        """A run that was begun before: the one going on, or None once it can be trained from where it
        stands, or is away because nothing of it can be used. Raises `ChannelError`, `UnwritableError`.
        """
        try:
            state = run.state()
        except RunError:
            shutil.rmtree(run.path)
            return None
        if state.status in LIVE and lives_here(state):
            try:
                return RunWatch(run, TrainerHandle.attach(run.path))
            except ChannelError:
                raise ChannelError(
                    f"{run.path} is trained by process {state.pid}, which does not answer; go on with "
                    "the study when that has ended."
                ) from None
        try:
            reopen(run)
        except UnwritableError:
            raise
        except RunError:
            shutil.rmtree(run.path)
        return None

    def _taken(self) -> TrainerHandle:
        warm, self._warm = self._warm, None
        if warm is not None and warm.alive():
            return warm
        if warm is not None:
            warm.close()
        return TrainerHandle.spawn_warm()

    def _look_ahead(self) -> None:
        """Start the process of the next run shortly before it is needed."""
        soon = any(self._left.get(trial, _AHEAD) < _AHEAD for trial in self._going)
        if self._warm is None and self._waiting and soon:
            try:
                self._warm = TrainerHandle.spawn_warm()
            except ChannelError as error:
                self._message = str(error)
                self.stop()

    def _end(self) -> None:
        self.close()
        left = self._stopped and not all(map(self._finished, self._study.trials))
        status = "failed" if self._message else "stopped" if left else "finished"
        self._folder.update(status=status, pid=0, address="", message=self._message)


def check_free(folder: StudyDirectory) -> None:
    """Raise `StudyError` where a living process trains a study."""
    runner = folder.runner()
    if runner.status in GOING and runner.pid != os.getpid() and process_lives(runner.pid):
        raise StudyError(
            f"{folder.path} is being trained by process {runner.pid}; stop that one before you go on."
        )


def _share(at_once: int) -> int:
    """Threads of each run, all cores but one shared among them; 0, as a run takes them, for one alone."""
    return 0 if at_once == 1 else max(1, ((os.cpu_count() or 2) - 1) // at_once)
