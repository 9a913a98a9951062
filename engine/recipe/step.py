"""A rate that falls in steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Integer, Real, parameter
from engine.recipe.schedule import Schedule


@dataclass(frozen=True)
class StepLR(Schedule):
    """rate · gamma^⌊epoch / step_size⌋."""

    purpose: ClassVar[str] = "Falls at once to a part of it, every few epochs"
    when: ClassVar[str] = (
        "For recipes published with it, as ResNet's: a tenth every 30 epochs of 90. Else cosine has one "
        "number less to choose."
    )
    title: ClassVar[str] = "step"
    paper: ClassVar[str] = (
        "He et al., Deep residual learning for image recognition, 2016, section 3.4"
    )
    reference: ClassVar[str] = "torch.optim.lr_scheduler.StepLR"

    step_size: int = parameter(
        2, Integer(low=1, high=100_000, unit="epochs", help="Epochs from one fall to the next.")
    )
    gamma: float = parameter(
        0.1, Real(low=0.0, high=1.0, help="What is left of the rate after each fall.")
    )

    def after(self, highest: float, step: int, steps: int, per_epoch: int) -> float:
        return highest * self.gamma ** (step // (self.step_size * per_epoch))
