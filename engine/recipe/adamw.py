"""AdamW."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Real, parameter
from engine.recipe.adam import Adam


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with the decay of weights kept out of the adaptive step (Loshchilov and Hutter, 2019)."""

    purpose: ClassVar[str] = "Adam with weight decay done right"
    reference: ClassVar[str] = "torch.optim.AdamW"

    weight_decay: float = parameter(
        0.01, Real(low=0.0, high=10.0, help="How strongly weights are pulled to 0.")
    )
