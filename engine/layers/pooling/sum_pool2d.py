"""SumPool2d: the sum of each window."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Example, Shape
from engine.layers.sliding import PaddedPool
from engine.layers.writing import constructor


class SumPool2d(PaddedPool):
    """The sum of each window of each map: torch's average pooling with a divisor of 1."""

    family: ClassVar[str] = "pooling"
    purpose: ClassVar[str] = "Shrink maps by the sum of each window"
    reference: ClassVar[str] = "torch.nn.AvgPool2d with divisor_override=1"
    place: ClassVar[int] = 2

    def code(self, *shapes: Shape) -> str:
        return constructor(self, always=("kernel_size",), kind="AvgPool2d", divisor_override=1)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((6, 28, 28),)),
            Example(cls(kernel_size=3, stride=(2, 1), padding=1, ceil_mode=True), ((5, 10, 8),)),
        )
