"""Conv2d: one kernel per output map, shared by all positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Choice, Pair, parameter
from engine.layers.base import Change, Example, Line, Preset, Shape, ShapeError, Tensor, times
from engine.layers.channels import GroupedConvolution, weights
from engine.layers.shapes import pair, unpair
from engine.layers.sliding import Axes, Axis, Size, check_fit, size_lines
from engine.layers.writing import by


@dataclass(frozen=True)
class Conv2d(GroupedConvolution):
    """Slides small kernels over the maps; each output map looks for one pattern, everywhere alike."""

    purpose: ClassVar[str] = "Look for learned patterns at every position"
    reference: ClassVar[str] = (
        "torch.nn.Conv2d; LeCun et al., Gradient-based learning applied to document recognition, "
        "1998, section II"
    )
    place: ClassVar[int] = 0
    presets: ClassVar[tuple[Preset, ...]] = (
        Preset("Conv 1×1", "Mix the maps at each position", (("kernel_size", 1),)),
        Preset(
            "Depthwise conv",
            "One kernel for each map, without mixing them",
            (
                ("out_channels", "same"),
                ("kernel_size", 3),
                ("padding", "same"),
                ("groups", "depthwise"),
            ),
        ),
    )

    padding: Size | str = parameter(
        0,
        Pair(
            help="Rows and columns put on every side; 'same' keeps the size, 'valid' puts none.",
            unit="px",
            low=0,
            high=1000,
            words=("same", "valid"),
        ),
    )
    padding_mode: str = parameter(
        "zeros",
        Choice(
            help="What the padding holds: zeros, the mirrored input, its edge, or its other side.",
            options=("zeros", "reflect", "replicate", "circular"),
        ),
    )

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        axes = self.axes(shape)
        self.check_groups(shape[0])
        self._check_same(axes)
        check_fit(axes, self._largest_padding)
        self._check_mode(axes)
        return self.maps_out(shape[0]), axes[0].output, axes[1].output

    def _check_same(self, axes: Axes) -> None:
        if self.padding == "same" and self.stride != 1:
            half = [axis.reach // 2 for axis in axes]
            raise ShapeError(
                "padding",
                f"has padding 'same', which keeps the size, but a stride of {by(self.stride)}, "
                "which changes it",
                f"take a stride of 1 or a padding of {times(*half)}",
                [
                    Change(f"Set padding to {by(tuple(half))}", (("padding", unpair(*half)),)),
                    Change("Set stride to 1", (("stride", 1),)),
                ],
            )

    def _limit(self, size: int) -> int:
        """The most padding that an axis of `size` can fill in this mode."""
        return {"reflect": size - 1, "circular": size}.get(self.padding_mode, 1000)

    def _largest_padding(self, axis: Axis) -> int:
        return self._limit(axis.size)

    def _check_mode(self, axes: Axes) -> None:
        for axis in axes:
            if max(axis.before, axis.after) > self._limit(axis.size):
                sizes = times(*(axis.size for axis in axes))
                paddings = times(*(max(axis.before, axis.after) for axis in axes))
                raise ShapeError(
                    "padding_mode",
                    f"has {self.padding_mode} padding of {paddings}, more than its input of "
                    f"{sizes} can fill",
                    "pad with zeros or pad by less",
                    [Change("Pad with zeros", (("padding_mode", "zeros"),))],
                )

    def tensors(self, *shapes: Shape) -> dict[str, Tensor]:
        channels = shapes[0][0]
        out = self.maps_out(channels)
        weight = (out, channels // self.group_count(channels), *pair(self.kernel_size))
        return weights(weight, out, self.bias)

    def macs(self, *shapes: Shape) -> int:
        height, width = self.axes(shapes[0])
        return self.tensors(*shapes)["weight"].size * height.output * width.output

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        (shape,) = shapes
        height, width = self.axes(shape)
        return (
            *size_lines([height.arithmetic(), width.arithmetic()]),
            *self.weight_lines(shape[0], (height.output, width.output), self.macs(shape)),
        )

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(out_channels=16, kernel_size=5), ((6, 14, 14),)),
            Example(cls(out_channels=64, kernel_size=7, stride=2, padding=3), ((3, 32, 32),)),
            Example(cls(out_channels="same", padding="same", groups="depthwise"), ((8, 9, 7),)),
            Example(
                cls(
                    out_channels=8,
                    kernel_size=(3, 1),
                    padding=(2, 0),
                    dilation=2,
                    groups=2,
                    bias=False,
                    padding_mode="reflect",
                ),
                ((4, 12, 10),),
            ),
        )
