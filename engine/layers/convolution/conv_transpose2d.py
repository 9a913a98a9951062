"""ConvTranspose2d: a convolution's step backwards, to larger maps."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from engine.fields import Pair, parameter
from engine.layers.base import Change, Example, Line, Shape, ShapeError, Tensor, Window, times
from engine.layers.channels import GroupedConvolution, weights
from engine.layers.shapes import maps, pair, unpair
from engine.layers.sliding import Size, size_lines, spread
from engine.layers.writing import by


@dataclass(frozen=True)
class ConvTranspose2d(GroupedConvolution):
    """Every input position lays down a copy of the kernel; a stride above 1 makes the maps larger."""

    purpose: ClassVar[str] = "Make maps larger with learned kernels"
    reference: ClassVar[str] = (
        "torch.nn.ConvTranspose2d; Dumoulin and Visin, A guide to convolution arithmetic, 2016, "
        "section 4"
    )

    stride: Size = parameter(
        1,
        Pair(
            help="How far apart neighbouring inputs lay their kernels; 2 doubles the size.",
            unit="px",
            low=1,
            high=1000,
        ),
    )
    padding: Size = parameter(
        0, Pair(help="Rows and columns cut off every side.", unit="px", low=0, high=1000)
    )
    output_padding: Size = parameter(
        0,
        Pair(
            help="Rows and columns added below and to the right, less than the stride or dilation, "
            "to reach a size that the stride alone does not.",
            unit="px",
            low=0,
            high=999,
        ),
    )
    dilation: Size = parameter(
        1,
        Pair(
            help="Distance between the values of one kernel as it is laid down.",
            unit="px",
            low=1,
            high=1000,
        ),
    )

    def _sizes(self, shape: Shape) -> tuple[int, int]:
        """(height, width) of the output: (size − 1)·stride − 2·padding + reach + output_padding."""
        _, height, width = maps(shape)
        strides, paddings, extra = map(pair, (self.stride, self.padding, self.output_padding))
        reaches = self._reaches()
        return (
            (height - 1) * strides[0] - 2 * paddings[0] + reaches[0] + extra[0],
            (width - 1) * strides[1] - 2 * paddings[1] + reaches[1] + extra[1],
        )

    def _reaches(self) -> tuple[int, int]:
        kernels, gaps = pair(self.kernel_size), pair(self.dilation)
        return gaps[0] * (kernels[0] - 1) + 1, gaps[1] * (kernels[1] - 1) + 1

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        height, width = self._sizes(shape)
        self.check_groups(shape[0])
        self._check_output_padding()
        if height < 1 or width < 1:
            paddings = pair(self.padding)
            bare = height + 2 * paddings[0], width + 2 * paddings[1]
            fitting = [min(pad, (size - 1) // 2) for pad, size in zip(paddings, bare, strict=True)]
            raise ShapeError(
                "padding",
                f"cuts {times(*paddings)} off every side of an output of {times(*bare)} and "
                "leaves nothing",
                f"take a padding of at most {times(*fitting)}",
                [Change(f"Set padding to {by(tuple(fitting))}", (("padding", unpair(*fitting)),))],
            )
        return self.maps_out(shape[0]), height, width

    def _check_output_padding(self) -> None:
        extra = pair(self.output_padding)
        limits = [max(step) for step in zip(pair(self.stride), pair(self.dilation), strict=True)]
        if any(size >= limit for size, limit in zip(extra, limits, strict=True)):
            most = [min(size, limit - 1) for size, limit in zip(extra, limits, strict=True)]
            raise ShapeError(
                "output_padding",
                f"has an output padding of {times(*extra)}, not less than the larger of its stride "
                f"and dilation, {times(*limits)}",
                f"take an output padding of at most {times(*(limit - 1 for limit in limits))}",
                [
                    Change(
                        f"Set output padding to {by(tuple(most))}",
                        (("output_padding", unpair(*most)),),
                    )
                ],
            )

    def tensors(self, *shapes: Shape) -> dict[str, Tensor]:
        channels = shapes[0][0]
        out = self.maps_out(channels)
        weight = (channels, out // self.group_count(channels), *pair(self.kernel_size))
        return weights(weight, out, self.bias)

    def macs(self, *shapes: Shape) -> int:
        return prod(shapes[0][1:]) * self.tensors(*shapes)["weight"].size

    def receptive(self, *shapes: Shape) -> tuple[Window, Window] | None:
        strides, paddings = pair(self.stride), pair(self.padding)
        height, width = (
            spread(reach, stride, padding)
            for reach, stride, padding in zip(self._reaches(), strides, paddings, strict=True)
        )
        return height, width

    def _arithmetic(self, shape: Shape, axis: int) -> str:
        """One axis with its numbers: `(14 − 1)·2 − 2·1 + 1·(4 − 1) + 0 + 1 = 28`."""
        stride, padding, gap, kernel, extra = (
            pair(value)[axis]
            for value in (
                self.stride,
                self.padding,
                self.dilation,
                self.kernel_size,
                self.output_padding,
            )
        )
        return (
            f"({shape[axis + 1]} − 1)·{stride} − 2·{padding} + {gap}·({kernel} − 1) + {extra} + 1"
            f" = {self._sizes(shape)[axis]}"
        )

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        (shape,) = shapes
        return (
            *size_lines([self._arithmetic(shape, 0), self._arithmetic(shape, 1)]),
            *self.weight_lines(shape[0], (shape[1], shape[2]), self.macs(shape)),
        )

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(out_channels=8, kernel_size=2, stride=2), ((16, 7, 7),)),
            Example(
                cls(out_channels=4, kernel_size=4, stride=2, padding=1, output_padding=1),
                ((6, 5, 9),),
            ),
            Example(cls(out_channels="same", groups="depthwise", dilation=2), ((4, 6, 6),)),
        )
