"""MaxPool2d: keep the largest value of each window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Flag, parameter
from engine.layers.base import Example, Indices, Shape
from engine.layers.sliding import (
    CEIL_MODE,
    DILATION,
    KERNEL,
    POOL_PADDING,
    POOL_STRIDE,
    Axes,
    Pool,
    Size,
    slide,
)


@dataclass(frozen=True)
class MaxPool2d(Pool):
    """The largest value of each window of each map: was the pattern anywhere near here?"""

    family: ClassVar[str] = "pooling"
    purpose: ClassVar[str] = "Shrink maps, keeping the strongest response"
    reference: ClassVar[str] = "torch.nn.MaxPool2d"
    place: ClassVar[int] = 0

    kernel_size: Size = parameter(2, KERNEL)
    stride: Size | None = parameter(None, POOL_STRIDE)
    padding: Size = parameter(0, POOL_PADDING)
    dilation: Size = parameter(1, DILATION)
    return_indices: bool = parameter(
        False, Flag(help="Also give out where each maximum was, for a MaxUnpool2d.")
    )
    ceil_mode: bool = parameter(False, CEIL_MODE)

    def axes(self, shape: Shape) -> Axes:
        return slide(
            shape, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode
        )

    def output_ports(self) -> tuple[str, ...]:
        return ("output", "indices") if self.return_indices else self.ports_out

    def outputs(self, *shapes: Shape) -> tuple[Shape, ...]:
        (output,) = super().outputs(*shapes)
        if not self.return_indices:
            return (output,)
        height, width = self.axes(shapes[0])
        plane = height.size, width.size
        return output, Indices(output, plane, (height.window, width.window))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((6, 28, 28),)),
            Example(cls(kernel_size=3, stride=2, padding=1, ceil_mode=True), ((16, 14, 13),)),
            Example(cls(kernel_size=(2, 3), dilation=(3, 1), return_indices=True), ((4, 9, 9),)),
        )
