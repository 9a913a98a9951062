"""Turning scores into shares of one: what Softmax and LogSoftmax share."""

from __future__ import annotations

from dataclasses import dataclass

from engine.fields import Integer, parameter
from engine.layers.base import Change, Example, Remove, Shape, ShapeError, Window
from engine.layers.elementwise import Elementwise
from engine.layers.shapes import describe
from engine.layers.writing import constructor


@dataclass(frozen=True)
class Shares(Elementwise):
    """The base of softmaxes: values along one axis become shares that add up to 1."""

    dim: int = parameter(
        1,
        Integer(
            help="The axis along which the shares add up to 1, counted behind the batch: "
            "1 the maps or features, 2 the height, 3 the width.",
            low=1,
            high=8,
        ),
    )

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        if self.dim > len(shape):
            raise ShapeError(
                "dim",
                f"works along axis {self.dim}, but {describe(shape)} has only {len(shape)}",
                "take axis 1, the maps or features",
                [Change("Set dim to 1", (("dim", 1),))],
            )
        if shape[self.dim - 1] == 1:
            raise ShapeError(
                "",
                f"gets {describe(shape)}, a single value along its axis {self.dim}, whose share "
                "is always all",
                "give it two values or more, or take it out",
                [Remove("Remove this layer")],
            )
        return shape

    def receptive(self, *shapes: Shape) -> tuple[Window, Window] | None:
        (shape,) = shapes
        if len(shape) != 3:
            return None
        height, width = (
            Window(shape[axis - 1], 0, 0) if self.dim == axis else Window() for axis in (2, 3)
        )
        return height, width

    def caption(self) -> str:
        return "" if self.dim == 1 else f"along axis {self.dim}"

    def code(self, *shapes: Shape) -> str:
        return constructor(self, always=("dim",))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example(cls(), ((10,),)), Example(cls(dim=3), ((4, 5, 6),)))
