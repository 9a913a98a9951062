"""A constant rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.recipe.schedule import Schedule


@dataclass(frozen=True)
class Constant(Schedule):
    """The optimiser's rate, from the first step to the last."""

    purpose: ClassVar[str] = "The same rate all along"
    when: ClassVar[str] = (
        "For first looks, and runs whose length is not known; it rarely ends best."
    )
    title: ClassVar[str] = "constant"

    def after(self, highest: float, step: int, steps: int, per_epoch: int) -> float:
        return highest
