"""Output: what the network gives out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.layers.base import Example, Layer, Shape


class Output(Layer):
    """The network's result, which the loss compares with the labels."""

    family: ClassVar[str] = "io"
    purpose: ClassVar[str] = "What the network gives out"
    reference: ClassVar[str] = "the result of the network's forward(x)"
    place: ClassVar[int] = 1
    ports_out: ClassVar[tuple[str, ...]] = ()

    def outputs(self, *shapes: Shape) -> tuple[Shape, ...]:
        # Out of a block the indices of a pooling may go as well, to an unpooling elsewhere.
        return shapes

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        return shape

    def call(self, module: str, inputs: Sequence[str], shapes: Sequence[Shape]) -> str:
        return inputs[0]

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example(cls(), ((10,),)), Example(cls(), ((3, 8, 8),)))
