"""Reading runs beside the window's own work: their summaries, and the stories of some of them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from designer.runlist.foreign import ForeignRun, foreign_runs
from engine.training.events import Event, EventError, decode
from engine.training.rundir import RunDirectory
from engine.training.runlist import RunList
from engine.training.summary import Summary

CHUNK = 2**18
"""Bytes of a story that are decoded at a time, so that the window gets its turn in between."""


@dataclass(frozen=True)
class Story:
    """What a run has told since the last time; with `anew` what it told before counts no more."""

    path: Path
    events: tuple[Event, ...]
    anew: bool = False


@dataclass(frozen=True)
class Gone:
    """A run is in the list no longer."""

    path: Path


@dataclass(frozen=True)
class Looked:
    """A look at all runs is over."""


@dataclass(frozen=True)
class ForeignRead:
    """The runs that the event files of another tool tell of; with a sentence where there are none."""

    path: Path
    runs: tuple[ForeignRun, ...]
    trouble: str = ""


Told: TypeAlias = Summary | Story | Gone | Looked | ForeignRead


class RunsReader:
    """One thread that reads; `poll` brings what it has found. Nothing here waits for the disk."""

    def __init__(self) -> None:
        self._told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        self._wake = threading.Condition()
        self._asked: list[bool] = []
        self._followed: tuple[Path, ...] = ()
        self._foreign: list[Path] = []
        self._closed = False
        self._thread: threading.Thread | None = None

    def look(self, whole: bool) -> None:
        """Find out what is new: in all runs, or in those that go on and those that are followed."""
        with self._wake:
            self._asked = [*self._asked, whole][-2:]
            self._begin()

    def follow(self, paths: Iterable[Path]) -> None:
        """Read the stories of these runs, and of no others; what is new in them at every look."""
        with self._wake:
            self._followed = tuple(paths)
            self._asked = self._asked or [False]
            self._begin()

    def read_foreign(self, path: Path) -> None:
        """Read a folder of event files once."""
        with self._wake:
            self._foreign.append(path)
            self._begin()

    def poll(self) -> list[Told]:
        """What was found since the last call."""
        found: list[Told] = []
        with suppress(queue.Empty):
            while True:
                found.append(self._told.get_nowait())
        return found

    def close(self) -> None:
        """Stop reading; what was asked for is not finished."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _begin(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._read, name="runs", daemon=True)
            self._thread.start()
        self._wake.notify_all()

    def _read(self) -> None:
        """The thread."""
        known = RunList()
        for summary in known.summaries:
            self._told.put(summary)
        stories: dict[Path, _Followed] = {}
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._asked or self._foreign or self._closed)
                if self._closed:
                    break
                whole, self._asked = any(self._asked), []
                followed = self._followed
                foreign, self._foreign = self._foreign, []
            for path in foreign:
                self._told.put(_read_foreign(path))
            stories = {path: stories.get(path) or _Followed(path) for path in followed}
            for found in known.look(whole):
                self._told.put(Gone(found) if isinstance(found, Path) else found)
                if self._closed:
                    break
            for story in stories.values():
                self._tell(story, followed)
            if whole:
                self._told.put(Looked())
                known.save()
        known.save()

    def _tell(self, story: _Followed, followed: tuple[Path, ...]) -> None:
        while not self._closed and self._followed == followed:
            told = story.more()
            if told is None:
                return
            self._told.put(told)


def _read_foreign(path: Path) -> ForeignRead:
    # Imports TensorBoard, which takes a fifth of a second.
    from engine.interop.scalars import ScalarsError, read_scalars

    try:
        found = foreign_runs(path.name, read_scalars(path))
    except (ScalarsError, OSError) as error:
        return ForeignRead(path, (), str(error))
    if not found:
        sentence = f"{path} has event files, but no scalar with loss or accuracy in its name."
        return ForeignRead(path, (), sentence)
    return ForeignRead(path, found)


class _Followed:
    """A run whose whole story is told, portion by portion."""

    def __init__(self, path: Path) -> None:
        self._run = RunDirectory(path)
        self._read = 0
        self._begun = False

    def more(self) -> Story | None:
        """The next portion, None where there is nothing new. Damaged lines are left out."""
        anew = not self._begun
        try:
            with self._run.events_file.open("rb") as file:
                if file.seek(0, 2) < self._read:
                    self._read, anew = 0, True
                file.seek(self._read)
                data = file.read(CHUNK)
                data += file.readline()
        except OSError:
            return None
        whole = data[: data.rfind(b"\n") + 1]
        if not whole:
            return None
        self._read += len(whole)
        self._begun = True
        events: list[Event] = []
        for line in whole.decode(errors="replace").split("\n"):
            if line:
                with suppress(EventError):
                    events.append(decode(line))
        return Story(self._run.path, tuple(events), anew)
