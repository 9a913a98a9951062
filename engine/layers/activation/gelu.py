"""GELU: weigh a value by how large it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Choice, parameter
from engine.layers.base import Example
from engine.layers.elementwise import Elementwise


@dataclass(frozen=True)
class GELU(Elementwise):
    """x times the probability that a standard normal number is less than x."""

    purpose: ClassVar[str] = "Smooth ReLU of transformers and ConvNeXt"
    reference: ClassVar[str] = "torch.nn.GELU; Hendrycks and Gimpel, 2016"

    approximate: str = parameter(
        "none",
        Choice(
            help="Compute the normal distribution exactly, or nearly by tanh.",
            options=("none", "tanh"),
        ),
    )

    def rule(self) -> str:
        return (
            "x·Φ(x)" if self.approximate == "none" else "x·(1 + tanh(0.7979·(x + 0.0447·x³))) / 2"
        )

    def caption(self) -> str:
        return "" if self.approximate == "none" else "by tanh"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (*super().examples(), Example(cls(approximate="tanh"), ((4, 5, 6),)))
