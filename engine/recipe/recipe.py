"""Recipe: everything that decides a run besides the network and the data."""

from __future__ import annotations

import importlib
import math
import pkgutil
from dataclasses import dataclass, field
from typing import TypeVar

import engine.recipe as package
from engine.fields import Choice, Declaration, Integer, Real, parameter
from engine.recipe.adam import Adam
from engine.recipe.cross_entropy import CrossEntropyLoss
from engine.recipe.loss import Loss
from engine.recipe.optimizer import Optimizer

Kind = TypeVar("Kind", bound=Declaration)


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
SCHEDULES = ("constant", "cosine")
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
        0, Integer(low=0, high=2**31 - 1, help="Equal seeds give equal runs on one machine.")
    )
    device: str = parameter("auto", Choice(options=DEVICES, help="Where it trains."))
    schedule: str = parameter(
        "cosine",
        Choice(
            options=SCHEDULES,
            help="How the learning rate changes: not at all, or down to 0 along half a cosine wave.",
        ),
    )
    auxiliary_weight: float = parameter(
        0.3,
        Real(
            low=0.0,
            high=10.0,
            help="How much the loss of each further Output counts beside that of the first "
            "(GoogLeNet: 0.3).",
        ),
    )
    loss: Loss = field(default=CrossEntropyLoss())
    optimizer: Optimizer = field(default=Adam(learning_rate=0.003))

    def rate(self, step: int, steps: int) -> float:
        """The learning rate of step number `step`, from 0, of `steps` in all.

        Cosine: rate · (1 + cos(π · step / steps)) / 2 (Loshchilov and Hutter, SGDR, 2017, equation 5,
        with one period and a lowest rate of 0).
        """
        if self.schedule == "constant":
            return self.optimizer.learning_rate
        return self.optimizer.learning_rate * (1 + math.cos(math.pi * step / steps)) / 2
