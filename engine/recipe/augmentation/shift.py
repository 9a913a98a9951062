"""A move by some pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.fields import Integer, parameter
from engine.recipe.augmentation.base import BORDER, Augmentation
from engine.recipe.augmentation.change import Border, Moved


@dataclass(frozen=True)
class Shift(Augmentation):
    """Moves an image up or down and left or right by whole pixels, all ways equally likely.

    It is the same as padding by `pixels` on all sides and cropping to the size at a random place.
    """

    purpose: ClassVar[str] = "Moves by a few pixels: a random crop of the padded image"
    when: ClassVar[str] = (
        "Nearly always, for an eighth of the side: 4 px for images of 32×32 (He et al.), 2 px for digits."
    )
    title: ClassVar[str] = "shift"
    reference: ClassVar[str] = "torchvision.transforms.v2.RandomCrop"
    paper: ClassVar[str] = (
        "He et al., Deep residual learning for image recognition, 2016, section 4.2"
    )

    pixels: int = parameter(
        4, Integer(low=1, high=1024, unit="px", help="The farthest move along either side.")
    )
    border: Border = parameter("reflect", BORDER)

    def draw(self, random: np.random.Generator, count: int) -> Moved:
        moves = random.integers(-self.pixels, self.pixels, (count, 2), endpoint=True)
        matrix = np.tile(np.eye(2), (count, 1, 1))
        return Moved(matrix, moves.astype(np.float64), self.border, whole=True)

    def most(self) -> tuple[str, int]:
        return "pixels", self.pixels
