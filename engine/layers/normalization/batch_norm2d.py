"""BatchNorm2d: each map to mean 0 and variance 1 over the batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import parameter
from engine.layers.base import Example, Shape, Tensor
from engine.layers.normalizing import (
    AFFINE,
    EPS,
    MOMENTUM,
    TRACK,
    Normalization,
    running,
    scale_and_shift,
)
from engine.layers.shapes import maps
from engine.layers.writing import constructor


@dataclass(frozen=True)
class BatchNorm2d(Normalization):
    """Brings each map to mean 0 and variance 1 over the batch in training, by running values afterwards."""

    purpose: ClassVar[str] = "Normalise each map over the batch"
    reference: ClassVar[str] = (
        "torch.nn.BatchNorm2d; Ioffe and Szegedy, Batch normalization, ICML 2015"
    )
    place: ClassVar[int] = 0

    eps: float = parameter(1e-05, EPS)
    momentum: float | None = parameter(0.1, MOMENTUM)
    affine: bool = parameter(True, AFFINE)
    track_running_stats: bool = parameter(True, TRACK)

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        return maps(shape)

    def tensors(self, *shapes: Shape) -> dict[str, Tensor]:
        channels = shapes[0][0]
        learned = scale_and_shift((channels,)) if self.affine else {}
        return learned | (running(channels) if self.track_running_stats else {})

    def code(self, *shapes: Shape) -> str:
        return constructor(self, shapes[0][0])

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((16, 14, 14),)),
            Example(cls(eps=0.001, momentum=None, affine=False), ((4, 5, 6),)),
            Example(cls(track_running_stats=False), ((4, 5, 6),)),
        )
