"""Labels of a person's own images as numbers of classes, whatever they are in the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import DataError

_MOST = 100_000
"""Classes; beyond that the labels are taken for values to predict."""


def numbered(
    path: Path, train: NDArray[Any], test: NDArray[Any] | None, names: tuple[str, ...] = ()
) -> tuple[NDArray[np.int64], NDArray[np.int64] | None, tuple[str, ...]]:
    """The labels (n,) of both parts as numbers of classes, and the classes' names.

    Whole numbers stay as they are, called by `names` where there are as many; words are numbered in
    alphabetical order. Raises `DataError` naming the file.
    """
    if train.dtype.kind in "US":
        return _words(path, train, test)
    parts = [_whole(path, part) for part in (train, test) if part is not None]
    highest = max(int(part.max()) for part in parts)
    classes = names if len(names) > highest else tuple(map(str, range(highest + 1)))
    if len(classes) < 2:
        raise DataError(
            f"{path} has labels of one class only, but there must be 2 or more; check its labels."
        )
    return parts[0], parts[1] if len(parts) > 1 else None, classes


def _words(
    path: Path, train: NDArray[Any], test: NDArray[Any] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64] | None, tuple[str, ...]]:
    words, numbers = np.unique(train, return_inverse=True)
    if len(words) < 2:
        raise DataError(
            f"{path} has labels of one class only, but there must be 2 or more; check its labels."
        )
    tested: NDArray[np.int64] | None = None
    if test is not None:
        unknown = sorted({str(word) for word in test} - {str(word) for word in words})
        if unknown:
            raise DataError(
                f"{path} has test images of the class {unknown[0]!r}, but none to learn it from; "
                "add some or take them out."
            )
        tested = np.searchsorted(words, test).astype(np.int64)
    classes = tuple(w.decode(errors="replace") if isinstance(w, bytes) else str(w) for w in words)
    return numbers.reshape(-1).astype(np.int64), tested, classes


def _whole(path: Path, values: NDArray[Any]) -> NDArray[np.int64]:
    if values.dtype.kind not in "iufb" or not np.array_equal(values, np.floor(values)):
        raise DataError(
            f"{path} has labels of the type {values.dtype}, but numbers of classes (0, 1 ...) or "
            "words are expected; save them so."
        )
    if values.min() < 0 or values.max() >= _MOST:
        wrong = values.min() if values.min() < 0 else values.max()
        raise DataError(
            f"{path} has the label {wrong}, but 0 to {_MOST - 1:,} are expected; number the classes "
            "from 0."
        )
    return values.astype(np.int64)
