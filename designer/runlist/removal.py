"""Deleting runs so that it can be taken back: into the system's trash, or aside until the program ends."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QFile

from engine.network.storage import reason
from engine.training.rundir import RunError
from engine.training.runlist import elsewhere, forget, remember
from engine.training.summary import Summary
from engine.workers.watch import goes_on


@dataclass(frozen=True)
class Removed:
    """Where a run lay, and where it lies now, None where the system does not tell; `listed` among those
    that lie elsewhere than in the user's folder.
    """

    path: Path
    now: Path | None
    listed: bool = False


class Removal:
    """Takes runs away, and gives the last ones back."""

    def __init__(self) -> None:
        self.last: tuple[Removed, ...] = ()
        """What `undo` would bring back."""
        self._aside: list[Path] = []

    def remove(self, runs: Iterable[Summary]) -> list[str]:
        """Take these runs away, but for those that go on; a sentence for each that stays."""
        removed: list[Removed] = []
        troubles: list[str] = []
        for run in runs:
            if goes_on(run):
                troubles.append(f"{run.name} goes on; stop it before you delete it.")
                continue
            if not run.path.is_dir() and run.path in elsewhere():
                _forget(run.path, troubles)
                continue
            listed = run.path in elsewhere()
            try:
                removed.append(replace(self._take(run.path), listed=listed))
            except OSError as error:
                troubles.append(f"{run.path} cannot be deleted: {reason(error)}.")
                continue
            if listed:
                _forget(run.path, troubles)
        self.last = tuple(item for item in removed if item.now is not None)
        return troubles

    def undo(self) -> list[str]:
        """Put the runs that were taken away last where they were; a sentence for each that cannot be."""
        troubles: list[str] = []
        for item in self.last:
            try:
                assert item.now is not None
                if item.path.exists():
                    raise FileExistsError(17, "something else lies there now")
                shutil.move(item.now, item.path)
                self._aside = [path for path in self._aside if path != item.now]
                if item.listed:
                    remember(item.path)
            except RunError as error:
                troubles.append(str(error))
            except OSError as error:
                troubles.append(f"{item.path} cannot be brought back: {reason(error)}.")
        self.last = ()
        return troubles

    def close(self) -> None:
        """Delete what was put aside for good."""
        for path in self._aside:
            shutil.rmtree(path, ignore_errors=True)
        self._aside = []

    def _take(self, path: Path) -> Removed:
        file = QFile(str(path))
        if file.moveToTrash():
            now = Path(file.fileName())
            return Removed(path, now if now != path else None)
        aside = _free(path.with_name(f".deleted-{path.name}"))
        path.rename(aside)
        self._aside.append(aside)
        return Removed(path, aside)


def _free(path: Path) -> Path:
    """A path at which nothing lies."""
    number = 2
    found = path
    while found.exists():
        found = path.with_name(f"{path.name}-{number}")
        number += 1
    return found


def _forget(path: Path, troubles: list[str]) -> None:
    try:
        forget(path)
    except RunError as error:
        troubles.append(str(error))
