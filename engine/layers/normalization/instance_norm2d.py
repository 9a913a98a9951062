"""InstanceNorm2d: each map of each image to mean 0 and variance 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import parameter
from engine.layers.base import Example, Shape, Window
from engine.layers.normalizing import AFFINE, TRACK, RunningNormalization, refuse_single
from engine.layers.shapes import maps


@dataclass(frozen=True)
class InstanceNorm2d(RunningNormalization):
    """Brings each map of each image to mean 0 and variance 1 on its own, as in style transfer."""

    purpose: ClassVar[str] = "Normalise each map of each image alone"
    reference: ClassVar[str] = (
        "torch.nn.InstanceNorm2d; Ulyanov et al., Instance normalization, 2016"
    )

    affine: bool = parameter(False, AFFINE)
    track_running_stats: bool = parameter(False, TRACK)

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        _, height, width = maps(shape)
        refuse_single(height * width, "each map of 1×1 alone")
        return shape

    def receptive(self, *shapes: Shape) -> tuple[Window, Window] | None:
        return None

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((16, 14, 14),)),
            Example(cls(affine=True, track_running_stats=True), ((4, 5, 6),)),
        )
