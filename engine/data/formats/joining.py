"""Images from several files as one part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.data.dataset import DataError, Part


def joined(parts: Sequence[Part]) -> Part:
    """The images of all parts, in their order."""
    return Part(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
    )


def with_validation(place: Path, train: Part, check: Part | None) -> Part:
    """The images to learn from with those to check on behind them, where there are some.

    Raises `DataError` naming the place where they are of another shape.
    """
    if check is None:
        return train
    shapes = ["×".join(map(str, part.images.shape[1:])) for part in (train, check)]
    if shapes[0] != shapes[1]:
        raise DataError(
            f"{place} has images of {shapes[0]} to learn from, but of {shapes[1]} for validation; give "
            "all the same shape."
        )
    both = joined([train, check])
    return Part(both.images, both.labels, np.arange(len(train), len(both)))
