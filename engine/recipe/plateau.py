"""A rate that falls when nothing is learned any more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Integer, Real, parameter
from engine.recipe.schedule import Schedule


@dataclass(frozen=True)
class ReduceLROnPlateau(Schedule):
    """Multiplied by `factor` after more than `patience` epochs without a better validation loss.

    Better is less than best · (1 - threshold). Where no image is kept aside, it is the training loss.
    """

    purpose: ClassVar[str] = "Falls whenever the validation loss stands still"
    when: ClassVar[str] = (
        "For runs whose length is not known, together with early stopping; it finds by itself when to fall."
    )
    title: ClassVar[str] = "plateau"
    watches: ClassVar[bool] = True
    reference: ClassVar[str] = "torch.optim.lr_scheduler.ReduceLROnPlateau"

    factor: float = parameter(
        0.1, Real(low=0.0, high=0.999, help="What is left of the rate after each fall.")
    )
    patience: int = parameter(
        3,
        Integer(
            low=0,
            high=100_000,
            unit="epochs",
            help="Epochs without a better loss that are borne; it falls after one more.",
        ),
    )
    threshold: float = parameter(
        1e-4,
        Real(
            low=0.0,
            high=0.999,
            help="The part by which a loss must be lower to count as better.",
            more=True,
        ),
    )
    cooldown: int = parameter(
        0,
        Integer(
            low=0,
            high=100_000,
            unit="epochs",
            help="Epochs after a fall that do not count.",
            more=True,
        ),
    )
    min_lr: float = parameter(
        0.0, Real(low=0.0, high=100.0, label="least rate", help="It falls no further.", more=True)
    )

    def after(self, highest: float, step: int, steps: int, per_epoch: int) -> float:
        return highest

    def checked(self, highest: float, losses: Sequence[float]) -> float:
        rate, best, bad, cooling = highest, math.inf, 0, 0
        for loss in losses:
            if loss < best * (1 - self.threshold):
                best, bad = loss, 0
            else:
                bad += 1
            if cooling:
                cooling, bad = cooling - 1, 0
            if bad > self.patience:
                lower = max(rate * self.factor, self.min_lr)
                # torch leaves changes of less than 1e-8 be.
                rate = lower if rate - lower > 1e-8 else rate
                cooling, bad = self.cooldown, 0
        return rate
