"""Watching one run: its events, its state, and its process's sudden end. Also used where no window is open."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.training.asking import Request, ask
from engine.training.control import Wish
from engine.training.events import (
    Event,
    EventError,
    Failed,
    SnapshotWritten,
    Steps,
    decode,
)
from engine.training.following import EventReader
from engine.training.rundir import LIVE, RunDirectory, RunError, RunState, Status, runs
from engine.training.standing import checkpoints
from engine.training.summary import Summary
from engine.workers import channel
from engine.workers.handles import TrainerHandle
from engine.workers.messages import Keep, Message, Pause, Refused, Resume, SetPlan, Stop

CHUNK = 2**16
"""Bytes of events that are read at a time, so that a long run's history does not hold a window up."""
SILENCE = 60.0
"""Seconds after which a run that is trained elsewhere, and tells nothing, is no longer taken to go on."""

FOLLOWING = 0.3
"""Seconds between two looks at a run that is followed through its directory, which may lie far away."""

_STATUS: dict[str, Status] = {
    "Preparing": "preparing",
    "Started": "running",
    "Resumed": "running",
    "Paused": "paused",
    "Stopped": "stopped",
    "Finished": "finished",
    "Failed": "failed",
}


class RunWatch:
    """A run and the trainer that has it; none where it has ended, or is trained by a process that this
    one cannot speak to, as on another machine: then its story is told from the beginning, and followed
    as long as it goes on. `status` is its state as far as the events were read.
    """

    def __init__(self, run: RunDirectory, trainer: TrainerHandle | None) -> None:
        self.run = run
        self.step = 0
        """The last step heard of."""
        state = run.state()
        self.status: Status = state.status
        self._host = state.host
        self._stamp: tuple[float, ...] = ()
        self._heard = time.monotonic()
        self._due = 0.0
        follows = trainer is None and self.status in LIVE and _heard_of(run, state)
        if trainer is None and self.status in LIVE and not follows:
            self.status = "stopped"  # Nothing is heard of it.
        self.telling = trainer is None and not follows
        """Whether more of the story of a run that has ended is to come."""
        self._trainer = trainer
        self._reader = EventReader(run)

    @property
    def live(self) -> bool:
        """Whether the run has not ended."""
        return self.status in LIVE

    @property
    def afar(self) -> bool:
        """Whether it is followed through its directory alone."""
        return self._trainer is None

    def send(self, command: Message) -> None:
        """Pass a command to the trainer, through the run's directory where there is no other way.

        Raises `RunError` where that cannot be written.
        """
        if self._trainer is not None:
            self._trainer.send(command)
        else:
            ask(self.run, _REQUESTS[type(command)](command))

    def poll(self) -> list[Event]:
        """The events since the last call, at most `CHUNK` bytes of them.

        When the trainer has died the run is marked as failed, and the last event says so.
        """
        if self._trainer is None:
            return self._follow() if self.live else self._tell()
        if not self.live:
            return []
        # Before the events are read: whatever a dead process wrote is there already.
        alive = self._trainer.alive()
        refusal = next((m for m in self._trainer.poll() if isinstance(m, Refused)), None)
        try:
            events = self._reader.read(CHUNK)
            drained = self._reader.drained
            self._note(events, drained)
            if refusal is not None:
                events.append(self._fail(refusal.message))
            elif not alive and drained and self.live:
                events += self._after_death()
        except (EventError, RunError, OSError) as error:
            return [self._fail(str(error))]
        return events

    def _follow(self) -> list[Event]:
        """What is new in the directory of a run that another process trains, some times a second."""
        now = time.monotonic()
        if now < self._due:
            return []
        try:
            found = self.run.events_file.stat()
            stamp = (found.st_size, found.st_mtime, self.run.state_file.stat().st_mtime)
            if stamp != self._stamp:
                self._stamp, self._heard = stamp, now
            events = self._reader.read(CHUNK)
            drained = self._reader.drained
            self._note(events, drained)
            if drained:
                self._due = now + FOLLOWING
            if drained and self.live and not events:
                events += self._unheard(now)
        except (EventError, RunError, OSError) as error:
            self.status = "failed"
            return [Failed(f"{self.run.path} cannot be followed any more: {error}")]
        return events

    def _unheard(self, now: float) -> list[Event]:
        """What there is to say of a run that tells nothing new: nothing, unless its process is gone."""
        state = self.run.state()
        if state.status not in LIVE:
            self.status = state.status
            return [Failed(state.message)] if state.status == "failed" else []
        gone = state.host == socket.gethostname() and not lives_here(state)
        if not gone and now - self._heard < SILENCE:
            return []
        self.status = "failed"
        if gone:
            return [bury(self.run)]
        return [
            Failed(
                f"Nothing has been heard of {self.run.path} for {SILENCE:.0f} s; look whether its process "
                f"on {state.host or 'its machine'} is still there."
            )
        ]

    def _tell(self) -> list[Event]:
        """The next portion of what a run that has ended has told; a damaged story ends early."""
        if not self.telling:
            return []
        try:
            events = self._reader.read(CHUNK)
        except (EventError, RunError):
            events = []
        self.telling = bool(events)
        return events

    def close(self) -> None:
        """Let go of the trainer; one whose run goes on is left to itself."""
        if self._trainer is not None:
            self._trainer.close()

    def _note(self, events: list[Event], drained: bool) -> None:
        latest: Status | None = None
        for event in events:
            status = _STATUS.get(type(event).__name__)
            latest = status or latest
            if isinstance(event, (Steps, SnapshotWritten)):
                self.step = max(self.step, event.step)
        # History read again on attaching is not the present: only its end is.
        if latest is not None and drained:
            self.status = latest

    def _after_death(self) -> list[Event]:
        state = self.run.state()
        if state.status in LIVE:
            event = bury(self.run, self._trainer.ending() if self._trainer else "")
            self.status = "failed"
            return [event]
        self.status = state.status
        # On a full disk a run may have been able to mark itself as failed, but not to tell of it.
        return [Failed(state.message)] if state.status == "failed" else []

    def _fail(self, message: str) -> Event:
        self.status = "failed"
        with contextlib.suppress(RunError, OSError):
            if self.run.state().status in LIVE:
                self.run.update(status="failed", message=message)
        return Failed(message)


