"""Summary: what a run directory says, as one small value, kept up to date by reading what is new.

The events of a long run are tens of megabytes, nearly all of them the losses of single steps. Of
those lines only the last is decoded, so that a run is summed up about as fast as its file is read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from engine.network.storage import StorageError, reason
from engine.training.about import About, read_about
from engine.training.events import (
    Changed,
    EpochEnded,
    Event,
    EventError,
    Failed,
    Finished,
    Started,
    Steps,
    decode,
)
from engine.training.rundir import LIVE, RunDirectory, RunError

Stamp: TypeAlias = tuple[int, int, int]
"""A file's size in bytes, its time of change in nanoseconds and its number; zeros where it is missing."""

UNREADABLE = "unreadable"
"""The status of a run whose `run.json` does not tell one."""
CHUNK = 2**20
"""Bytes of events that are read at a time."""
TAIL = 80
"""Bytes by which it is recognised that a file was only added to."""
_MISSING: Stamp = (0, 0, 0)
_STEPS = b'{"event": "Steps"'
_MEASURED = b'{"event": "Measured"'


@dataclass(frozen=True)
class Summary:
    """How a run stands and what came of it. Times are Unix times in seconds, 0 where not known.

    Losses are means over images of what the recipe makes small, accuracies parts of 1; both are None
    where none is known. Those of the last epoch stand beside the best of all, which may be of
    different epochs. `heard` is when the run last told of itself. `trouble` is one sentence about
    what of its files cannot be read, empty where all can. `parent` is the directory of the run that it
    began from, after that one's step `parent_step`. `host` names the machine that `pid` counts on.
    """

    path: Path
    about: About = About()
    network: str = ""
    status: str = UNREADABLE
    created: float = 0.0
    ended: float = 0.0
    heard: float = 0.0
    pid: int = 0
    host: str = ""
    device: str = ""
    seed: int = 0
    message: str = ""
    parent: str = ""
    parent_step: int = 0
    epochs: int = 0
    epochs_done: int = 0
    step: int = 0
    train_loss: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None
    best_loss: float | None = None
    best_accuracy: float | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None
    parameters: int | None = None
    data: str = ""
    optimizer: str = ""
    learning_rate: float | None = None
    batch_size: int | None = None
    trouble: str = ""

    @property
    def name(self) -> str:
        """The name that a person gave it, else its network's, else its folder's."""
        return self.about.name or self.network or self.path.name

    @property
    def live(self) -> bool:
        """Whether it says that it goes on."""
        return self.status in LIVE

    @property
    def seconds(self) -> float | None:
        """From its making to its end, pauses included; while it goes on, to when it last told of itself."""
        end = self.heard if self.live else self.ended
        return max(0.0, end - self.created) if end and self.created else None


