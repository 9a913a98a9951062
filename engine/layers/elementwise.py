"""Layers that keep the shape of their one input and read each position alone."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Example, Layer, Line, Shape
from engine.layers.writing import constructor


class Elementwise(Layer):
    """The base of activations and dropout: any shape in, the same shape out."""

    family: ClassVar[str] = "activation"
    bounds: ClassVar[tuple[float, float] | None] = None
    """The range of its values, where it has an end at both sides: near them it learns slowly."""
    cuts: ClassVar[bool] = False
    """Whether what is not positive becomes 0, through which nothing is learned."""

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        return shape

    def rule(self) -> str:
        """What becomes of a value x, with these parameters."""
        raise NotImplementedError(type(self))

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        return (Line("Value", self.rule()),)

    def code(self, *shapes: Shape) -> str:
        return constructor(self)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example(cls(), ((6, 28, 28),)), Example(cls(), ((120,),)))
