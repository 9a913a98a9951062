"""BatchNorm2d: each map to mean 0 and variance 1 over the batch."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Example, Shape
from engine.layers.normalizing import RunningNormalization
from engine.layers.shapes import maps


class BatchNorm2d(RunningNormalization):
    """Brings each map to mean 0 and variance 1 over the batch in training, by running values afterwards."""

    purpose: ClassVar[str] = "Normalise each map over the batch"
    reference: ClassVar[str] = (
        "torch.nn.BatchNorm2d; Ioffe and Szegedy, Batch normalization, ICML 2015"
    )
    place: ClassVar[int] = 0

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        return maps(shape, each_alone=True)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((16, 14, 14),)),
            Example(cls(eps=0.001, momentum=None, affine=False), ((4, 5, 6),)),
            Example(cls(track_running_stats=False), ((4, 5, 6),)),
        )
