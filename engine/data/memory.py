"""Descriptions of a person's own images, remembered while their folders do not change."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from engine.data.dataset import DataError, Dataset, NotYetError
from engine.data.pictures.listing import part_folders

_FRESH = 2.0
"""Seconds for which the folders are not even looked at again."""
_MOST = 8
_PATIENCE = 0.03
"""Seconds that a window waits for a description before it goes on without."""
_Key: TypeAlias = tuple[str, str]
_Stamp: TypeAlias = tuple[tuple[str, int, int], ...]


@dataclass
class _Known:
    looked: float
    stamp: _Stamp
    answer: Dataset | str
    """The description, or the sentence that says why there is none."""


_KNOWN: dict[_Key, _Known] = {}
_LOOKING: dict[_Key, tuple[threading.Thread, threading.Event]] = {}
"""The threads that look through folders, and whether somebody has gone on without the answer."""
_told: Callable[[], None] | None = None


def look_beside(told: Callable[[], None]) -> None:
    """From now on `described` waits no longer than a moment, and raises `NotYetError` for a folder that
    takes longer; the thread that looks through it then calls `told`.
    """
    global _told
    _told = told


def look_at_once(told: Callable[[], None]) -> None:
    """End what `look_beside` has begun, if it was this."""
    global _told
    if _told == told:
        _told = None


def described(dataset: Dataset, folder: Path) -> Dataset:
    """What `dataset.described` says, asked again only where files came or went; raises `DataError`.

    A folder of a million images takes seconds to describe, and a window asks at every edit.
    """
    key = (dataset.name, str(folder))
    known = _KNOWN.get(key)
    # What is wrong may have been mended since; only a window asks at every edit.
    wrong = known is not None and isinstance(known.answer, str) and _told is None
    if known is None or wrong or time.monotonic() - known.looked >= _FRESH:
        if _told is None:
            _look(key, dataset, folder)
        else:
            _wait_a_moment(key, dataset, folder)
        known = _KNOWN.get(key)
    if known is None:
        raise NotYetError(f"{folder} is being looked through.")
    if isinstance(known.answer, str):
        raise DataError(known.answer)
    return known.answer


def _look(key: _Key, dataset: Dataset, folder: Path) -> None:
    """Keep the description; that there is none only until it is asked again."""
    stamp = _stamp(folder)
    known = _KNOWN.get(key)
    if known is not None and known.stamp == stamp:
        known.looked = time.monotonic()
        return
    try:
        answer = dataset.described(folder)
    except DataError as error:
        answer, stamp = str(error), ()
    _KNOWN.pop(key, None)
    _KNOWN[key] = _Known(time.monotonic(), stamp, answer)
    while len(_KNOWN) > _MOST:
        _KNOWN.pop(next(iter(_KNOWN)))


def _wait_a_moment(key: _Key, dataset: Dataset, folder: Path) -> None:
    """Have a thread look, and wait for it, but not for long."""

    def work() -> None:
        try:
            _look(key, dataset, folder)
        finally:
            del _LOOKING[key]
        if missed.is_set() and _told is not None:
            _told()

    if key not in _LOOKING:
        missed = threading.Event()
        thread = threading.Thread(target=work, name="describe", daemon=True)
        _LOOKING[key] = thread, missed
        thread.start()
    found = _LOOKING.get(key)
    if found is not None:
        thread, missed = found
        thread.join(_PATIENCE)
        if thread.is_alive():
            missed.set()


def _stamp(place: Path) -> _Stamp:
    """When the folder and the folders of classes in it were last changed, and how long a file is."""
    looked_at = [place]
    if place.is_dir():
        looked_at += _folders(place)
        looked_at += [inner for part in part_folders(place) for inner in _folders(part)]
    found: list[tuple[str, int, int]] = []
    for path in looked_at:
        try:
            status = path.stat()
            found.append((str(path), status.st_mtime_ns, status.st_size))
        except OSError:
            found.append((str(path), 0, 0))
    return tuple(found)


def _folders(place: Path) -> list[Path]:
    try:
        with os.scandir(place) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir()]
    except OSError:
        return []
