"""A rate that falls along half a cosine wave."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Real, parameter
from engine.recipe.schedule import Schedule


@dataclass(frozen=True)
class CosineAnnealingLR(Schedule):
    """eta_min + (rate - eta_min) · (1 + cos(π · step / steps)) / 2, equation 5 of the paper."""

    purpose: ClassVar[str] = "Falls along half a cosine wave to the run's end"
    when: ClassVar[str] = "Nearly always: nothing to choose, and the end of the run is calm."
    title: ClassVar[str] = "cosine"
    paper: ClassVar[str] = (
        "Loshchilov and Hutter, SGDR: stochastic gradient descent with warm restarts, 2017"
    )
    reference: ClassVar[str] = "torch.optim.lr_scheduler.CosineAnnealingLR"

    eta_min: float = parameter(
        0.0, Real(low=0.0, high=100.0, help="The rate at the end of the run.", more=True)
    )

    def after(self, highest: float, step: int, steps: int, per_epoch: int) -> float:
        part = (1 + math.cos(math.pi * step / max(1, steps))) / 2
        return self.eta_min + (highest - self.eta_min) * part
