"""What every schedule declares: how the learning rate goes over a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Real, parameter
from engine.recipe.part import Part

WARM_UP_FROM = 0.01
"""The part of the rate that a warm-up begins with."""


@dataclass(frozen=True)
class Schedule(Part):
    """The base of every schedule; its kind is the name of the class in `torch.optim.lr_scheduler`.

    torch's is stepped after every batch here, as its own one-cycle is; numbers of epochs are
    counted as their steps.
    """

    title: ClassVar[str] = ""
    """What it is called in a sentence and on the command line."""
    watches: ClassVar[bool] = False
    """Whether it looks at the loss of the epochs, so that its curve is not known beforehand."""

    warmup: float = parameter(
        0.0,
        Real(
            low=0.0,
            high=1000.0,
            unit="epochs",
            label="warm-up",
            help="How long the rate first grows, in a straight line from a hundredth, before the "
            "schedule begins (Goyal et al., 2017); half an epoch to 5 calm large rates and batches.",
        ),
    )

    def rate(self, highest: float, step: int, steps: int, per_epoch: int) -> float:
        """The rate of step number `step`, from 0, of `steps` in all, `per_epoch` of them in an epoch.

        `highest` is the optimiser's rate, or what `checked` has left of it. As torch's `SequentialLR`
        of a `LinearLR` and the schedule.
        """
        warm = min(round(self.warmup * per_epoch), steps)
        if step < warm:
            return highest * (WARM_UP_FROM + (1 - WARM_UP_FROM) * step / warm)
        return self.after(highest, step - warm, steps - warm, per_epoch)

    def after(self, highest: float, step: int, steps: int, per_epoch: int) -> float:
        """The rate of a step counted from the end of the warm-up, of the `steps` that are left."""
        raise NotImplementedError

    def checked(self, highest: float, losses: Sequence[float]) -> float:
        """What is left of the optimiser's rate after epochs with these losses, the oldest first."""
        del losses
        return highest
