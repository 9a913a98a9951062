"""What is to be known of a dataset before it is learned from: its classes, its channels, its doubles."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Part, Progress
from engine.data.images import Images, deviation, parted

_BLOCK = 512
"""Images between two tellings of how far it is."""
_LARGE = 1 << 14
"""Bytes of an image; of larger ones most are told apart by their middle row alone, since a cache of
decoded photographs takes long to read."""


@dataclass(frozen=True)
class Channels:
    """The values of each channel over the training images.

    `counts` (channels, 256) says how often each value occurs; `mean` and `std` are of value / 255,
    `low` and `high` the extreme values, 0 to 255.
    """

    counts: NDArray[np.int64]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    low: tuple[int, ...]
    high: tuple[int, ...]


@dataclass(frozen=True)
class Survey:
    """`balance` (classes, 3): how many images of each class are learned from, kept aside and tested on.

    Pairs (n, 2) are positions of images that are equal to the last bit: `leaks` of one that is learned
    from and one that is kept aside, `test_leaks` of one of the training and one of the test images,
    `disagreements` of two training images with different labels.
    """

    balance: NDArray[np.int64]
    channels: Channels
    leaks: NDArray[np.int64]
    test_leaks: NDArray[np.int64]
    disagreements: NDArray[np.int64]

    @property
    def imbalance(self) -> float:
        """How many times more images the largest class has to learn from than the smallest that has any."""
        learned = self.balance[:, 0]
        return float(learned.max() / learned[learned > 0].min())

    @property
    def missing(self) -> tuple[int, ...]:
        """The classes with no image to learn from."""
        return tuple(np.flatnonzero(self.balance[:, 0] == 0).tolist())


def survey(
    images: Images, validation: float, progress: Progress = lambda message, fraction: None
) -> Survey:
    """All of it, of images in a network's shape, of which the part `validation` is kept aside where the data has no
    validation images of its own.
    """
    message = "Looking through the data"
    train, test = images.train, images.test
    learned, aside = parted(train, validation)
    number = len(images.classes)
    balance = np.stack(
        [
            np.bincount(train.labels[learned], minlength=number),
            np.bincount(train.labels[aside], minlength=number),
            np.bincount(test.labels if test else np.zeros(0, np.int64), minlength=number),
        ],
        axis=1,
    )
    parts = [train.images, test.images] if test else [train.images]
    prints, *tested = _prints(parts, lambda done: progress(message, done))
    equal = [positions for positions in _groups(prints) if len(positions) > 1]
    return Survey(
        balance,
        channels(images.counts),
        _across(equal, np.isin(np.arange(len(train)), aside)),
        _same(prints, tested[0] if tested else []),
        _disagreeing(equal, train),
    )


def channels(counts: NDArray[np.int64]) -> Channels:
    """The values of each channel, from how often each occurs (channels, 256)."""
    mean, std = deviation(counts)
    present = [np.flatnonzero(row) for row in counts]
    return Channels(
        counts,
        mean,
        std,
        tuple(int(values[0]) for values in present),
        tuple(int(values[-1]) for values in present),
    )


def duplicates(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Pairs (n, 2) of positions in `first` and `second` of images that are equal to the last bit."""
    return _same(*_prints([first, second], lambda done: None))


def _prints(parts: list[NDArray[np.uint8]], done: Callable[[float], None]) -> list[list[bytes]]:
    """For the images of each part 16 bytes each, which are equal where every pixel is, and only there."""
    total = sum(map(len, parts))
    seen = 0

    def printed(images: NDArray[np.uint8]) -> list[bytes]:
        nonlocal seen
        found: list[bytes] = []
        for start in range(0, len(images), _BLOCK):
            done(seen / total)
            found += map(_print, images[start : start + _BLOCK])
            seen += min(_BLOCK, len(images) - start)
        return found

    if parts[0][0].nbytes <= _LARGE:
        return [printed(images) for images in parts]
    rows = [printed(images[:, :, images.shape[2] // 2]) for images in parts]
    often = Counter(chain(*rows))
    whole: list[list[bytes]] = []
    for images, found in zip(parts, rows, strict=True):
        for place, row in enumerate(found):
            if often[row] > 1:
                done(1.0)
                found[place] = _print(images[place])
        whole.append(found)
    return whole


def _print(values: NDArray[np.uint8]) -> bytes:
    return blake2b(values.tobytes(), digest_size=16).digest()


def _same(first: list[bytes], second: list[bytes]) -> NDArray[np.int64]:
    places: dict[bytes, int] = {}
    for place, fingerprint in enumerate(first):
        places.setdefault(fingerprint, place)
    return _pairs((places[item], place) for place, item in enumerate(second) if item in places)


def _groups(prints: list[bytes]) -> Iterable[list[int]]:
    found: defaultdict[bytes, list[int]] = defaultdict(list)
    for position, fingerprint in enumerate(prints):
        found[fingerprint].append(position)
    return found.values()


def _across(groups: list[list[int]], aside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For every image aside that has an equal among the others: the first such one, and it."""
    found: list[tuple[int, int]] = []
    for group in groups:
        learned = [position for position in group if not aside[position]]
        found += [(learned[0], position) for position in group if learned and aside[position]]
    return _pairs(sorted(found))


def _disagreeing(groups: list[list[int]], part: Part) -> NDArray[np.int64]:
    """For every image whose label is not that of the first one equal to it: that one, and it."""
    labels = part.labels
    return _pairs(
        (group[0], position)
        for group in groups
        for position in group[1:]
        if labels[position] != labels[group[0]]
    )


def _pairs(found: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(list(found), np.int64).reshape(-1, 2)
