"""SGD."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Flag, Real, parameter
from engine.recipe.optimizer import Optimizer


@dataclass(frozen=True)
class SGD(Optimizer):
    """Steps against the gradient, with momentum (Sutskever et al., 2013)."""

    purpose: ClassVar[str] = "Plain steps downhill, with momentum"
    reference: ClassVar[str] = "torch.optim.SGD"

    learning_rate: float = parameter(0.05, Real(low=1e-9, high=100.0, help="The size of a step."))
    momentum: float = parameter(
        0.9, Real(low=0.0, high=0.999999, help="How much of the last step is kept.")
    )
    nesterov: bool = parameter(
        False, Flag(help="Look ahead along the momentum before taking the gradient.")
    )

    def arguments(self) -> dict[str, float | bool | tuple[float, float]]:
        return {
            **super().arguments(),
            "momentum": self.momentum,
            "nesterov": self.nesterov and self.momentum > 0,
        }
