"""A square taken out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.fields import Integer, parameter
from engine.recipe.augmentation.base import Augmentation
from engine.recipe.augmentation.change import Covered


@dataclass(frozen=True)
class Cutout(Augmentation):
    """Covers a square with the mean of all images; its middle may be anywhere in the image."""

    purpose: ClassVar[str] = "Covers a square, so that no one part decides"
    when: ClassVar[str] = (
        "For long runs that overfit: a quarter to half of the side, 8 to 16 px for images of 32×32."
    )
    title: ClassVar[str] = "cutout"
    reference: ClassVar[str] = "torchvision.transforms.v2.RandomErasing"
    paper: ClassVar[str] = (
        "DeVries and Taylor, Improved regularization of convolutional neural networks with cutout, 2017"
    )

    size: int = parameter(8, Integer(low=1, high=1024, unit="px", help="The side of the square."))

    def draw(self, random: np.random.Generator, count: int) -> Covered:
        return Covered(random.random((count, 2)), self.size)

    def most(self) -> tuple[str, int]:
        return "size", self.size
