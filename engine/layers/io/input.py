"""Input: where the images come in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Integers, parameter
from engine.layers.base import Change, Example, Layer, Shape, ShapeError, times


@dataclass(frozen=True)
class Input(Layer):
    """The images, as maps: one for grey, three for colour. Data is resized to this shape."""

    family: ClassVar[str] = "io"
    purpose: ClassVar[str] = "Where the images come in"
    reference: ClassVar[str] = "the network's forward(x)"
    place: ClassVar[int] = 0
    ports_in: ClassVar[tuple[str, ...]] = ()

    shape: tuple[int, ...] = parameter(
        (1, 28, 28),
        Integers(
            help="Channels × height × width of an image, or the number of features.",
            low=1,
            high=1_000_000,
            shortest=1,
            longest=3,
        ),
    )

    def output(self, *shapes: Shape) -> Shape:
        if len(self.shape) == 2:
            mended = (1, *self.shape)
            raise ShapeError(
                "shape",
                f"has a shape of {times(*self.shape)} with two numbers, where maps have three",
                f"take {times(*mended)}, channels × height × width",
                [Change(f"Set shape to {times(*mended)}", (("shape", mended),))],
            )
        return self.shape

    def caption(self) -> str:
        return times(*self.shape)

    def call(self, module: str, inputs: Sequence[str], shapes: Sequence[Shape]) -> str:
        raise TypeError("an Input is an argument of forward and not called")

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ()),
            Example(cls(shape=(3, 32, 32)), ()),
            Example(cls(shape=(4,)), ()),
        )
