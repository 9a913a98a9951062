"""AdaptiveMaxPool2d: maxima over as many regions as the output is to have."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.adaptive import AdaptivePool
from engine.layers.base import Preset


class AdaptiveMaxPool2d(AdaptivePool):
    """Divides each map into a grid of the size you ask for and keeps the maximum of each cell."""

    purpose: ClassVar[str] = "Take the maximum of maps down to a size you choose"
    reference: ClassVar[str] = "torch.nn.AdaptiveMaxPool2d"
    presets: ClassVar[tuple[Preset, ...]] = (
        Preset(
            "Global max pool",
            "One number for each map, its maximum",
            (("output_size", 1),),
        ),
    )
