"""Flatten: maps to one vector."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from engine.layers.base import Example, Layer, Line, Shape
from engine.layers.writing import constructor, product


class Flatten(Layer):
    """Writes all values of all maps one after the other, for a Dense layer."""

    family: ClassVar[str] = "shape"
    purpose: ClassVar[str] = "Turn maps into one vector"
    reference: ClassVar[str] = "torch.nn.Flatten"
    place: ClassVar[int] = 0

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        return (prod(shape),)

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        return (product("Features", *shapes[0]),) if len(shapes[0]) > 1 else ()

    def code(self, *shapes: Shape) -> str:
        return constructor(self)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example(cls(), ((16, 5, 5),)), Example(cls(), ((120,),)))
