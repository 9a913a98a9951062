"""LeakyReLU: keep what is positive and a little of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Real, parameter
from engine.layers.base import Example
from engine.layers.elementwise import Elementwise
from engine.layers.writing import scaled


@dataclass(frozen=True)
class LeakyReLU(Elementwise):
    """x where it is positive, a fraction of it elsewhere, so that no unit stops learning."""

    purpose: ClassVar[str] = "Keep positive values and a fraction of the rest"
    reference: ClassVar[str] = "torch.nn.LeakyReLU"
    place: ClassVar[int] = 1

    negative_slope: float = parameter(
        0.01, Real(help="What negative values are multiplied by.", low=0, high=1)
    )

    def rule(self) -> str:
        return f"x where x > 0, else {scaled(self.negative_slope, 'x')}"

    def caption(self) -> str:
        return f"slope {self.negative_slope:g}"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (*super().examples(), Example(cls(negative_slope=0.2), ((4, 5, 6),)))
