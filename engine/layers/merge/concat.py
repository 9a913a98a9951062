"""Concat: branches behind one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.layers.base import Example, Layer, Line, Shape, ShapeError, times
from engine.layers.merging import fitting, require_two
from engine.layers.shapes import describe


class Concat(Layer):
    """Puts the maps of two branches or more behind one another; their sizes must be the same."""

    family: ClassVar[str] = "merge"
    purpose: ClassVar[str] = "Put the maps of branches together"
    reference: ClassVar[str] = (
        "torch.cat; Szegedy et al., Going deeper with convolutions, CVPR 2015"
    )
    variadic: ClassVar[bool] = True

    def output(self, *shapes: Shape) -> Shape:
        require_two(shapes)
        first, *others = shapes
        for port, shape in enumerate(others, start=1):
            if len(shape) != len(first) or shape[1:] != first[1:]:
                repairs = fitting(shape, first, channels=False)
                if len(shape) == len(first) == 3:
                    what = f"maps of {times(*first[1:])} and of {times(*shape[1:])}"
                else:
                    what = f"{describe(first)} and {describe(shape)}"
                hint = f"put a {repairs[0].kind} before input {port + 1}" if repairs else ""
                raise ShapeError(
                    "",
                    f"puts maps of one size together but gets {what}",
                    hint or "make their height and width alike",
                    repairs,
                    port,
                )
        return sum(shape[0] for shape in shapes), *first[1:]

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        total = " + ".join(f"{shape[0]:,}" for shape in shapes)
        label = "Maps" if len(shapes[0]) == 3 else "Features"
        return (Line(label, f"{total} = {self.output(*shapes)[0]:,}"),)

    def call(self, module: str, inputs: Sequence[str], shapes: Sequence[Shape]) -> str:
        return f"torch.cat([{', '.join(inputs)}], dim=1)"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((16, 8, 8), (32, 8, 8), (4, 8, 8))),
            Example(cls(), ((10,), (5,))),
        )
