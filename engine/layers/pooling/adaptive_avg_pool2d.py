"""AdaptiveAvgPool2d: means over as many regions as the output is to have."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.adaptive import AdaptivePool
from engine.layers.base import Preset


class AdaptiveAvgPool2d(AdaptivePool):
    """Divides each map into a grid of the size you ask for and keeps the mean of each cell."""

    purpose: ClassVar[str] = "Average maps down to a size you choose"
    reference: ClassVar[str] = "torch.nn.AdaptiveAvgPool2d"
    presets: ClassVar[tuple[Preset, ...]] = (
        Preset(
            "Global average pool",
            "One number for each map, its mean",
            (("output_size", 1),),
        ),
    )
