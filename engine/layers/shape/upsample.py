"""Upsample: larger maps without learning."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import ClassVar

from engine.fields import Choice, Flag, Pair, parameter
from engine.layers.base import Change, Example, Layer, Line, Shape, ShapeError, Window
from engine.layers.shapes import maps, pair
from engine.layers.sliding import Size, size_lines
from engine.layers.writing import by, constructor, dotted

TAPS = {"nearest": 1, "bilinear": 2, "bicubic": 4}
"""How many input positions each mode reads along an axis."""


@dataclass(frozen=True)
class Upsample(Layer):
    """Makes maps larger by repeating values or by drawing smooth curves between them."""

    family: ClassVar[str] = "shape"
    purpose: ClassVar[str] = "Make maps larger without learning"
    reference: ClassVar[str] = "torch.nn.Upsample"

    scale_factor: Size = parameter(
        2,
        Pair(help="How many times as large; not used where a size is given.", low=1, high=1000),
    )
    size: Size | None = parameter(
        None,
        Pair(
            help="Height and width to reach, instead of a scale factor.",
            unit="px",
            low=1,
            high=100_000,
            none="by the scale factor",
        ),
    )
    mode: str = parameter(
        "nearest",
        Choice(
            help="Repeat the nearest value, or interpolate by straight lines or cubic curves.",
            options=tuple(TAPS),
        ),
    )
    align_corners: bool = parameter(
        False,
        Flag(help="Interpolate so that the corner values stay in the corners; not for 'nearest'."),
    )

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        channels, height, width = maps(shape)
        if self.align_corners and self.mode == "nearest":
            raise ShapeError(
                "align_corners",
                "aligns corners but has mode 'nearest', which interpolates nothing",
                "switch align_corners off or take mode 'bilinear'",
                [
                    Change("Switch align corners off", (("align_corners", False),)),
                    Change("Set mode to bilinear", (("mode", "bilinear"),)),
                ],
            )
        if self.size is not None:
            return channels, *pair(self.size)
        factors = pair(self.scale_factor)
        return channels, height * factors[0], width * factors[1]

    def receptive(self, *shapes: Shape) -> tuple[Window, Window] | None:
        _, *sizes = self.output(*shapes)
        height, width = (
            self._window(size, out) for size, out in zip(shapes[0][1:], sizes, strict=True)
        )
        return height, width

    def _window(self, size: int, out: int) -> Window:
        """What output o reads of an axis: the taps around its place in the input.

        That place is o·size/out for 'nearest', o·(size − 1)/(out − 1) with aligned corners, else
        (o + ½)·size/out − ½. Its floor is written as a start that is rounded up: ⌊place⌋ is
        ⌈place + finest − 1⌉, as every place is a multiple of `finest`.
        """
        taps = TAPS[self.mode]
        before = (taps - 1) // 2
        if self.mode == "nearest":
            return Window(1, size / out, -(1 - gcd(size, out) / out))
        if self.align_corners:
            if out == 1:
                return Window(taps, 0, -before)
            finest = gcd(size - 1, out - 1) / (out - 1)
            return Window(taps, (size - 1) / (out - 1), finest - 1 - before)
        stride = size / out
        finest = gcd(size, out) / (2 * out)
        return Window(taps, stride, stride / 2 - 0.5 + finest - 1 - before)

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        _, *sizes = self.output(*shapes)
        return size_lines(
            [
                f"{size} → {out}" if self.size is not None else f"{size} × {out // size} = {out}"
                for size, out in zip(shapes[0][1:], sizes, strict=True)
            ]
        )

    def caption(self) -> str:
        if self.size is not None:
            return dotted(f"to {by(self.size)}", self.mode)
        factor = self.scale_factor if isinstance(self.scale_factor, int) else by(self.scale_factor)
        return dotted(f"{factor} times", self.mode)

    def code(self, *shapes: Shape) -> str:
        name = "scale_factor" if self.size is None else "size"
        skip = ("size",) if self.size is None else ("scale_factor",)
        return constructor(self, always=(name, "mode"), skip=skip)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((16, 7, 7),)),
            Example(cls(scale_factor=(2, 3), mode="bilinear"), ((4, 5, 6),)),
            Example(cls(size=(9, 8), mode="bicubic", align_corners=True), ((4, 5, 6),)),
        )
