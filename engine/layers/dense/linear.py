"""Linear: every output a weighted sum of every input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Flag, Integer, parameter
from engine.layers.base import Example, Insert, Layer, Line, Shape, ShapeError, Tensor, Window
from engine.layers.channels import weights
from engine.layers.shapes import describe
from engine.layers.writing import constructor, count, product


@dataclass(frozen=True)
class Linear(Layer):
    """A fully connected layer: each output is a weighted sum of all inputs."""

    family: ClassVar[str] = "dense"
    label: ClassVar[str] = "Dense"
    purpose: ClassVar[str] = "Combine all features, each with all"
    reference: ClassVar[str] = "torch.nn.Linear"
    place: ClassVar[int] = 0

    out_features: int = parameter(
        10, Integer(help="How many numbers come out.", unit="features", low=1, high=1_000_000)
    )
    bias: bool = parameter(True, Flag(help="Add a learned number to every output."))

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        if len(shape) != 1:
            raise ShapeError(
                "",
                f"needs a vector of features but gets maps of {describe(shape)}",
                "put a Flatten before it",
                [Insert("Insert Flatten", "Flatten")],
            )
        return (self.out_features,)

    def tensors(self, *shapes: Shape) -> dict[str, Tensor]:
        return weights((self.out_features, shapes[0][0]), self.out_features, self.bias)

    def macs(self, *shapes: Shape) -> int:
        return shapes[0][0] * self.out_features

    def receptive(self, *shapes: Shape) -> tuple[Window, Window] | None:
        return None

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        (features,) = shapes[0]
        out = self.out_features
        if self.bias:
            parameters = Line(
                "Parameters", f"({features:,} + 1) × {out:,} = {(features + 1) * out:,}"
            )
        else:
            parameters = product("Parameters", features, out)
        return (parameters, product("Multiplications", features, out))

    def caption(self) -> str:
        return count(self.out_features, "feature")

    def code(self, *shapes: Shape) -> str:
        return constructor(self, shapes[0][0], self.out_features, skip=("out_features",))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(out_features=120), ((400,),)),
            Example(cls(out_features=1, bias=False), ((7,),)),
        )
