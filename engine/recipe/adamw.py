"""AdamW."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Real, parameter
from engine.recipe.adam import Adam


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with the decay of weights kept out of the adaptive step: w = w - rate · decay · w."""

    purpose: ClassVar[str] = "Adam with weight decay done right"
    when: ClassVar[str] = (
        "For long runs and networks that overfit: weight decay works here as it does for SGD."
    )
    paper: ClassVar[str] = "Loshchilov and Hutter, Decoupled weight decay regularization, 2019"
    reference: ClassVar[str] = "torch.optim.AdamW"

    weight_decay: float = parameter(
        0.01,
        Real(
            low=0.0,
            high=10.0,
            help="How strongly weights are pulled to 0, against overfitting: 0.01 to 0.1; more for "
            "longer runs.",
        ),
    )
