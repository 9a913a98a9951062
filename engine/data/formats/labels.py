"""Labels of a person's own images as numbers of classes, whatever they are in the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import DataError

_MOST = 100_000
"""Classes; beyond that the labels are taken for values to predict."""


def numbered(
    path: Path, train: NDArray[Any], *others: NDArray[Any], names: tuple[str, ...] = ()
) -> tuple[list[NDArray[np.int64]], tuple[str, ...]]:
    """The labels (n,) of every part as numbers of classes, those to learn from first, and the classes'
    names.

    Whole numbers stay as they are, called by `names` where there are some; words are numbered in
    alphabetical order. Raises `DataError` naming the file.
    """
    if train.dtype.kind in "US":
        return _words(path, train, others)
    parts = [_whole(path, part) for part in (train, *others)]
    highest = max(int(part.max()) for part in parts)
    if names and len(names) <= highest:
        raise DataError(
            f"{path} names {len(names)} class{'' if len(names) == 1 else 'es'}, but has labels up to "
            f"{highest}; name all {highest + 1}, or none."
        )
    classes = names or tuple(map(str, range(highest + 1)))
    if len(classes) < 2:
        raise _one_class(path)
    twice = next((name for number, name in enumerate(classes) if name in classes[:number]), None)
    if twice is not None:
        raise DataError(f"{path} calls two classes {twice!r}; give each a name of its own.")
    return parts, classes


def _words(
    path: Path, train: NDArray[Any], others: Sequence[NDArray[Any]]
) -> tuple[list[NDArray[np.int64]], tuple[str, ...]]:
    words, numbers = np.unique(train, return_inverse=True)
    if len(words) < 2:
        raise _one_class(path)
    parts = [numbers.reshape(-1).astype(np.int64)]
    for other in others:
        unknown = sorted({str(word) for word in other} - {str(word) for word in words})
        if unknown:
            raise DataError(
                f"{path} has test images of the class {unknown[0]!r}, but none to learn it from; "
                "add some or take them out."
            )
        parts.append(np.searchsorted(words, other).astype(np.int64))
    classes = tuple(w.decode(errors="replace") if isinstance(w, bytes) else str(w) for w in words)
    return parts, classes


def _one_class(path: Path) -> DataError:
    return DataError(
        f"{path} has labels of one class only, but there must be 2 or more; check its labels."
    )


def _whole(path: Path, values: NDArray[Any]) -> NDArray[np.int64]:
    if values.dtype.kind == "f" and not np.array_equal(values, np.floor(values)):
        wrong = values[values != np.floor(values)].reshape(-1)[0]
        raise DataError(
            f"{path} has the label {wrong:g}, but whole numbers of classes (0, 1 ...) are expected; mend "
            "its labels."
        )
    if values.dtype.kind not in "iufb":
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
