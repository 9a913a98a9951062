"""Adagrad."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Real, parameter
from engine.recipe.optimizer import Optimizer


@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Steps divided by the root of the sum of all squared gradients so far."""

    purpose: ClassVar[str] = "Steps that shrink by themselves as gradients add up"
    when: ClassVar[str] = (
        "For features that are seldom seen, and short runs; over long ones its steps become too small."
    )
    paper: ClassVar[str] = (
        "Duchi et al., Adaptive subgradient methods for online learning and stochastic "
        "optimization, 2011"
    )
    reference: ClassVar[str] = "torch.optim.Adagrad"

    learning_rate: float = parameter(
        0.01,
        Real(
            low=1e-9,
            high=100.0,
            help="The size of a step: lower it where the loss jumps or grows, raise it where it "
            "creeps; the rate test finds the range.",
        ),
    )
    lr_decay: float = parameter(
        0.0,
        Real(
            low=0.0,
            high=10.0,
            help="Divides the rate by 1 + this · step, besides the schedule.",
            more=True,
        ),
    )
    initial_accumulator_value: float = parameter(
        0.0,
        Real(
            low=0.0,
            high=1000.0,
            help="Where the sums of squares begin; above 0 the first steps are smaller.",
            more=True,
        ),
    )
    eps: float = parameter(
        1e-10,
        Real(
            low=0.0,
            high=1.0,
            help="Added to the root of the sum, against dividing by 0.",
            more=True,
        ),
    )
