"""InstanceNorm2d: each map of each image to mean 0 and variance 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import parameter
from engine.layers.base import Example, Shape, Tensor, Window
from engine.layers.normalizing import (
    AFFINE,
    EPS,
    MOMENTUM,
    TRACK,
    Normalization,
    refuse_single,
    running,
    scale_and_shift,
)
from engine.layers.shapes import maps
from engine.layers.writing import constructor


@dataclass(frozen=True)
class InstanceNorm2d(Normalization):
    """Brings each map of each image to mean 0 and variance 1 on its own, as in style transfer."""

    purpose: ClassVar[str] = "Normalise each map of each image alone"
    reference: ClassVar[str] = (
        "torch.nn.InstanceNorm2d; Ulyanov et al., Instance normalization, 2016"
    )

    eps: float = parameter(1e-05, EPS)
    momentum: float | None = parameter(0.1, MOMENTUM)
    affine: bool = parameter(False, AFFINE)
    track_running_stats: bool = parameter(False, TRACK)

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        _, height, width = maps(shape)
        refuse_single(height * width, "each map of 1×1 alone")
        return shape

    def tensors(self, *shapes: Shape) -> dict[str, Tensor]:
        channels = shapes[0][0]
        learned = scale_and_shift((channels,)) if self.affine else {}
        return learned | (running(channels) if self.track_running_stats else {})

    def receptive(self, *shapes: Shape) -> tuple[Window, Window] | None:
        return None

    def code(self, *shapes: Shape) -> str:
        return constructor(self, shapes[0][0])

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((16, 14, 14),)),
            Example(cls(affine=True, track_running_stats=True), ((4, 5, 6),)),
        )