class Reading:
    """A run that is read again and again. `summary` is what it said at the last `look`."""

    def __init__(self, path: Path, summary: Summary | None = None) -> None:
        self.run = run = RunDirectory(path)
        self.summary = summary or Summary(path)
        self.stamps: dict[str, Stamp] = {}
        """By path, what the files were when they were last read."""
        self.read = 0
        """Bytes of the events that were read."""
        self.tail = b""
        """The last of them. Where others stand in their place the run was taken back and has gone on."""
        self.damaged = 0
        """Lines of the events that are none."""
        self._troubles: dict[str, str] = {}
        self._readers = {
            str(run.state_file): self._read_state,
            str(run.about_file): self._read_about,
            str(run.project_file): self._read_project,
            str(run.events_file): self._read_events,
        }

    def look(self) -> bool:
        """Read what is new; whether the summary is another one than before."""
        before = self.summary
        stamps = {file: _stamp(file) for file in self._readers}
        if stamps == self.stamps and not before.trouble:
            return False
        if not self.run.path.is_dir():
            self.summary = replace(before, trouble=f"{self.run.path} is not there any more.")
            return self.summary != before
        events = str(self.run.events_file)
        for file, read in self._readers.items():
            # What could not be read is tried again: a permission leaves no trace in the stamp.
            if stamps[file] != self.stamps.get(file) or self._troubles.get(file):
                self._troubles[file] = read()
        self.stamps = stamps
        told = max(stamps[str(self.run.state_file)][1], stamps[events][1])
        trouble = " ".join(filter(None, self._troubles.values()))
        self.summary = replace(self.summary, heard=told / 1e9, trouble=trouble)
        return self.summary != before

    def _read_state(self) -> str:
        try:
            state = self.run.state()
        except RunError as error:
            missing = not self.run.state_file.exists()
            self.summary = replace(self.summary, status=UNREADABLE)
            return f"{self.run.path} has no run.json." if missing else str(error)
        self.summary = replace(
            self.summary,
            network=state.name,
            status=state.status,
            created=state.created,
            ended=state.ended,
            pid=state.pid,
            host=state.host,
            device=state.device,
            seed=state.seed,
            message=state.message,
            parent=state.parent,
            parent_step=state.parent_step,
            test_loss=state.test_loss,
            test_accuracy=state.test_accuracy,
        )
        return ""

    def _read_about(self) -> str:
        try:
            self.summary = replace(self.summary, about=read_about(self.run))
        except RunError as error:
            return str(error)
        return ""

    def _read_project(self) -> str:
        try:
            project = self.run.project()
        except StorageError as error:
            return str(error)
        self.summary = replace(
            self.summary,
            network=self.summary.network or project.name,
            data=project.data.name,
            optimizer=project.recipe.optimizer.kind(),
            learning_rate=project.recipe.optimizer.learning_rate,
            batch_size=project.recipe.batch_size,
            epochs=self.summary.epochs or project.recipe.epochs,
        )
        return ""

    def _forget(self) -> None:
        """The events are others than before: begin anew."""
        self.read = self.damaged = 0
        self.tail = b""
        self.summary = replace(
            self.summary,
            epochs_done=0,
            step=0,
            train_loss=None,
            val_loss=None,
            val_accuracy=None,
            best_loss=None,
            best_accuracy=None,
            parameters=None,
        )

    def _read_events(self) -> str:
        try:
            with self.run.events_file.open("rb") as file:
                file.seek(self.read - len(self.tail))
                if file.read(len(self.tail)) != self.tail:
                    self._forget()
                    file.seek(0)
                while data := file.read(CHUNK):
                    data += file.readline()
                    whole = data[: data.rfind(b"\n") + 1]
                    self.read += len(whole)
                    self.tail = (self.tail + whole)[-TAIL:]
                    self._take(whole.split(b"\n"))
                    if len(whole) < len(data):
                        break
        except FileNotFoundError:
            return f"{self.run.path} has no events.jsonl, so its curves are not known."
        except OSError as error:
            return f"{self.run.events_file} cannot be read: {reason(error)}."
        if not self.damaged:
            return ""
        lines = "1 line" if self.damaged == 1 else f"{self.damaged:,} lines"
        return f"{lines} of {self.run.events_file} cannot be read and were left out."

    def _take(self, lines: list[bytes]) -> None:
        """Fold whole lines into the summary."""
        changes: dict[str, Any] = {}
        steps = b""
        for line in lines:
            if line.startswith(_STEPS):
                steps = line
            elif line and not line.startswith(_MEASURED):
                self._fold(line, changes)
        if steps:
            self._fold(steps, changes)
        if changes:
            self.summary = replace(self.summary, **changes)

    def _fold(self, line: bytes, changes: dict[str, Any]) -> None:
        try:
            event = decode(line.decode(errors="replace"))
        except EventError:
            self.damaged += 1
            return
        changes.update(_figures(event, {**vars(self.summary), **changes}))


def _figures(event: Event, known: Mapping[str, Any]) -> dict[str, Any]:
    """What an event changes in a summary with the fields `known`."""
    match event:
        case Started():
            return {"epochs": event.epochs, "parameters": event.parameters}
        case Changed():
            return {"epochs": event.epochs}
        case Steps():
            return {"step": max(event.step, known["step"])}
        case EpochEnded():
            losses = [known["best_loss"], event.val_loss]
            accuracies = [known["best_accuracy"], event.val_accuracy]
            return {
                "epochs_done": event.epoch,
                "step": max(event.step, known["step"]),
                "train_loss": event.train_loss,
                "val_loss": event.val_loss,
                "val_accuracy": event.val_accuracy,
                "best_loss": min((item for item in losses if item is not None), default=None),
                "best_accuracy": max(
                    (item for item in accuracies if item is not None), default=None
                ),
            }
        case Finished():
            return {"test_loss": event.test_loss, "test_accuracy": event.test_accuracy}
        case Failed():
            return {"message": event.message}
        case _:
            return {}


def _stamp(file: str) -> Stamp:
    try:
        found = os.stat(file)  # noqa: PTH116 - a list has thousands, and a Path takes as long again
    except (OSError, ValueError):
        return _MISSING
    return found.st_size, found.st_mtime_ns, found.st_ino