_REQUESTS: dict[type[Message], Callable[[Any], Request]] = {
    Pause: lambda _: "pause",
    Resume: lambda _: "resume",
    Stop: lambda _: "stop",
    Keep: lambda _: Wish(checkpoint=True),
    SetPlan: lambda plan: Wish(rate=plan.rate or None, epochs=plan.epochs or None),
}


def _heard_of(run: RunDirectory, state: RunState) -> bool:
    """Whether a run that says that it goes on is trained by somebody."""
    if not state.pid:
        return False
    if state.host == socket.gethostname():
        return process_lives(state.pid)
    try:
        heard = max(file.stat().st_mtime for file in (run.state_file, run.events_file))
    except OSError:
        return False
    return lives_here(state) or time.time() - heard < SILENCE


def bury(run: RunDirectory, ending: str = "") -> Failed:
    """Mark a run whose process is gone as failed; the event that says so. Raises `RunError`.

    `ending` tells how the process ended, as ` (killed by signal 9)`.
    """
    step = last_step(run)
    found = checkpoints(run)
    remedy = (
        f"go on from its checkpoint of step {int(found[-1].name):,}, or train again from the start"
        if found
        else "there is no checkpoint of it, so train again from the start"
    )
    event = Failed(
        f"The training process ended unexpectedly{ending} after step {step:,}; {remedy}.",
        _log_end(run),
    )
    # Where the disk is full the one may be possible and the other not.
    with contextlib.suppress(OSError):
        run.append(event)
    with contextlib.suppress(OSError):
        run.update(status="failed", message=event.message)
    return event


def live_run(base: Path) -> RunDirectory | None:
    """The newest run in a folder that a living process trains and that can be attached to.

    Runs that claim to go on while their process is gone are marked as failed on the way.
    """
    for run in runs(base):
        with contextlib.suppress(RunError, OSError):
            state = run.state()
            if state.status not in LIVE or not state.pid:
                continue
            if state.host not in ("", socket.gethostname()):
                continue
            if not process_lives(state.pid):
                bury(run)
            elif state.address and channel.listening(state.address):
                return run
    return None


def ended_run(base: Path) -> RunDirectory | None:
    """The newest run in a folder, if it came to its end, was stopped, or died and can go on."""
    run = next(runs(base), None)
    with contextlib.suppress(RunError, OSError):
        if run is None:
            return None
        status = run.state().status
        if status in ("finished", "stopped") or (status == "failed" and checkpoints(run)):
            return run
    return None


def goes_on(summary: Summary) -> bool:
    """Whether a run that says so goes on: its process lives on this machine, or it was heard of lately,
    as from a machine that shares the folder.
    """
    if not summary.live:
        return False
    if summary.host == socket.gethostname() and summary.pid:
        return process_lives(summary.pid)
    here = not summary.host and bool(summary.pid) and process_lives(summary.pid)
    return here or time.time() - summary.heard < SILENCE


def lives_here(state: RunState) -> bool:
    """Whether the process that trains a run lives on this machine."""
    here = state.host in ("", socket.gethostname())
    return here and bool(state.pid) and process_lives(state.pid)


def process_lives(pid: int) -> bool:
    """Whether a process has this number."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
        if not handle:
            return False
        code = ctypes.c_ulong()
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return code.value == 259  # STILL_ACTIVE
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def last_step(run: RunDirectory) -> int:
    """The last step in the events of a run whose process is gone; a last line that the process could not finish is cut off."""
    step = 0
    with contextlib.suppress(OSError), run.events_file.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        start = max(0, size - CHUNK)
        file.seek(start)
        data = file.read()
        whole = data.rfind(b"\n") + 1
        file.truncate(start + whole)
        for line in data[:whole].decode(errors="replace").split("\n")[bool(start) :]:
            with contextlib.suppress(EventError):
                event = decode(line)
                if isinstance(event, (Steps, SnapshotWritten)):
                    step = max(step, event.step)
    return step


def _log_end(run: RunDirectory) -> str:
    try:
        return run.log_file.read_text(errors="replace")[-16_000:]
    except OSError:
        return ""
