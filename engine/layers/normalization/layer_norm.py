"""LayerNorm: all values of each image to mean 0 and variance 1."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from engine.fields import Flag, Integer, parameter
from engine.layers.base import Change, Example, Shape, ShapeError, Tensor, Window
from engine.layers.normalizing import EPS, Normalization, refuse_single, scale_and_shift
from engine.layers.shapes import describe
from engine.layers.writing import arguments, count


@dataclass(frozen=True)
class LayerNorm(Normalization):
    """Brings the values of each image, all or those of its last axes, to mean 0 and variance 1."""

    purpose: ClassVar[str] = "Normalise all values of each image together"
    reference: ClassVar[str] = "torch.nn.LayerNorm; Ba et al., Layer normalization, 2016"
    place: ClassVar[int] = 1

    axes: int | None = parameter(
        None,
        Integer(
            help="How many of the last axes are normalised together; torch's normalized_shape is "
            "their sizes.",
            unit="axes",
            low=1,
            high=8,
            none="all",
        ),
    )
    eps: float = parameter(1e-05, EPS)
    elementwise_affine: bool = parameter(
        True, Flag(help="Learn a factor for every position after normalising.")
    )
    bias: bool = parameter(True, Flag(help="Learn a summand too, where a factor is learned."))

    def _normalized(self, shape: Shape) -> Shape:
        return shape if self.axes is None else shape[-self.axes :]

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        if self.axes is not None and self.axes > len(shape):
            raise ShapeError(
                "axes",
                f"normalises {self.axes} axes, but {describe(shape)} has only {len(shape)}",
                "normalise all axes",
                [Change("Normalise all axes", (("axes", None),))],
            )
        refuse_single(prod(self._normalized(shape)), f"the last axes of {describe(shape)}")
        return shape

    def tensors(self, *shapes: Shape) -> dict[str, Tensor]:
        normalized = self._normalized(shapes[0])
        return scale_and_shift(normalized, self.bias) if self.elementwise_affine else {}

    def receptive(self, *shapes: Shape) -> tuple[Window, Window] | None:
        (shape,) = shapes
        if len(shape) == 3 and self.axes == 1:
            return Window(), Window(shape[2], 0, 0)
        return None

    def caption(self) -> str:
        return (
            "" if self.axes is None else f"last {count(self.axes, 'axis').replace('axiss', 'axes')}"
        )

    def code(self, *shapes: Shape) -> str:
        normalized = self._normalized(shapes[0])
        size = normalized[0] if len(normalized) == 1 else normalized
        shown = {
            name: self.values[name]
            for name in ("eps", "elementwise_affine", "bias")
            if self.values[name] != self.default(name)
        }
        return f"nn.LayerNorm({', '.join(filter(None, [repr(size), arguments(**shown)]))})"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((16, 7, 7),)),
            Example(cls(axes=1, bias=False), ((4, 5, 6),)),
            Example(cls(axes=2, elementwise_affine=False, eps=0.001), ((4, 5, 6),)),
            Example(cls(), ((120,),)),
        )
