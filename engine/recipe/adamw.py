"""AdamW."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Real, parameter
from engine.recipe.optimizer import Optimizer


@dataclass(frozen=True)
class AdamW(Optimizer):
    """Adam with the decay of weights kept out of the adaptive step (Loshchilov and Hutter, 2019)."""

    purpose: ClassVar[str] = "Adam with weight decay done right"
    reference: ClassVar[str] = "torch.optim.AdamW"

    weight_decay: float = parameter(
        0.01, Real(low=0.0, high=10.0, help="How strongly weights are pulled to 0.")
    )
    beta1: float = parameter(
        0.9, Real(low=0.0, high=0.999999, help="Memory of the gradient's mean.")
    )
    beta2: float = parameter(
        0.999, Real(low=0.0, high=0.999999, help="Memory of its square's mean.")
    )

    def arguments(self) -> dict[str, float | bool | tuple[float, float]]:
        return {**super().arguments(), "betas": (self.beta1, self.beta2)}
