"""Descriptions of a person's own images, remembered while their folders do not change."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from engine.data.dataset import Dataset
from engine.data.pictures.listing import PARTS

_FRESH = 2.0
"""Seconds for which the folders are not even looked at again."""
_MOST = 8
_Stamp: TypeAlias = tuple[tuple[str, int, int], ...]


@dataclass
class _Known:
    looked: float
    stamp: _Stamp
    description: Dataset


_KNOWN: dict[tuple[str, str], _Known] = {}


def described(dataset: Dataset, folder: Path) -> Dataset:
    """What `dataset.described` says, asked again only where files came or went; raises `DataError`.

    A folder of a million images takes a second to describe, and a window asks at every edit.
    """
    key = (dataset.name, str(folder))
    now = time.monotonic()
    known = _KNOWN.get(key)
    if known is not None and now - known.looked < _FRESH:
        return known.description
    stamp = _stamp(folder)
    if known is None or known.stamp != stamp:
        _KNOWN.pop(key, None)
        known = _KNOWN[key] = _Known(now, stamp, dataset.described(folder))
        while len(_KNOWN) > _MOST:
            _KNOWN.pop(next(iter(_KNOWN)))
    known.looked = now
    return known.description


def _stamp(place: Path) -> _Stamp:
    """When the folder and the folders of classes in it were last changed, and how long a file is."""
    looked_at = [place]
    if place.is_dir():
        looked_at += _folders(place)
        looked_at += [inner for part in PARTS for inner in _folders(place / part)]
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
