"""A change of size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.fields import Real, parameter
from engine.recipe.augmentation.base import BORDER, Augmentation
from engine.recipe.augmentation.change import Border, Moved


@dataclass(frozen=True)
class Scale(Augmentation):
    """Makes what an image shows larger or smaller by up to `part`, about its middle.

    The factor is between 1 - part and 1 + part, all equally likely; the image keeps its size.
    """

    purpose: ClassVar[str] = "Comes nearer or goes farther away"
    when: ClassVar[str] = (
        "For things that are seen from several distances: 0.1 to 0.3. It blurs small images a little."
    )
    title: ClassVar[str] = "scale"
    reference: ClassVar[str] = "torchvision.transforms.v2.RandomAffine"
    paper: ClassVar[str] = (
        "Ciresan et al., Multi-column deep neural networks for image classification, 2012"
    )

    part: float = parameter(
        0.15, Real(low=0.0, high=0.9, help="The largest change of size; 0.1 is 10 % either way.")
    )
    border: Border = parameter("reflect", BORDER)

    def draw(self, random: np.random.Generator, count: int) -> Moved:
        factor = random.uniform(1 - self.part, 1 + self.part, count)
        return Moved(np.eye(2) / factor[:, None, None], np.zeros((count, 2)), self.border)
