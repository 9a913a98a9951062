"""ReLU: keep what is positive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.layers.base import Example, Layer, Shape


@dataclass(frozen=True)
class ReLU(Layer):
    """max(0, x), value by value."""

    family: ClassVar[str] = "activation"
    purpose: ClassVar[str] = "Keep positive values, set the rest to 0"
    reference: ClassVar[str] = "torch.nn.ReLU"

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        return shape

    def code(self, *shapes: Shape) -> str:
        return "nn.ReLU()"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example(cls(), ((6, 28, 28),)), Example(cls(), ((120,),)))
