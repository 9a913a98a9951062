"""The run directory: everything about one run, as files that other processes and tools read.

project.convo         the drawing, the data and the recipe that are trained
model.py              the source that is trained, to the letter
run.json              who runs it, and how it stands: `RunState`
events.jsonl          what happened, a line per event
snapshot.safetensors  the latest weights while it runs
weights.safetensors   the weights at its end
outputs.safetensors   `inputs`: some normalised images (n, channels, height, width); `outputs`:
                      what the trained module in evaluation mode makes of them on the CPU
                      (`outputs1` and so on: the same of further Outputs)
predictions/          the classes guessed of the validation and the test images, see `predictions`
checkpoints/          all that the run needs to go on from there, see `standing`
taken-back-BYTE.jsonl what was told after that byte of `events.jsonl`, while a run is being gone on with
events.out.tfevents…  the same as `events.jsonl`, and pictures, for TensorBoard, see `tensorboard`
log.txt               what went wrong, in full
asked.jsonl           what is asked of the process that trains, see `asking`, if anything
about.json            the name, note and tags that a person gave it, if any
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from io import FileIO
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from engine.data.home import home
from engine.network import storage
from engine.network.project import Project
from engine.network.storage import StorageError, reason, replace_file
from engine.training.events import Event, decode, encode, later, typed

Status: TypeAlias = Literal["preparing", "running", "paused", "finished", "stopped", "failed"]
PredictedPart: TypeAlias = Literal["validation", "test"]
"""The images of a dataset that are guessed but not learned from."""
LIVE: tuple[Status, ...] = ("preparing", "running", "paused")
"""The states of a run that has not ended."""

_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
_writing = threading.Lock()
_TAKEN = "taken-back-"


class RunError(Exception):
    """What is wrong with a run directory, in one sentence."""


class UnwritableError(RunError):
    """That a run directory is as it was, but cannot be written."""


@dataclass(frozen=True)
class RunState:
    """How a run stands. `mean` and `std` are per channel of pixel / 255; `created` is a Unix time in seconds.

    `pid` and `address` are those of the process that trains (0 and empty: none yet), `threads` the
    number it computes with (0 before it starts: all cores but one), `classes` the
    class names, `frozen` the paths of the modules that do not learn, `message` the sentence of a failure. `test_loss` and `test_accuracy` are those of
    the last weights on the dataset's test images, where it has some and the run finished. `parent` is the
    directory of the run that this one began from, after its step `parent_step`; empty: from nothing.
    `ended` is the Unix time in seconds at which it ended, 0 while it goes on. `host` names the machine
    that `pid` counts on, and `processes` how many train together (0: as many as the recipe says).
    `launch` is torchrun's name for what started them.
    """

    status: Status = "preparing"
    name: str = ""
    created: float = 0.0
    pid: int = 0
    address: str = ""
    device: str = ""
    threads: int = 0
    seed: int = 0
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    classes: tuple[str, ...] = ()
    frozen: tuple[str, ...] = later(())
    message: str = ""
    test_loss: float | None = None
    test_accuracy: float | None = None
    parent: str = later("")
    parent_step: int = later(0)
    ended: float = later(0.0)
    host: str = later("")
    processes: int = later(0)
    launch: str = later("")


@dataclass(frozen=True)
class RunDirectory:
    """One run's directory. The methods may be called from several threads of one process."""

    path: Path

    @property
    def project_file(self) -> Path:
        return self.path / "project.convo"

    @property
    def source_file(self) -> Path:
        return self.path / "model.py"

    @property
    def state_file(self) -> Path:
        return self.path / "run.json"

    @cached_property
    def events_file(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def snapshot_file(self) -> Path:
        return self.path / "snapshot.safetensors"

    @property
    def weights_file(self) -> Path:
        return self.path / "weights.safetensors"

    @property
    def outputs_file(self) -> Path:
        return self.path / "outputs.safetensors"

    def predictions_file(self, part: PredictedPart) -> Path:
        return self.path / "predictions" / f"{part}.safetensors"

    @property
    def checkpoints_folder(self) -> Path:
        return self.path / "checkpoints"

    @property
    def log_file(self) -> Path:
        return self.path / "log.txt"

    @property
    def asked_file(self) -> Path:
        return self.path / "asked.jsonl"

    @property
    def about_file(self) -> Path:
        return self.path / "about.json"

    @staticmethod
    def create(base: Path, project: Project, source_text: str) -> RunDirectory:
        """Make a new directory inside `base`, named by the time and the project."""
        stem = re.sub(r"[^a-z0-9]+", "-", project.name.lower()).strip("-")[:40] or "run"
        stamp = time.strftime("%Y%m%d-%H%M%S")
        for number in range(1, 1000):
            path = base / (f"{stamp}-{stem}" if number == 1 else f"{stamp}-{stem}-{number}")
            if not path.exists():
                return RunDirectory.create_at(path, project, source_text)
        raise RunError(f"{base} has a thousand runs of this second already; try again.")

    @staticmethod
    def create_at(path: Path, project: Project, source_text: str) -> RunDirectory:
        """Make `path` a run directory; raises `RunError` where it holds anything or cannot be written."""
        run = RunDirectory(path.absolute())
        fresh = not path.exists()
        try:
            if not fresh and (not path.is_dir() or any(path.iterdir())):
                raise RunError(f"{path} is not an empty folder; name a new one for the run.")
            path.mkdir(parents=True, exist_ok=True)
            storage.save(project, run.project_file)
            replace_file(run.source_file, source_text.encode())
            run.events_file.touch()
            run.log_file.touch()
            # Last, because its presence is what makes the folder a run.
            run._write(RunState(name=project.name, created=time.time(), seed=project.recipe.seed))
        except (OSError, StorageError) as error:
            if fresh:
                # What is no run would lie there unseen.
                shutil.rmtree(path, ignore_errors=True)
            why = f"{reason(error)}." if isinstance(error, OSError) else str(error)
            raise RunError(f"The run cannot be written to {path}: {why}") from error
        return run

    @staticmethod
    def open(path: Path) -> RunDirectory:
        """The run in `path`; raises `RunError` where there is none."""
        run = RunDirectory(path.absolute())
        if not run.state_file.is_file():
            raise RunError(f"{path} is not a run: it has no {run.state_file.name}.")
        return run

    def project(self) -> Project:
        """What is trained; raises `StorageError`."""
        return storage.load(self.project_file)

    def source_text(self) -> str:
        """The Python source that is trained; raises `RunError`."""
        try:
            return self.source_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = reason(error) if isinstance(error, OSError) else str(error)
            raise RunError(f"{self.source_file} cannot be read: {why}.") from error

    def state(self) -> RunState:
        """How the run stands; raises `RunError`."""
        try:
            state = RunState(**typed(RunState, json.loads(self.state_file.read_bytes())))
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise RunError(f"{self.state_file} cannot be read: {error}.") from error
        if state.status not in get_args(Status):
            raise RunError(f"{self.state_file} has the unknown status {state.status!r}.")
        return state

    def update(self, **changes: Any) -> RunState:
        """Set fields of the state; the file is replaced at once and as a whole.

        A status also sets when the run ended. Where the disk has no room for a second file the first
        is written over, which takes none.
        """
        if "status" in changes:
            changes = {"ended": 0.0 if changes["status"] in LIVE else time.time(), **changes}
        with _writing:
            state = replace(self.state(), **changes)
            try:
                self._write(state)
            except OSError as error:
                if not disk_full(error):
                    raise
                with self.state_file.open("r+b") as file:
                    file.write(_text(state))
                    file.truncate()
        return state

    def append(self, *events: Event) -> None:
        """Add events, in one write."""
        lines = "".join(f"{encode(event)}\n" for event in events).encode()
        with _writing:
            # Not a file object, which takes longer to make than the system to write these lines.
            handle = os.open(self.events_file, _APPEND, 0o666)
            try:
                while lines:
                    lines = lines[os.write(handle, lines) :]
            finally:
                os.close(handle)

    def take_back(self, length: int) -> None:
        """Cut the events off after byte `length`, until `put_back` or `settle`. Raises `OSError`."""
        self.put_back()
        with _writing, self.events_file.open("r+b") as file:
            if length < file.seek(0, os.SEEK_END):
                file.seek(length)
                replace_file(self.path / f"{_TAKEN}{length}.jsonl", file.read())
                file.truncate(length)

    def put_back(self) -> None:
        """Tell again what was cut off and not settled since, before what was told later. Raises `OSError`."""
        for aside in self.path.glob(f"{_TAKEN}*.jsonl"):
            length = int(aside.stem.removeprefix(_TAKEN))
            with _writing, self.events_file.open("r+b", buffering=0) as file:
                file.seek(length)
                lines = aside.read_bytes() + file.read()
                if not _written(file, length, lines):
                    # On a full disk the copy makes way for what it is a copy of.
                    aside.unlink()
                    if not _written(file, length, lines):
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file.name))
            aside.unlink(missing_ok=True)

    def settle(self) -> None:
        """Forget for good what was cut off. Raises `OSError`."""
        for aside in self.path.glob(f"{_TAKEN}*.jsonl"):
            aside.unlink()

    def log(self, text: str) -> None:
        """Add lines to the log."""
        with _writing, self.log_file.open("a", encoding="utf-8") as file:
            file.write(text.rstrip("\n") + "\n")

    def events(self, after: int = 0, limit: int = -1) -> tuple[list[Event], int]:
        """The events from byte `after` on, and the byte to go on from.

        At most `limit` bytes and the rest of that line are read (-1: all). A last line that is still
        being written is left for the next call. Raises `EventError` for a damaged line and
        `RunError` for an unreadable file.
        """
        try:
            with self.events_file.open("rb") as file:
                file.seek(after)
                data = file.read(limit)
                if limit >= 0:
                    data += file.readline()
        except OSError as error:
            raise RunError(f"{self.events_file} cannot be read: {reason(error)}.") from error
        whole = data[: data.rfind(b"\n") + 1]
        lines = whole.decode(errors="replace").split("\n")
        return [decode(line) for line in lines if line], after + len(whole)

    def _write(self, state: RunState) -> None:
        replace_file(self.state_file, _text(state))


def _written(file: FileIO, at: int, data: bytes) -> bool:
    """Whether there was room to write all of `data` at a byte of an unbuffered file."""
    file.seek(at)
    try:
        while data:
            data = data[file.write(data) :]
    except OSError as error:
        if not disk_full(error):
            raise
        return False
    return True


def _text(state: RunState) -> bytes:
    text = json.dumps(asdict(state), indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode()


def disk_full(error: Exception) -> bool:
    """Whether an error says that there is no room, or none left of what one may use."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def runs_folder() -> Path:
    """Where runs lie when no place is named; it may not exist yet."""
    return home() / "runs"


def studies_folder() -> Path:
    """Where studies lie when no place is named, each a folder of runs; it may not exist yet."""
    return home() / "studies"


def runs(base: Path) -> Iterator[RunDirectory]:
    """The runs in a folder, the newest first."""
    if base.is_dir():
        for path in sorted(base.iterdir(), reverse=True):
            if (path / "run.json").is_file():
                yield RunDirectory(path.absolute())
