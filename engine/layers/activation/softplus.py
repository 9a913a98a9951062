"""Softplus: a smooth ReLU that is never 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Real, parameter
from engine.layers.base import Example
from engine.layers.elementwise import Elementwise
from engine.layers.writing import scaled


@dataclass(frozen=True)
class Softplus(Elementwise):
    """log(1 + exp(beta·x)) / beta: always positive; straight where beta·x is above the threshold."""

    purpose: ClassVar[str] = "Smooth ReLU that stays above 0"
    reference: ClassVar[str] = "torch.nn.Softplus"

    beta: float = parameter(1.0, Real(help="How sharp the bend at 0 is.", low=0.001, high=1000))
    threshold: float = parameter(
        20.0,
        Real(help="Where beta·x is above it, x is given out as it is.", low=0, high=1000),
    )

    def rule(self) -> str:
        bent = scaled(self.beta, "x")
        divisor = "" if self.beta == 1 else f" / {self.beta:g}"
        return f"log(1 + exp({bent})){divisor}, x itself where {bent} > {self.threshold:g}"

    def caption(self) -> str:
        return f"beta {self.beta:g}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (*super().examples(), Example(cls(beta=2, threshold=10), ((4, 5, 6),)))
