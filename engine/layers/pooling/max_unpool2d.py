"""MaxUnpool2d: put maxima back where their MaxPool2d found them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Pair, parameter
from engine.layers.base import (
    Change,
    Example,
    Indices,
    Layer,
    Line,
    Shape,
    ShapeError,
    Window,
    times,
)
from engine.layers.shapes import describe, maps, pair, unpair
from engine.layers.sliding import KERNEL, POOL_STRIDE, Size, size_lines, spread, step
from engine.layers.writing import by, constructor, dotted


@dataclass(frozen=True)
class MaxUnpool2d(Layer):
    """Restores the size that a MaxPool2d took: each value goes to where the maximum was, the rest is 0."""

    family: ClassVar[str] = "pooling"
    purpose: ClassVar[str] = "Undo a max pooling, with its indices"
    reference: ClassVar[str] = "torch.nn.MaxUnpool2d"
    ports_in: ClassVar[tuple[str, ...]] = ("input", "indices")

    kernel_size: Size = parameter(2, KERNEL)
    stride: Size | None = parameter(None, POOL_STRIDE)
    padding: Size = parameter(
        0, Pair(help="The padding of the max pooling.", unit="px", low=0, high=500)
    )

    def _windows(self) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
        """(kernel, stride, padding) of each axis."""
        kernel, padding = pair(self.kernel_size), pair(self.padding)
        stride = kernel if self.stride is None else pair(self.stride)
        return (kernel[0], stride[0], padding[0]), (kernel[1], stride[1], padding[1])

    def _plain(self, shape: Shape) -> tuple[int, int]:
        """The size that torch gives when not asked for one: (size − 1)·stride + kernel − 2·padding."""
        height, width = (
            (size - 1) * stride + kernel - 2 * padding
            for size, (kernel, stride, padding) in zip(shape[1:], self._windows(), strict=True)
        )
        return height, width

    def output(self, *shapes: Shape) -> Shape:
        shape, indices = shapes
        channels, _, _ = maps(shape)
        if not isinstance(indices, Indices):
            raise ShapeError(
                "",
                f"gets {describe(indices)} as its indices, which are not from a max pooling",
                "link the indices of a MaxPool2d, with return_indices switched on, to it",
                port=1,
            )
        if tuple(indices) != tuple(shape):
            raise ShapeError(
                "",
                f"gets values of {times(*shape)} but indices of {times(*indices)}",
                "link it to layers that keep the shape that its MaxPool2d gave out",
            )
        strides = [stride for _, stride, _ in self._windows()]
        if any(
            not plain - stride < size < plain + stride
            for plain, stride, size in zip(self._plain(shape), strides, indices.plane, strict=True)
        ):
            raise self._disagreement(shape, indices)
        return channels, *indices.plane

    def _disagreement(self, shape: Shape, indices: Indices) -> ShapeError:
        repairs: list[Change] = []
        if indices.windows is not None:
            height, width = indices.windows
            kernel = unpair(height.size, width.size)
            stride = unpair(int(height.stride), int(width.stride))
            padding = unpair(-int(height.start), -int(width.start))
            repairs.append(
                Change(
                    f"Set kernel size {by(kernel)}, {step(stride)} and padding {padding}, as its "
                    "MaxPool2d has",
                    (("kernel_size", kernel), ("stride", stride), ("padding", padding)),
                )
            )
        return ShapeError(
            "kernel_size",
            f"would restore about {times(*self._plain(shape))}, but its indices point into "
            f"{times(*indices.plane)}",
            "give it the kernel size, stride and padding of its MaxPool2d",
            repairs,
        )

    def receptive(self, *shapes: Shape) -> tuple[Window, Window] | None:
        indices = shapes[1]
        if isinstance(indices, Indices) and indices.windows is not None:
            height, width = (
                spread(window.size, int(window.stride), -int(window.start))
                for window in indices.windows
            )
        else:
            height, width = (spread(*axis) for axis in self._windows())
        return height, width

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        _, indices = shapes
        assert isinstance(indices, Indices)
        return size_lines([f"{size} as before its MaxPool2d" for size in indices.plane])

    def caption(self) -> str:
        stride = self.kernel_size if self.stride is None else self.stride
        return dotted(by(self.kernel_size), step(stride))

    def code(self, *shapes: Shape) -> str:
        return constructor(self, always=("kernel_size",))

    def call(self, module: str, inputs: Sequence[str], shapes: Sequence[Shape]) -> str:
        values, indices = shapes
        size = ""
        if isinstance(indices, Indices) and self._plain(values) != indices.plane:
            size = f", output_size={indices.plane}"
        return f"{module}({', '.join(inputs)}{size})"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((6, 14, 14), Indices((6, 14, 14), (28, 28)))),
            Example(cls(kernel_size=3, stride=2), ((4, 6, 6), Indices((4, 6, 6), (14, 13)))),
        )
