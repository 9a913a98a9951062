"""Adam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Real, parameter
from engine.recipe.optimizer import Optimizer


@dataclass(frozen=True)
class Adam(Optimizer):
    """Steps scaled by running means of the gradient and of its square (Kingma and Ba, 2015)."""

    purpose: ClassVar[str] = "Adaptive steps, good without tuning"
    reference: ClassVar[str] = "torch.optim.Adam"

    beta1: float = parameter(
        0.9, Real(low=0.0, high=0.999999, help="Memory of the gradient's mean.")
    )
    beta2: float = parameter(
        0.999, Real(low=0.0, high=0.999999, help="Memory of its square's mean.")
    )

    def arguments(self) -> dict[str, float | bool | tuple[float, float]]:
        return {**super().arguments(), "betas": (self.beta1, self.beta2)}
