"""NAdam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Flag, Real, parameter
from engine.recipe.optimizer import BELOW_ONE, Optimizer


@dataclass(frozen=True)
class NAdam(Optimizer):
    """Adam whose momentum looks ahead as Nesterov's does, and grows over the first steps."""

    purpose: ClassVar[str] = "Adam with Nesterov's look ahead"
    when: ClassVar[str] = "Where Adam is good but slow at first; often a little faster per epoch."
    paper: ClassVar[str] = "Dozat, Incorporating Nesterov momentum into Adam, 2016"
    reference: ClassVar[str] = "torch.optim.NAdam"

    learning_rate: float = parameter(
        0.002,
        Real(
            low=1e-9,
            high=100.0,
            help="The size of a step: 0.0005 to 0.005; lower it where the loss jumps or grows.",
        ),
    )
    beta1: float = parameter(
        0.9,
        Real(
            low=0.0,
            high=BELOW_ONE,
            help="Memory of the gradient's mean: 0.9 nearly always; 0.8 turns faster.",
            more=True,
        ),
    )
    beta2: float = parameter(
        0.999,
        Real(
            low=0.0,
            high=BELOW_ONE,
            help="Memory of its square's mean: 0.99 instead for short runs and noisy losses.",
            more=True,
        ),
    )
    eps: float = parameter(
        1e-8,
        Real(
            low=0.0,
            high=1.0,
            help="Added to the root of the square's mean, against dividing by 0.",
            more=True,
        ),
    )
    momentum_decay: float = parameter(
        0.004,
        Real(
            low=0.0,
            high=1.0,
            help="How fast the momentum grows: to beta1 · (1 - 0.96^(step · this) / 2).",
            more=True,
        ),
    )
    decoupled_weight_decay: bool = parameter(
        False, Flag(help="Keep the decay of weights out of the adaptive step, as AdamW.", more=True)
    )
