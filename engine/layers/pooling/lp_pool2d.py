"""LPPool2d: the power mean's sum of each window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Integer, parameter
from engine.layers.base import Example, Line, Shape
from engine.layers.sliding import CEIL_MODE, KERNEL, POOL_STRIDE, Axes, Axis, Pool, Size, slide
from engine.layers.writing import constructor, dotted


@dataclass(frozen=True)
class LPPool2d(Pool):
    """The p-norm of each window: p = 1 sums, 2 is the root of the summed squares, large p nears the maximum."""

    family: ClassVar[str] = "pooling"
    purpose: ClassVar[str] = "Shrink maps by the p-norm of each window"
    reference: ClassVar[str] = "torch.nn.LPPool2d"
    place: ClassVar[int] = 3

    norm_type: int = parameter(
        2,
        Integer(
            help="The power p; a whole number, as a fractional power of a negative value is none.",
            label="norm type",
            low=1,
            high=16,
        ),
    )
    kernel_size: Size = parameter(2, KERNEL)
    stride: Size | None = parameter(None, POOL_STRIDE)
    ceil_mode: bool = parameter(False, CEIL_MODE)

    def axes(self, shape: Shape) -> Axes:
        return slide(shape, self.kernel_size, self.stride, ceil_mode=self.ceil_mode)

    def largest_padding(self, axis: Axis) -> int:
        return 0

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        p = self.norm_type
        return (*super().formula(*shapes), Line("Value", f"(Σ x^{p})^(1/{p}) over the window"))

    def caption(self) -> str:
        return dotted(super().caption(), f"p = {self.norm_type}")

    def code(self, *shapes: Shape) -> str:
        return constructor(self, always=("norm_type", "kernel_size"))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((6, 28, 28),)),
            Example(cls(norm_type=3, kernel_size=(3, 2), stride=2, ceil_mode=True), ((4, 8, 9),)),
        )
