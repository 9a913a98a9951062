"""The list of runs: those in the user's folder, those of studies, and those elsewhere that were opened once.

What was found is kept in `runs-index.json` beside the folder, so that a list of thousands is there
at once the next time; it may be deleted at any time. `runs-elsewhere.json` has the paths of runs
that lie in no folder of the program's own, and is the user's.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, cast

from engine.data.home import home
from engine.network.storage import reason, replace_file
from engine.training.about import About
from engine.training.rundir import RunDirectory, RunError, runs_folder, studies_folder
from engine.training.summary import Reading, Stamp, Summary

_VERSION = 2
"""Of the index; one of another version is not read."""
_MARKS = ("run.json", "events.jsonl", "project.convo")
"""A folder that has any of these is a run, be it a damaged one."""


class RunList:
    """All runs and what they say. `look` finds out what is new; the methods belong to one thread."""

    def __init__(self) -> None:
        self._readings: dict[Path, Reading] = {}
        self._unsaved = False
        self._restore()

    @property
    def summaries(self) -> list[Summary]:
        """What is known of all runs, the newest first."""
        found = [reading.summary for reading in self._readings.values()]
        return sorted(found, key=lambda item: (item.created, str(item.path)), reverse=True)

    def look(self, whole: bool = True) -> Iterator[Summary | Path]:
        """Read what is new: summaries that changed, and the paths of runs that are gone.

        Without `whole` only runs that go on are looked at.
        """
        if not whole:
            for reading in self._readings.values():
                if reading.summary.live and reading.look():
                    yield reading.summary
            return
        paths = list(dict.fromkeys((*_within(runs_folder()), *_studied(), *elsewhere())))
        for path in self._readings.keys() - set(paths):
            del self._readings[path]
            self._unsaved = True
            yield path
        for path in paths:
            reading = self._readings.setdefault(path, Reading(path))
            if reading.look():
                self._unsaved = True
                yield reading.summary

    def save(self) -> None:
        """Keep what is known for the next time; without room for it the next time takes longer."""
        if not self._unsaved:
            return
        rows = [
            _row(reading)
            for reading in self._readings.values()
            if not reading.summary.live and not reading.summary.trouble
        ]
        with suppress(OSError):
            home().mkdir(parents=True, exist_ok=True)
            text = json.dumps({"version": _VERSION, "runs": rows}, ensure_ascii=False)
            replace_file(_index(), text.encode(errors="replace"))
            self._unsaved = False

    def _restore(self) -> None:
        """Take in what an earlier list has kept; one that cannot be used is left alone."""
        try:
            kept: Any = json.loads(_index().read_bytes())
            if kept["version"] != _VERSION:
                return
            for row in kept["runs"]:
                reading = _reading(row)
                self._readings[reading.run.path] = reading
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._readings.clear()


def elsewhere() -> tuple[Path, ...]:
    """Runs outside the program's own folders that were opened once, the first opened first."""
    try:
        words: Any = json.loads(_elsewhere().read_bytes())
    except (OSError, ValueError, RecursionError):
        return ()
    if not isinstance(words, list):
        return ()
    return tuple(Path(word) for word in cast("list[Any]", words) if isinstance(word, str))


def remember(path: Path) -> RunDirectory:
    """Have a run in the list, wherever it lies; raises `RunError` where there is none."""
    run = RunDirectory.open(path)
    own = [folder.resolve() for folder in _folders()]
    if run.path.parent.resolve() not in own and run.path not in elsewhere():
        _keep((*elsewhere(), run.path))
    return run


def forget(path: Path) -> None:
    """Have a run outside the user's folder in the list no longer; the run itself stays. Raises `RunError`."""
    if path in elsewhere():
        _keep(item for item in elsewhere() if item != path)


def find(name: str) -> RunDirectory:
    """The run at a path, or of this name in the user's folder; raises `RunError`."""
    path = Path(name)
    if not path.is_dir() and (runs_folder() / name).is_dir():
        path = runs_folder() / name
    if not path.is_dir():
        raise RunError(f"{name} is no run: neither a folder nor one of those in {runs_folder()}.")
    return RunDirectory.open(path)


def _keep(paths: Iterable[Path]) -> None:
    try:
        home().mkdir(parents=True, exist_ok=True)
        text = json.dumps([str(path) for path in paths], indent=1)
        replace_file(_elsewhere(), text.encode())
    except OSError as error:
        raise RunError(f"{_elsewhere()} cannot be written: {reason(error)}.") from None


def _folders() -> list[Path]:
    """The folders of the program's own that runs lie in: theirs, and one of each study."""
    try:
        studies = sorted(studies_folder().iterdir(), reverse=True)
    except OSError:
        studies = []
    return [runs_folder(), *studies]


def _within(folder: Path) -> list[Path]:
    """The runs in a folder, damaged ones too, the newest first."""
    try:
        with os.scandir(folder) as inside:
            names = sorted((item.name for item in inside), reverse=True)
    except OSError:
        return []
    base = str(folder.absolute())
    return [
        folder.absolute() / name
        for name in names
        if name[0] != "." and any(os.path.isfile(f"{base}/{name}/{mark}") for mark in _MARKS)  # noqa: PTH113
    ]


def _studied() -> list[Path]:
    """The runs of the studies in the user's folder of these."""
    try:
        with os.scandir(studies_folder()) as inside:
            folders = sorted(item.name for item in inside if item.is_dir())
    except OSError:
        return []
    return [path for name in folders for path in _within(studies_folder() / name)]


def _row(reading: Reading) -> dict[str, Any]:
    """A reading as it is kept."""
    values = asdict(reading.summary)
    return {
        **values,
        "path": str(reading.run.path),
        "stamps": reading.stamps,
        "read": reading.read,
        "tail": reading.tail.hex(),
    }


def _reading(row: dict[str, Any]) -> Reading:
    """The reading that `_row` kept; raises `KeyError`, `TypeError` or `ValueError` for anything else."""
    path, about = Path(row["path"]), row["about"]
    values: dict[str, Any] = {
        item.name: _checked(row[item.name], item.default)
        for item in fields(Summary)
        if item.name not in ("path", "about")
    }
    about = About(_checked(about["name"], ""), _checked(about["note"], ""), tuple(about["tags"]))
    reading = Reading(path, Summary(path, about, **values))
    stamps = {name: tuple(map(int, stamp)) for name, stamp in row["stamps"].items()}
    reading.stamps = cast("dict[str, Stamp]", stamps)
    reading.read, reading.tail = int(row["read"]), bytes.fromhex(row["tail"])
    return reading


def _checked(value: Any, default: object) -> Any:
    """A value of the kind of its default; raises `TypeError`."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = isinstance(value, str) if isinstance(default, str) else number
    if not fits and not (value is None and default is None):
        raise TypeError(f"{value!r} is not like {default!r}")
    return value


def _index() -> Path:
    return home() / "runs-index.json"


def _elsewhere() -> Path:
    return home() / "runs-elsewhere.json"
