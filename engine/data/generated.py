"""Datasets that are drawn, the same every time, so that any number of exactly labelled images is at hand."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Dataset, Part, Progress

SIZE = 32
"""Pixels of an image's side."""
_SEED = 20
_BLOCK = 500
"""Images that are drawn at a time."""


class Generated(Dataset):
    """As many images of each class, in a mixed order."""

    def read(self, folder: Path | None, progress: Progress) -> tuple[Part, Part | None]:
        chance = np.random.default_rng(_SEED)
        message = f"Drawing {self.title.lower()}"
        train = self._part(chance, self.train_images, lambda done: progress(message, done))
        return train, self._part(chance, self.test_images, lambda done: None)

    @abstractmethod
    def draw(self, chance: np.random.Generator, labels: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Images (n, channels, SIZE, SIZE) of the classes numbered `labels` (n,)."""

    def _part(self, chance: np.random.Generator, count: int, done: Callable[[float], None]) -> Part:
        labels = chance.permutation(np.arange(count) % len(self.classes)).astype(np.int64)
        images = np.empty((count, self.shape[0], SIZE, SIZE), np.uint8)
        for start in range(0, count, _BLOCK):
            images[start : start + _BLOCK] = self.draw(chance, labels[start : start + _BLOCK])
            done(min(1.0, (start + _BLOCK) / count))
        return Part(images, labels)


def uniform(
    chance: np.random.Generator, low: float, high: float, *shape: int
) -> NDArray[np.float32]:
    """Numbers from `low` to `high`, evenly spread."""
    return chance.uniform(low, high, shape).astype(np.float32)


def as_pixels(
    chance: np.random.Generator, values: NDArray[np.floating], low: float, high: float
) -> NDArray[np.uint8]:
    """Values (n, channels, height, width) as bytes, with normal noise whose deviation, of `low` to
    `high`, each image has for itself.
    """
    grain = chance.standard_normal(values.shape, np.float32)
    noise = grain * uniform(chance, low, high, len(values), 1, 1, 1)
    return np.rint(np.clip(values + noise, 0, 255)).astype(np.uint8)
