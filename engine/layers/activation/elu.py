"""ELU: exponential below zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Real, parameter
from engine.layers.base import Example
from engine.layers.elementwise import Elementwise
from engine.layers.writing import scaled


@dataclass(frozen=True)
class ELU(Elementwise):
    """x where it is positive, a smooth curve down to −alpha elsewhere."""

    purpose: ClassVar[str] = "Like ReLU, smooth below 0"
    reference: ClassVar[str] = "torch.nn.ELU; Clevert et al., ELU, ICLR 2016"

    alpha: float = parameter(1.0, Real(help="How far below 0 the values can go.", low=0, high=1000))

    def rule(self) -> str:
        return f"x where x > 0, else {scaled(self.alpha, '(exp(x) − 1)')}"

    def caption(self) -> str:
        return f"alpha {self.alpha:g}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (*super().examples(), Example(cls(alpha=0.5), ((4, 5, 6),)))
