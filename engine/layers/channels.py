"""What layers with kernels share: channels, groups, weights and their arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd, prod
from typing import ClassVar

from engine.fields import Flag, Integer, parameter
from engine.layers.base import Change, Layer, Line, Shape, ShapeError, Tensor, Window
from engine.layers.shapes import pair
from engine.layers.sliding import DILATION, KERNEL, PADDING, STRIDE, Axes, Size, slide, step
from engine.layers.writing import by, constructor, count, dotted

OUT_CHANNELS = Integer(
    help="How many maps come out, each with kernels of its own; 'same' makes as many as go in.",
    unit="maps",
    low=1,
    high=65_536,
    words=("same",),
)
GROUPS = Integer(
    help="Split the maps into this many groups that do not see each other; "
    "'depthwise' makes every input map a group of its own.",
    unit="groups",
    low=1,
    high=65_536,
    words=("depthwise",),
)


@dataclass(frozen=True)
class Convolution(Layer):
    """The base of layers whose kernels make new maps out of all those that go in."""

    family: ClassVar[str] = "convolution"

    out_channels: int | str = parameter(16, OUT_CHANNELS)
    kernel_size: Size = parameter(3, KERNEL)
    stride: Size = parameter(1, STRIDE)
    padding: Size | str = parameter(0, PADDING)
    dilation: Size = parameter(1, DILATION)

    def axes(self, shape: Shape) -> Axes:
        """The window along height and width; raises `ShapeError` for an input without maps."""
        return slide(shape, self.kernel_size, self.stride, self.padding, self.dilation)

    def receptive(self, *shapes: Shape) -> tuple[Window, Window] | None:
        height, width = self.axes(shapes[0])
        return height.window, width.window

    def maps_out(self, channels: int) -> int:
        """The number of output maps; 'same' is that of the input."""
        return self.out_channels if isinstance(self.out_channels, int) else channels

    def caption(self) -> str:
        out = self.out_channels
        maps = count(out, "map") if isinstance(out, int) else "same maps"
        return dotted(by(self.kernel_size), maps, step(self.stride))


@dataclass(frozen=True)
class GroupedConvolution(Convolution):
    """The base of convolutions that torch has, with groups."""

    groups: int | str = parameter(1, GROUPS)
    bias: bool = parameter(True, Flag(help="Add a learned number to every output map."))

    def group_count(self, channels: int) -> int:
        """The number of groups; 'depthwise' is one for each input map."""
        return self.groups if isinstance(self.groups, int) else channels

    def check_groups(self, channels: int) -> None:
        """Raise `ShapeError` where the groups do not divide both numbers of maps."""
        number, out = self.group_count(channels), self.maps_out(channels)
        if channels % number or out % number:
            raise _undivided(number, channels, out)

    def weight_lines(
        self, channels: int, positions: tuple[int, int], macs: int
    ) -> tuple[Line, Line]:
        """Parameters and multiplications with their numbers: `(5 × 5 × 6 + 1) × 16 = 2,416`."""
        height, width = pair(self.kernel_size)
        out, groups = self.maps_out(channels), self.group_count(channels)
        seen = f"({channels} / {groups})" if groups > 1 else f"{channels}"
        taps = f"{height} × {width} × {seen}"
        total = (prod((height, width, channels)) // groups + self.bias) * out
        each = f"({taps} + 1)" if self.bias else taps
        return (
            Line("Parameters", f"{each} × {out} = {total:,}"),
            Line("Multiplications", f"{taps} × {out} × {positions[0]} × {positions[1]} = {macs:,}"),
        )

    def caption(self) -> str:
        groups = f"{self.groups} groups" if isinstance(self.groups, int) else self.groups
        return dotted(super().caption(), "" if self.groups == 1 else groups)

    def code(self, *shapes: Shape) -> str:
        channels = shapes[0][0]
        return constructor(
            self,
            channels,
            self.maps_out(channels),
            always=("kernel_size",),
            skip=("out_channels",),
            groups=self.group_count(channels),
        )


def _undivided(number: int, channels: int, out: int) -> ShapeError:
    """The refusal of `number` groups, with numbers of groups and of maps that would do."""
    common = gcd(channels, out)
    fitting = max(part for part in range(1, min(number, common) + 1) if common % part == 0)
    multiple = max(1, round(out / number)) * number
    repairs = [Change(f"Set groups to {fitting}", (("groups", fitting),))]
    if channels % number == 0:
        repairs.append(
            Change(f"Set out channels to {multiple:,}", (("out_channels", multiple),)),
        )
        disagreement = f"{out:,} output maps cannot be split into {number:,} equal groups"
        hint = f"take {multiple:,} output maps or {count(fitting, 'group')}"
    else:
        disagreement = (
            f"{count(channels, 'input map')} cannot be split into {number:,} equal groups"
        )
        hint = f"take a number of groups that divides {channels:,} and {out:,}, such as {fitting:,}"
    return ShapeError("groups", f"has groups that do not divide: {disagreement}", hint, repairs)


def weights(weight: tuple[int, ...], out: int, bias: bool) -> dict[str, Tensor]:
    """The tensors of a convolution: its kernels and, with `bias`, a number for each output map."""
    tensors = {"weight": Tensor(weight)}
    if bias:
        tensors["bias"] = Tensor((out,))
    return tensors
