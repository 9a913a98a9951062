"""Recipe: everything that decides a run besides the network and the data."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import engine.recipe as package
from engine.fields import Choice, Declaration, Integer, Real, parameter
from engine.recipe.adam import Adam
from engine.recipe.cosine import CosineAnnealingLR
from engine.recipe.cross_entropy import CrossEntropyLoss
from engine.recipe.loss import Loss
from engine.recipe.optimizer import Optimizer
from engine.recipe.part import Part
from engine.recipe.schedule import Schedule

Kind = TypeVar("Kind", bound=Part)


def _discover(base: type[Kind]) -> dict[str, type[Kind]]:
    for module in pkgutil.iter_modules(package.__path__):
        if module.name != __name__.rpartition(".")[2]:
            importlib.import_module(f"{package.__name__}.{module.name}")
    kinds = list(base.__subclasses__())
    for kind in kinds:
        kinds += kind.__subclasses__()
    return {kind.kind(): kind for kind in sorted(kinds, key=lambda kind: kind.kind())}


OPTIMIZERS = _discover(Optimizer)
"""Every optimiser by its kind: a new one is a new file in this folder, and nothing else."""
LOSSES = _discover(Loss)
"""Every loss by its kind, found in the same way."""
SCHEDULES = _discover(Schedule)
"""Every schedule by its kind, found in the same way."""
PARTS: Mapping[str, Mapping[str, type[Part]]] = {
    "schedule": SCHEDULES,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
}
"""The fields of a recipe that come in kinds, and the kinds of each."""
DEVICES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True)
class Recipe(Declaration):
    """Epochs, batches, the split, the seed, the device, the schedule, the loss and the optimiser."""

    epochs: int = parameter(
        5, Integer(low=1, high=100_000, help="Passes over the training images.")
    )
    batch_size: int = parameter(
        32, Integer(low=1, high=65_536, unit="images", help="Images in one step.")
    )
    validation: float = parameter(
        0.15, Real(low=0.0, high=0.9, help="Part of the training images kept aside to check on.")
    )
    seed: int = parameter(
        0,
        Integer(
            low=0, high=2**31 - 1, help="Equal seeds give equal runs on one machine.", more=True
        ),
    )
    device: str = parameter("auto", Choice(options=DEVICES, help="Where it trains."))
    auxiliary_weight: float = parameter(
        0.3,
        Real(
            low=0.0,
            high=10.0,
            help="How much the loss of each further Output counts beside that of the first "
            "(GoogLeNet: 0.3).",
        ),
    )
    schedule: Schedule = field(default=CosineAnnealingLR())
    loss: Loss = field(default=CrossEntropyLoss())
    optimizer: Optimizer = field(default=Adam(learning_rate=0.003))

    def rate(self, step: int, steps: int, per_epoch: int, highest: float | None = None) -> float:
        """The learning rate of step number `step`, from 0, of `steps` in all, `per_epoch` an epoch.

        `highest` is what the epochs so far have left of the optimiser's rate (None: all of it), as
        `schedule.checked` tells.
        """
        top = self.optimizer.learning_rate if highest is None else highest
        return self.schedule.rate(top, step, steps, per_epoch)
