"""Other light and colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.fields import Real, parameter
from engine.recipe.augmentation.base import Augmentation
from engine.recipe.augmentation.change import Colored


@dataclass(frozen=True)
class ColorJitter(Augmentation):
    """Brightness, contrast, saturation and hue of an image changed, in this order.

    The first three are multiplied by a factor from 1 - x to 1 + x, as Pillow's `ImageEnhance` does;
    the hue is turned in the YIQ plane, which keeps the brightness (Haeberli, Matrix operations for
    image processing, 1993). Values that leave 0 to 255 end there. Gray images have no colour to change.
    """

    purpose: ClassVar[str] = "Changes brightness, contrast, saturation and hue"
    when: ClassVar[str] = (
        "For photographs in changing light; keep the hue small where colour tells classes apart."
    )
    title: ClassVar[str] = "color jitter"
    reference: ClassVar[str] = "torchvision.transforms.v2.ColorJitter"
    paper: ClassVar[str] = (
        "Howard, Some improvements on deep convolutional neural network based image classification, 2014"
    )

    brightness: float = parameter(
        0.2, Real(low=0.0, high=1.0, help="The largest change of brightness; 0.2 is 20 %.")
    )
    contrast: float = parameter(
        0.2,
        Real(low=0.0, high=1.0, help="The largest change of contrast about the image's mean gray."),
    )
    saturation: float = parameter(
        0.2, Real(low=0.0, high=1.0, help="The largest change of how strong colours are.")
    )
    hue: float = parameter(
        0.0,
        Real(
            low=0.0,
            high=180.0,
            unit="°",
            help="The largest turn of the hue to either side; 120° makes red green or blue.",
        ),
    )

    def draw(self, random: np.random.Generator, count: int) -> Colored:
        factors = [
            random.uniform(1 - most, 1 + most, count)
            for most in (self.brightness, self.contrast, self.saturation)
        ]
        hue = np.deg2rad(random.uniform(-self.hue, self.hue, count))
        return Colored(factors[0], factors[1], factors[2], hue)
