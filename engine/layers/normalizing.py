"""What normalisations share: their fields, their tensors and the refusal of a single value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Flag, Real, parameter
from engine.layers.base import Layer, Line, Remove, Shape, ShapeError, Tensor, times
from engine.layers.writing import constructor

EPS = Real(help="Added to the variance, so that nothing is divided by 0.", low=1e-12, high=1)
AFFINE = Flag(help="Learn a factor and a summand after normalising.")
TRACK = Flag(help="Keep a running mean and variance in training, and use them afterwards.")


def scale_and_shift(shape: Shape, bias: bool = True) -> dict[str, Tensor]:
    """The learned factor and, with `bias`, summand."""
    return {"weight": Tensor(shape)} | ({"bias": Tensor(shape)} if bias else {})


def refuse_single(number: int, what: str) -> None:
    """Raise `ShapeError` where `number`, how many values are normalised together, is 1.

    A single value is its own mean, so nothing but 0 would be left of it.
    """
    if number == 1:
        raise ShapeError(
            "",
            f"normalises {what}, which is a single value and would always become 0",
            "move it to where the maps are larger, or take it out",
            [Remove("Remove this layer")],
        )


class Normalization(Layer):
    """The base of normalisations: parameters as a line of arithmetic."""

    family: ClassVar[str] = "normalization"

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        learnable = [tensor for tensor in self.tensors(*shapes).values() if tensor.learnable]
        value = Line("Value", "(x − mean) / √(variance + eps)")
        if not learnable:
            return (value,)
        size = times(*learnable[0].shape)
        total = sum(tensor.size for tensor in learnable)
        return (value, Line("Parameters", f"{len(learnable)} × {size} = {total:,}"))


@dataclass(frozen=True)
class RunningNormalization(Normalization):
    """The base of normalisations of each map alone, which can keep a running mean and variance."""

    eps: float = parameter(1e-05, EPS)
    momentum: float | None = parameter(
        0.1,
        Real(
            help="How much of each batch goes into the running mean and variance; without it they "
            "are the mean over all batches.",
            low=0.0001,
            high=1,
            none="mean of all batches",
        ),
    )
    affine: bool = parameter(True, AFFINE)
    track_running_stats: bool = parameter(True, TRACK)

    def tensors(self, *shapes: Shape) -> dict[str, Tensor]:
        channels = shapes[0][0]
        tensors = scale_and_shift((channels,)) if self.affine else {}
        if self.track_running_stats:
            tensors["running_mean"] = Tensor((channels,), learnable=False)
            tensors["running_var"] = Tensor((channels,), learnable=False)
            tensors["num_batches_tracked"] = Tensor((), learnable=False)
        return tensors

    def code(self, *shapes: Shape) -> str:
        return constructor(self, shapes[0][0])
