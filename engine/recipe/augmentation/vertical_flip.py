"""Top and bottom exchanged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.fields import Real, parameter
from engine.recipe.augmentation.base import Augmentation
from engine.recipe.augmentation.change import Moved, mirrored


@dataclass(frozen=True)
class VerticalFlip(Augmentation):
    """Exchanges top and bottom in a part of the images."""

    purpose: ClassVar[str] = "Mirrors top and bottom"
    when: ClassVar[str] = (
        "For images without an above and below, as from microscopes and satellites; seldom for "
        "photographs."
    )
    title: ClassVar[str] = "vertical flip"
    reference: ClassVar[str] = "torchvision.transforms.v2.RandomVerticalFlip"

    probability: float = parameter(
        0.5, Real(low=0.0, high=1.0, help="Part of the images that are mirrored.")
    )

    def draw(self, random: np.random.Generator, count: int) -> Moved:
        return mirrored(random, count, self.probability, axis=0)
