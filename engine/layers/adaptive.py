"""Pooling to a size that is given: what the adaptive poolings share."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import ClassVar

from engine.fields import Pair, parameter
from engine.layers.base import Example, Layer, Line, Shape, Window
from engine.layers.shapes import maps, pair
from engine.layers.sliding import Size, size_lines
from engine.layers.writing import by, constructor, count


@dataclass(frozen=True)
class AdaptivePool(Layer):
    """The base of poolings to a given size.

    Of an axis of n positions output o of m reads ⌊o·n/m⌋ to ⌈(o + 1)·n/m⌉ − 1.
    (torch.nn.AdaptiveAvgPool2d.)
    """

    family: ClassVar[str] = "pooling"

    output_size: Size = parameter(
        7,
        Pair(
            help="Height and width of the output, whatever those of the input are; 1 pools each "
            "map to one number.",
            unit="px",
            low=1,
            high=10_000,
        ),
    )

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        channels, _, _ = maps(shape)
        return channels, *pair(self.output_size)

    def receptive(self, *shapes: Shape) -> tuple[Window, Window] | None:
        if self.output_size == 1:
            return None
        _, *sizes = shapes[0]
        height, width = (
            _region(size, out) for size, out in zip(sizes, pair(self.output_size), strict=True)
        )
        return height, width

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        _, *sizes = shapes[0]
        return size_lines(
            [
                f"{size} in {count(out, 'region')} of "
                f"{'up to ' if size % out else ''}{_region(size, out).size}"
                for size, out in zip(sizes, pair(self.output_size), strict=True)
            ]
        )

    def caption(self) -> str:
        return "global" if self.output_size == 1 else f"to {by(self.output_size)}"

    def code(self, *shapes: Shape) -> str:
        return constructor(self, self.output_size, skip=("output_size",))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(output_size=1), ((16, 8, 8),)),
            Example(cls(output_size=(3, 4)), ((5, 10, 8),)),
            Example(cls(), ((8, 2, 3),)),
        )


def _region(size: int, out: int) -> Window:
    """What one output reads of an axis; where `out` does not divide, the largest that any reads."""
    common = gcd(size, out)
    largest = 1 + -(-(size - common) // out)
    return Window(largest, size / out, -(out - common) / out)
