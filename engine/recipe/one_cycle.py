"""A rate that rises and falls once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Choice, Real, parameter
from engine.recipe.schedule import Schedule


@dataclass(frozen=True)
class OneCycleLR(Schedule):
    """From rate / div_factor up to the rate, and down to a part of where it began.

    The optimiser's momentum stays as it is: torch's `cycle_momentum=False`.
    """

    purpose: ClassVar[str] = "Rises to the rate, then falls to almost nothing"
    when: ClassVar[str] = (
        "For short runs that shall learn much: it bears rates several times as high as others do."
    )
    title: ClassVar[str] = "one-cycle"
    paper: ClassVar[str] = (
        "Smith and Topin, Super-convergence: very fast training using large learning rates, 2018"
    )
    reference: ClassVar[str] = "torch.optim.lr_scheduler.OneCycleLR"

    pct_start: float = parameter(
        0.3, Real(low=0.0, high=1.0, label="rising part", help="Part of the run in which it rises.")
    )
    div_factor: float = parameter(
        25.0, Real(low=1.0, high=1e9, help="It begins with the rate divided by this.", more=True)
    )
    final_div_factor: float = parameter(
        10_000.0,
        Real(low=1.0, high=1e12, help="It ends with its beginning divided by this.", more=True),
    )
    anneal_strategy: str = parameter(
        "cos",
        Choice(
            options=("cos", "linear"),
            label="shape",
            help="Along half a cosine wave, or in a straight line.",
            more=True,
        ),
    )

    def after(self, highest: float, step: int, steps: int, per_epoch: int) -> float:
        first = highest / self.div_factor
        top, end = self.pct_start * steps - 1, float(steps - 1)
        if step <= top:
            return self._between(first, highest, step / top if top else 1.0)
        part = (step - top) / (end - top) if end != top else 1.0
        return self._between(highest, first / self.final_div_factor, part)

    def _between(self, start: float, end: float, part: float) -> float:
        if self.anneal_strategy == "linear":
            return start + (end - start) * part
        return end + (start - end) / 2 * (1 + math.cos(math.pi * part))
