"""What every augmentation declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.fields import Choice
from engine.recipe.augmentation.change import BORDERS, Change
from engine.recipe.part import Part


@dataclass(frozen=True)
class Augmentation(Part):
    """The base of every augmentation: a change of training images, drawn anew each time one is seen."""

    title: ClassVar[str] = ""
    """What it is called in a sentence and, with hyphens, on the command line."""
    mixes: ClassVar[bool] = False
    """Whether it makes one image of two, which is done last."""

    def draw(self, random: np.random.Generator, count: int) -> Change:
        """What is to become of the next `count` images."""
        raise NotImplementedError

    def most(self) -> tuple[str, int] | None:
        """A parameter that must be below the images' sides in pixels, and its value; None: no such."""
        return None

    @classmethod
    def word(cls) -> str:
        """What it is called on the command line."""
        return cls.title.replace(" ", "-")


BORDER = Choice(
    options=BORDERS,
    help="What comes in from beyond the edge. reflect: the image mirrored, which leaves no trace; mean: "
    "the mean of all images, as padding within the network is; black: zeros.",
)
