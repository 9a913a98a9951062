"""A turn about the middle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.fields import Real, parameter
from engine.recipe.augmentation.base import BORDER, Augmentation
from engine.recipe.augmentation.change import Border, Moved


@dataclass(frozen=True)
class Rotation(Augmentation):
    """Turns an image about its middle by an angle of up to `degrees` either way."""

    purpose: ClassVar[str] = "Turns about the middle"
    when: ClassVar[str] = (
        "For things that may lie askew: 10 to 15° for digits and photographs, 180° for images without an "
        "above and below. It blurs small images a little."
    )
    title: ClassVar[str] = "rotation"
    reference: ClassVar[str] = "torchvision.transforms.v2.RandomRotation"
    paper: ClassVar[str] = (
        "Simard et al., Best practices for convolutional neural networks applied to visual document "
        "analysis, 2003"
    )

    degrees: float = parameter(
        15.0, Real(low=0.0, high=180.0, unit="°", help="The largest turn to either side.")
    )
    border: Border = parameter("reflect", BORDER)

    def draw(self, random: np.random.Generator, count: int) -> Moved:
        angle = np.deg2rad(random.uniform(-self.degrees, self.degrees, count))
        cos, sin = np.cos(angle), np.sin(angle)
        # Rows go down, so that a positive angle turns the image counter-clockwise.
        matrix = np.stack([cos, sin, -sin, cos], 1).reshape(count, 2, 2)
        return Moved(matrix, np.zeros((count, 2)), self.border)
