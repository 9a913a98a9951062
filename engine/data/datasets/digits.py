"""Handwritten digits that come with scikit-learn."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Dataset, Part, Progress


class Digits(Dataset):
    """43 people's digits, 8 x 8 pixels of 17 grey levels, which are spread over 0 to 255."""

    def read(self, folder: Path | None, progress: Progress) -> tuple[Part, Part | None]:
        table = _table()
        images = np.rint(table[:, :64] * (255 / 16)).astype(np.uint8).reshape(-1, 1, 8, 8)
        return Part(images, table[:, 64].astype(np.int64)), None


def _table() -> NDArray[np.float64]:
    """A row per image: 64 pixels from 0 to 16, and the label."""
    # scikit-learn's file is read without importing scikit-learn, which takes two seconds.
    spec = find_spec("sklearn")
    for place in (spec and spec.submodule_search_locations) or ():
        file = Path(place) / "datasets" / "data" / "digits.csv.gz"
        if file.is_file():
            return np.loadtxt(file, delimiter=",")
    from sklearn import datasets  # pyright: ignore[reportMissingTypeStubs]

    bunch = cast(Any, datasets.load_digits())
    return np.column_stack([bunch.data, bunch.target])


DATASET = Digits(
    name="digits",
    title="Digits",
    purpose="Real handwritten digits, small and at hand: a net learns them in seconds",
    shape=(1, 8, 8),
    classes=tuple("0123456789"),
    train_images=1797,
    test_images=0,
    licence="CC BY 4.0",
    source="Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998",
)
