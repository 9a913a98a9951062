"""What every optimiser declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Declaration, Real, parameter


@dataclass(frozen=True)
class Optimizer(Declaration):
    """The base of every optimiser; its kind is the name of the class in `torch.optim`."""

    reference: ClassVar[str] = ""

    learning_rate: float = parameter(0.001, Real(low=1e-9, high=100.0, help="The size of a step."))
    weight_decay: float = parameter(
        0.0, Real(low=0.0, high=10.0, help="How strongly weights are pulled to 0.")
    )

    def arguments(self) -> dict[str, float | bool | tuple[float, float]]:
        """Keyword arguments of the class in `torch.optim`."""
        return {"lr": self.learning_rate, "weight_decay": self.weight_decay}
