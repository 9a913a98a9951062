"""Reshape: the same values in another shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import ClassVar

from engine.fields import Integers, parameter
from engine.layers.base import (
    ELEMENTWISE,
    Change,
    Example,
    Layer,
    Line,
    Shape,
    ShapeError,
    Window,
    times,
)
from engine.layers.shapes import as_maps, describe
from engine.layers.writing import by


@dataclass(frozen=True)
class Reshape(Layer):
    """Lays the same values out in another shape, row by row; a vector becomes maps with it."""

    family: ClassVar[str] = "shape"
    purpose: ClassVar[str] = "Lay the same values out in another shape"
    reference: ClassVar[str] = "torch.reshape"

    shape: tuple[int, ...] = parameter(
        (1, 28, 28),
        Integers(
            help="The new shape, channels × height × width or features; as many values as before.",
            low=1,
            high=1_000_000,
            shortest=1,
            longest=3,
        ),
    )

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        size = prod(shape)
        if size != prod(self.shape):
            fitting = as_maps((size,)) if len(self.shape) == 3 else (size,)
            raise ShapeError(
                "shape",
                f"is to hold {times(*self.shape)} = {prod(self.shape):,} values but gets "
                f"{describe(shape)} = {size:,}",
                f"take a shape of {size:,} values, such as {times(*fitting)}",
                [Change(f"Set shape to {times(*fitting)}", (("shape", fitting),))],
            )
        return self.shape

    def receptive(self, *shapes: Shape) -> tuple[Window, Window] | None:
        # A vector has no positions to confuse; other maps than before mix them all up.
        return ELEMENTWISE if len(self.shape) == 1 or self.shape == shapes[0] else None

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        return (
            Line("Values", f"{times(*shapes[0])} = {times(*self.shape)} = {prod(self.shape):,}"),
        )

    def caption(self) -> str:
        return f"to {by(self.shape)}"

    def call(self, module: str, inputs: Sequence[str], shapes: Sequence[Shape]) -> str:
        return f"{inputs[0]}.reshape(-1, {', '.join(map(str, self.shape))})"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((784,),)),
            Example(cls(shape=(4, 6, 5)), ((2, 6, 10),)),
            Example(cls(shape=(60,)), ((3, 4, 5),)),
        )
