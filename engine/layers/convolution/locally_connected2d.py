"""LocallyConnected2d: a convolution whose kernel is another one at every position."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Flag, Value, parameter
from engine.layers.base import Example, Line, Shape, Tensor
from engine.layers.channels import Convolution
from engine.layers.shapes import pair
from engine.layers.sliding import check_fit, size_lines
from engine.layers.writing import arguments

DEFINITION = '''\
class LocallyConnected2d(nn.Module):
    """A convolution with a kernel and a bias of its own at every output position.

    `weight` is (positions, in_channels * kernel height * kernel width, out_channels) and `bias` is
    (positions, 1, out_channels), with the output positions counted row by row.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        input_size: tuple[int, int],
        kernel_size: tuple[int, int],
        stride: tuple[int, int] = (1, 1),
        padding: tuple[int, int] = (0, 0),
        dilation: tuple[int, int] = (1, 1),
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.unfold = nn.Unfold(kernel_size, dilation=dilation, padding=padding, stride=stride)
        height, width = (
            (size + 2 * pad - gap * (kernel - 1) - 1) // step + 1
            for size, kernel, step, pad, gap in zip(
                input_size, kernel_size, stride, padding, dilation, strict=True
            )
        )
        self.output_size = (height, width)
        inputs = in_channels * kernel_size[0] * kernel_size[1]
        self.weight = nn.Parameter(torch.empty(height * width, inputs, out_channels))
        self.bias = nn.Parameter(torch.empty(height * width, 1, out_channels)) if bias else None
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(inputs**-0.5), inputs**-0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        patches = self.unfold(x).permute(2, 0, 1)  # positions, batch, inputs
        x = torch.bmm(patches, self.weight)  # positions, batch, out_channels
        if self.bias is not None:
            x = x + self.bias
        return x.permute(1, 2, 0).unflatten(2, self.output_size)
'''


@dataclass(frozen=True)
class LocallyConnected2d(Convolution):
    """Looks for other patterns at every position: a convolution without sharing, to compare with it."""

    purpose: ClassVar[str] = "Learn other kernels at every position"
    reference: ClassVar[str] = (
        "Taigman et al., DeepFace, CVPR 2014, section 2.2; arithmetic of torch.nn.Unfold"
    )
    definition: ClassVar[str] = DEFINITION

    bias: bool = parameter(
        True, Flag(help="Add a learned number at every position of every output map.")
    )

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        axes = self.axes(shape)
        check_fit(axes)
        return self.maps_out(shape[0]), axes[0].output, axes[1].output

    def tensors(self, *shapes: Shape) -> dict[str, Tensor]:
        (shape,) = shapes
        height, width = self.axes(shape)
        kernels = pair(self.kernel_size)
        out = self.maps_out(shape[0])
        positions = height.output * width.output
        tensors = {"weight": Tensor((positions, shape[0] * kernels[0] * kernels[1], out))}
        if self.bias:
            tensors["bias"] = Tensor((positions, 1, out))
        return tensors

    def macs(self, *shapes: Shape) -> int:
        return self.tensors(*shapes)["weight"].size

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        (shape,) = shapes
        axes = self.axes(shape)
        kernels = pair(self.kernel_size)
        taps = f"{kernels[0]} × {kernels[1]} × {shape[0]}"
        out = self.maps_out(shape[0])
        places = f"{out} × {axes[0].output} × {axes[1].output}"
        total = sum(tensor.size for tensor in self.tensors(shape).values())
        return (
            *size_lines([axis.arithmetic() for axis in axes]),
            Line(
                "Parameters",
                f"({taps} + 1) × {places} = {total:,}"
                if self.bias
                else f"{taps} × {places} = {total:,}",
            ),
            Line("Multiplications", f"{taps} × {places} = {self.macs(shape):,}"),
        )

    def code(self, *shapes: Shape) -> str:
        (shape,) = shapes
        options: dict[str, Value] = {
            name: pair(self.values[name])
            for name in ("stride", "padding", "dilation")
            if self.values[name] != self.default(name)
        }
        if not self.bias:
            options["bias"] = False
        out = self.maps_out(shape[0])
        written = arguments(input_size=shape[1:], kernel_size=pair(self.kernel_size), **options)
        return f"LocallyConnected2d({shape[0]}, {out}, {written})"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(out_channels=4, kernel_size=5), ((3, 12, 12),)),
            Example(
                cls(out_channels="same", kernel_size=(3, 2), stride=2, padding=1, bias=False),
                ((2, 9, 7),),
            ),
        )
