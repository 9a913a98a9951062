"""Left and right exchanged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.fields import Real, parameter
from engine.recipe.augmentation.base import Augmentation
from engine.recipe.augmentation.change import Moved, mirrored


@dataclass(frozen=True)
class HorizontalFlip(Augmentation):
    """Exchanges left and right in a part of the images."""

    purpose: ClassVar[str] = "Mirrors left and right"
    when: ClassVar[str] = (
        "For things that look alike from both sides, as in photographs; not for digits, letters and "
        "road signs, which mean something else mirrored."
    )
    title: ClassVar[str] = "flip"
    reference: ClassVar[str] = "torchvision.transforms.v2.RandomHorizontalFlip"
    paper: ClassVar[str] = (
        "Krizhevsky et al., ImageNet classification with deep convolutional neural networks, 2012, "
        "section 4.1"
    )

    probability: float = parameter(
        0.5, Real(low=0.0, high=1.0, help="Part of the images that are mirrored.")
    )

    def draw(self, random: np.random.Generator, count: int) -> Moved:
        return mirrored(random, count, self.probability, axis=1)
