"""What every optimiser declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.fields import Real, parameter
from engine.recipe.part import Part

BELOW_ONE = 0.999999
"""The most that a memory may be: what is kept whole is never renewed."""


@dataclass(frozen=True)
class Optimizer(Part):
    """The base of every optimiser; its kind is the name of the class in `torch.optim`.

    Parameters have the names that torch gives them, but for `learning_rate` (`lr`) and the pair
    `betas`, which is `beta1` and `beta2`.
    """

    learning_rate: float = parameter(
        0.001,
        Real(
            low=1e-9,
            high=100.0,
            help="The size of a step: lower it where the loss jumps or grows, raise it where it "
            "creeps; the rate test finds the range.",
        ),
    )
    weight_decay: float = parameter(
        0.0,
        Real(
            low=0.0,
            high=10.0,
            help="How strongly weights are pulled to 0, against overfitting: 0.0001 to 0.0005 are "
            "usual with SGD and RMSprop.",
        ),
    )

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of the class in `torch.optim`."""
        values: dict[str, Any] = {**self.values}
        values["lr"] = values.pop("learning_rate")
        if "beta1" in values:
            values["betas"] = (values.pop("beta1"), values.pop("beta2"))
        return values
