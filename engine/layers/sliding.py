"""Windows that slide over maps: what convolution and pooling share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

from engine.fields import Flag, Pair, Value, parameter
from engine.layers.base import Change, Layer, Line, Remove, Shape, ShapeError, Window, times
from engine.layers.shapes import maps, pair, unpair
from engine.layers.writing import by, constructor, dotted

Size: TypeAlias = int | tuple[int, ...]
"""One number for height and width, or (height, width)."""

KERNEL = Pair(help="Height and width of the window.", unit="px", low=1, high=1000)
STRIDE = Pair(
    help="How far the window moves from one output to the next.", unit="px", low=1, high=1000
)
POOL_STRIDE = Pair(
    help="How far the window moves from one output to the next.",
    unit="px",
    low=1,
    high=1000,
    none="the kernel size",
)
PADDING = Pair(help="Rows and columns of zeros put on every side.", unit="px", low=0, high=1000)
POOL_PADDING = Pair(
    help="Rows and columns put on every side, at most half of the kernel size; they never win a "
    "maximum and count as 0 in a sum.",
    unit="px",
    low=0,
    high=500,
)
DILATION = Pair(
    help="Distance between the positions that one window reads; 1 reads them without gaps.",
    unit="px",
    low=1,
    high=1000,
)
CEIL_MODE = Flag(
    help="Round the output size up: a last window may run over the edge instead of being left out."
)


@dataclass(frozen=True)
class Axis:
    """A window sliding along one axis of `size` positions, with `before` and `after` of padding.

    Sizes in positions. (torch.nn.Conv2d and torch.nn.MaxPool2d, "Shape"; Dumoulin and Visin, A guide
    to convolution arithmetic for deep learning, 2016, relationship 15.)
    """

    size: int
    kernel: int
    stride: int
    before: int = 0
    after: int = 0
    dilation: int = 1
    ceil_mode: bool = False

    @cached_property
    def reach(self) -> int:
        """From the first to the last position that a window reads: dilation·(kernel − 1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    @cached_property
    def padded(self) -> int:
        """The size with its padding."""
        return self.size + self.before + self.after

    @cached_property
    def _rounded(self) -> int:
        span = self.padded - self.reach
        return (-(-span // self.stride) if self.ceil_mode else span // self.stride) + 1

    @cached_property
    def output(self) -> int:
        """Output positions; 0 or less where no window fits.

        ⌊(size + padding − reach) / stride⌋ + 1. Rounded up, a last window that would begin
        behind the input is left out.
        """
        count = self._rounded
        if self.ceil_mode and (count - 1) * self.stride >= self.size + self.before:
            return count - 1
        return count

    @cached_property
    def reads_padding_alone(self) -> bool:
        """Whether some window reads nothing but padding, because its gaps skip the input."""
        if self.dilation == 1 or self.before == 0:
            return False
        for start in range(-self.before, 0, self.stride)[: self.output]:
            tap = -(start // self.dilation)
            if tap >= self.kernel or start + tap * self.dilation >= self.size:
                return True
        return False

    @cached_property
    def window(self) -> Window:
        """What one output reads."""
        return Window(self.reach, self.stride, -self.before)

    def arithmetic(self) -> str:
        """The output size with its numbers: `⌊(32 + 2·0 − 5) / 1⌋ + 1 = 28`."""
        even = self.before == self.after
        padding = f"2·{self.before}" if even else f"{self.before} + {self.after}"
        reach = f"{self.kernel}"
        if self.dilation > 1:
            reach = f"{self.dilation}·({self.kernel} − 1) − 1"
        left, right = "⌈⌉" if self.ceil_mode else "⌊⌋"
        late = " − 1" if self.output != self._rounded else ""
        return (
            f"{left}({self.size} + {padding} − {reach}) / {self.stride}{right} + 1{late}"
            f" = {self.output}"
        )


Axes: TypeAlias = tuple[Axis, Axis]


def sides(padding: Value, reach: int, axis: int) -> tuple[int, int]:
    """Padding (before, after) of axis 0 (height) or 1 (width); 'same' puts the odd one behind."""
    if padding == "valid":
        return 0, 0
    if padding == "same":
        return (reach - 1) // 2, reach - 1 - (reach - 1) // 2
    size = pair(padding)[axis]
    return size, size


def slide(
    shape: Shape,
    kernel_size: Value,
    stride: Value,
    padding: Value = 0,
    dilation: Value = 1,
    ceil_mode: bool = False,
) -> Axes:
    """The two axes of a window over maps; raises `ShapeError` for another input.

    A stride of None is the kernel size.
    """
    _, height, width = maps(shape)
    return _slide(height, width, kernel_size, stride, padding, dilation, ceil_mode)


# By type as well: a number that knows its name, as generated code uses them, is no plain number.
@lru_cache(maxsize=4096, typed=True)
def _slide(
    height: int,
    width: int,
    kernel_size: Value,
    stride: Value,
    padding: Value,
    dilation: Value,
    ceil_mode: bool,
) -> Axes:
    # A layer's shape, cost and window all ask for the same axes, and so do its likes in a network.
    kernels, gaps = pair(kernel_size), pair(dilation)
    strides = kernels if stride is None else pair(stride)
    befores, afters = zip(
        *(sides(padding, gaps[axis] * (kernels[axis] - 1) + 1, axis) for axis in (0, 1)),
        strict=True,
    )
    return (
        Axis(height, kernels[0], strides[0], befores[0], afters[0], gaps[0], ceil_mode),
        Axis(width, kernels[1], strides[1], befores[1], afters[1], gaps[1], ceil_mode),
    )


def spread(reach: int, stride: int, padding: int) -> Window:
    """What one output reads along one axis where every input lays down a window of `reach`.

    Output o gets input i where 0 ≤ o + padding − i·stride ≤ reach − 1. (torch.nn.ConvTranspose2d;
    torch.nn.MaxUnpool2d.)
    """
    return Window((reach - 1) // stride + 1, 1 / stride, (padding - reach + 1) / stride)


def check_fit(axes: Axes, largest_padding: Callable[[Axis], int] = lambda axis: 1000) -> None:
    """Raise `ShapeError` where a window does not fit into the padded input.

    `largest_padding` says how much padding the layer may have, for the repair.
    """
    if all(axis.output >= 1 for axis in axes):
        return
    padded = times(*(axis.padded for axis in axes))
    reach = times(*(axis.reach for axis in axes))
    kernel = times(*(axis.kernel for axis in axes))
    spread = f" ({kernel} spread by its dilation)" if any(a.dilation > 1 for a in axes) else ""
    padding = [max(axis.before, -(-(axis.reach - axis.size) // 2)) for axis in axes]
    smaller = [min(axis.kernel, (axis.padded - 1) // axis.dilation + 1) for axis in axes]
    repairs: list[Change | Remove] = [
        Change(f"Set kernel size to {by(tuple(smaller))}", (("kernel_size", unpair(*smaller)),))
    ]
    hint = f"take a kernel of at most {times(*smaller)}"
    if all(size <= largest_padding(axis) for size, axis in zip(padding, axes, strict=True)):
        repairs.insert(
            0, Change(f"Set padding to {by(tuple(padding))}", (("padding", unpair(*padding)),))
        )
        hint = f"pad by {times(*padding)} or {hint}"
    raise ShapeError(
        "kernel_size",
        f"has a window of {reach}{spread}, larger than its padded input of {padded}",
        hint,
        [*repairs, Remove("Remove this layer")],
    )


def step(stride: Value) -> str:
    """A stride as a caption says it: `stride 2`, `stride 2×1`."""
    return f"stride {stride if isinstance(stride, int) else by(stride)}"


def size_lines(arithmetic: Sequence[str]) -> tuple[Line, ...]:
    """Height and width as lines; one line where both are the same."""
    height, width = arithmetic
    if height == width:
        return (Line("Height and width", height),)
    return (Line("Height", height), Line("Width", width))


class Pool(Layer):
    """The base of poolings with a sliding window. Subclasses declare the fields and `axes`."""

    def axes(self, shape: Shape) -> Axes:
        """The window along height and width."""
        raise NotImplementedError(type(self))

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        axes = self.axes(shape)
        if any(axis.before > axis.kernel // 2 for axis in axes):
            raise self._overpadded(axes)
        check_fit(axes, self.largest_padding)
        self.check_reach(axes)
        return shape[0], axes[0].output, axes[1].output

    def _overpadded(self, axes: Axes) -> ShapeError:
        most = [axis.kernel // 2 for axis in axes]
        half = [min(axis.before, axis.kernel // 2) for axis in axes]
        return ShapeError(
            "padding",
            f"has a padding of {times(*(axis.before for axis in axes))}, more than half of its "
            f"kernel {times(*(axis.kernel for axis in axes))}",
            f"pad by at most {times(*most)}",
            [Change(f"Set padding to {by(tuple(half))}", (("padding", unpair(*half)),))],
        )

    def largest_padding(self, axis: Axis) -> int:
        """How much padding the kernel permits."""
        return axis.kernel // 2

    def check_reach(self, axes: Axes) -> None:
        """Raise `ShapeError` where a window reads padding alone, which has no maximum and no mean."""
        if any(axis.reads_padding_alone for axis in axes):
            raise ShapeError(
                "dilation",
                f"has windows of {times(*(axis.reach for axis in axes))} that read nothing but "
                f"padding of its input of {times(*(axis.size for axis in axes))}",
                "take a dilation of 1",
                [Change("Set dilation to 1", (("dilation", 1),))],
            )

    def receptive(self, *shapes: Shape) -> tuple[Window, Window] | None:
        height, width = self.axes(shapes[0])
        return height.window, width.window

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        return size_lines([axis.arithmetic() for axis in self.axes(shapes[0])])

    def caption(self) -> str:
        kernel = self.values["kernel_size"]
        stride = self.values["stride"]
        return dotted(by(kernel), step(kernel if stride is None else stride))

    def code(self, *shapes: Shape) -> str:
        return constructor(self, always=("kernel_size",))


@dataclass(frozen=True)
class PaddedPool(Pool):
    """The base of poolings that add up: the fields and the window of average and sum alike."""

    kernel_size: Size = parameter(2, KERNEL)
    stride: Size | None = parameter(None, POOL_STRIDE)
    padding: Size = parameter(0, POOL_PADDING)
    ceil_mode: bool = parameter(False, CEIL_MODE)

    def axes(self, shape: Shape) -> Axes:
        return slide(shape, self.kernel_size, self.stride, self.padding, ceil_mode=self.ceil_mode)
