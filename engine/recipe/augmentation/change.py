"""The language in which augmentations say what is to become of the images of a batch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]
Border: TypeAlias = Literal["reflect", "mean", "black"]
"""What lies beyond an image's edge: the image mirrored, the mean of all images, or zeros."""
BORDERS: tuple[Border, ...] = ("reflect", "mean", "black")


@dataclass(frozen=True)
class Moved:
    """Every pixel is taken from elsewhere in its image.

    What is shown at `p`, which is (row, column) in pixels from the image's middle, was at
    `matrix` · p + `offset` before: matrices (n, 2, 2), offsets (n, 2). Without a `border` nothing is
    taken from beyond the edge. `whole` promises that every pixel is taken from one pixel: matrices of
    1 and -1 on their diagonal and 0 else, and whole offsets.
    """

    matrix: Numbers
    offset: Numbers
    border: Border | None = None
    whole: bool = False

    def then(self, later: Moved) -> Moved | None:
        """This and then another as one, or None where their borders differ."""
        if self.border and later.border and self.border != later.border:
            return None
        return Moved(
            self.matrix @ later.matrix,
            np.einsum("nij,nj->ni", self.matrix, later.offset) + self.offset,
            self.border or later.border,
            self.whole and later.whole,
        )


def mirrored(random: np.random.Generator, count: int, probability: float, axis: int) -> Moved:
    """Images that are mirrored along an axis (0: rows, 1: columns) by chance."""
    matrix = np.tile(np.eye(2), (count, 1, 1))
    matrix[:, axis, axis] = np.where(random.random(count) < probability, -1.0, 1.0)
    return Moved(matrix, np.zeros((count, 2)), whole=True)


@dataclass(frozen=True)
class Colored:
    """Factors (n,) of brightness, contrast and saturation, and turns of the hue (n,) in radians."""

    brightness: Numbers
    contrast: Numbers
    saturation: Numbers
    hue: Numbers


@dataclass(frozen=True)
class Covered:
    """A square of `size` pixels is the mean of all images.

    Its middle is at these parts (n, 2) of height and width, from 0 and below 1; what is beyond the edge
    covers nothing.
    """

    middle: Numbers
    size: int


@dataclass(frozen=True)
class Mixed:
    """Each image is `share` of itself and the rest of another, and so is its label; from 0.5 to 1."""

    share: float


Change: TypeAlias = Moved | Colored | Covered | Mixed


def part(change: Change, start: int, stop: int) -> Change:
    """What becomes of the images from number `start` to before number `stop`."""
    match change:
        case Moved(matrix, offset):
            return replace(change, matrix=matrix[start:stop], offset=offset[start:stop])
        case Colored(brightness, contrast, saturation, hue):
            return Colored(
                brightness[start:stop],
                contrast[start:stop],
                saturation[start:stop],
                hue[start:stop],
            )
        case Covered(middle):
            return replace(change, middle=middle[start:stop])
        case Mixed():
            return change


def together(changes: list[Change]) -> list[Change]:
    """The same with neighbours that move pixels made one, so that pixels are taken once."""
    found: list[Change] = []
    for change in changes:
        last = found[-1] if found else None
        if isinstance(change, Moved) and isinstance(last, Moved):
            both = last.then(change)
            if both is not None:
                found[-1] = both
                continue
        found.append(change)
    return found
