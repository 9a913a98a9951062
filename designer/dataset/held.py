"""Held: which images a dataset has, in which part and of which class, as the lab has told it."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from designer.style import numbers
from engine.workers.messages import Gathered

Part: TypeAlias = Literal["training", "validation", "test"]
PARTS: tuple[Part, ...] = ("training", "validation", "test")

Places: TypeAlias = NDArray[np.int64]
"""Positions of images among all: those of the training set, kept aside or not, then those for testing."""


class Held:
    """A dataset at hand. `of` is the number of the question whose answer it is."""

    def __init__(self, gathered: Gathered) -> None:
        self.of = gathered.number
        self.shape = gathered.shape
        self.classes = gathered.classes
        self.remarks, self.remarked = gathered.remarks, gathered.remarked
        self._labels = np.concatenate((gathered.labels, gathered.test_labels))
        count = len(gathered.labels)
        learned = np.ones(count, bool)
        learned[gathered.aside] = False
        self._parts: dict[str, Places] = {
            "training": np.flatnonzero(learned),
            "validation": gathered.aside,
            "test": np.arange(count, len(self._labels)),
        }

    def __len__(self) -> int:
        return len(self._labels)

    def same_images(self, other: Held) -> bool:
        """Whether another holds, as far as labels tell, the same images, if in other parts or sizes."""
        return np.array_equal(self._labels, other._labels) and self.classes == other.classes

    def count(self, part: Part) -> int:
        """How many images a part has."""
        return len(self._parts[part])

    def places(self, part: Part | None = None, kind: int | None = None) -> Places:
        """The images of a part (None: of all) and of a class (None: of all), in their order."""
        found = np.arange(len(self)) if part is None else self._parts[part]
        return found if kind is None else found[self._labels[found] == kind]

    def within(self, part: Part, positions: Places) -> Places:
        """The images that have these positions in a part; those beyond its end are left out."""
        held = self._parts[part]
        return held[positions[(positions >= 0) & (positions < len(held))]]

    def rows(self, part: Part, rows: Places) -> Places:
        """The images at rows of the training set, kept aside or not, or for `test` of the test set;
        those beyond its end are left out.
        """
        if part == "test":
            return self.within(part, rows)
        count = len(self) - self.count("test")
        return rows[(rows >= 0) & (rows < count)]

    def tested(self, positions: Places) -> Places:
        """The images for testing at these positions."""
        return self._parts["test"][positions]

    def label(self, place: int) -> str:
        """The name of an image's class."""
        return self.classes[int(self._labels[place])]

    def name(self, place: int) -> str:
        """Where an image is: `training 1,204`, counted from 0 within its part."""
        part = next(part for part in PARTS if self._holds(part, place))
        number = int(np.searchsorted(self._parts[part], place))
        return f"{part} {numbers.count(number)}"

    def _holds(self, part: Part, place: int) -> bool:
        held = self._parts[part]
        at = int(np.searchsorted(held, place))
        return at < len(held) and int(held[at]) == place
