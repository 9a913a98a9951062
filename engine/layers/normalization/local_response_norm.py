"""LocalResponseNorm: strong maps quieten their neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Integer, Real, parameter
from engine.layers.base import Example, Line, Shape
from engine.layers.normalizing import Normalization
from engine.layers.shapes import maps
from engine.layers.writing import constructor


@dataclass(frozen=True)
class LocalResponseNorm(Normalization):
    """Divides each value by a measure of the neighbouring maps at the same place, as in AlexNet."""

    purpose: ClassVar[str] = "Let strong maps quieten their neighbours"
    reference: ClassVar[str] = (
        "torch.nn.LocalResponseNorm; Krizhevsky et al., ImageNet classification with deep "
        "convolutional neural networks, NeurIPS 2012, section 3.3"
    )

    size: int = parameter(
        5, Integer(help="How many neighbouring maps are looked at.", unit="maps", low=1, high=1000)
    )
    alpha: float = parameter(
        0.0001, Real(help="How strongly the neighbours count.", low=0, high=1000)
    )
    beta: float = parameter(0.75, Real(help="The power of the divisor.", low=0, high=100))
    k: float = parameter(1.0, Real(help="The divisor where all is 0.", low=0.001, high=1000))

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        return maps(shape)

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        divisor = f"({self.k:g} + {self.alpha:g}·Σ x² / {self.size})^{self.beta:g}"
        return (Line("Value", f"x / {divisor}, the sum over {self.size} maps"),)

    def caption(self) -> str:
        return f"over {self.size} maps"

    def code(self, *shapes: Shape) -> str:
        return constructor(self, self.size, skip=("size",))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((16, 14, 14),)),
            Example(cls(size=2, alpha=0.1, beta=0.5, k=2), ((3, 5, 6),)),
        )
