"""RMSprop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Flag, Real, parameter
from engine.recipe.optimizer import BELOW_ONE, Optimizer


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """Steps divided by the root of a running mean of the squared gradient."""

    purpose: ClassVar[str] = "Steps as long in flat directions as in steep ones"
    when: ClassVar[str] = (
        "For networks published with it (MobileNet, EfficientNet, with momentum 0.9); else Adam does the "
        "same and more."
    )
    paper: ClassVar[str] = (
        "Tieleman and Hinton, Neural networks for machine learning, lecture 6e, 2012"
    )
    reference: ClassVar[str] = "torch.optim.RMSprop"

    learning_rate: float = parameter(
        0.01,
        Real(
            low=1e-9,
            high=100.0,
            help="The size of a step: 0.0003 to 0.01; lower it where the loss jumps or grows.",
        ),
    )
    momentum: float = parameter(
        0.0,
        Real(
            low=0.0,
            high=BELOW_ONE,
            help="How much of the last step is kept: 0, or 0.9 as in recipes published with it.",
        ),
    )
    alpha: float = parameter(
        0.99,
        Real(
            low=0.0,
            high=BELOW_ONE,
            help="Memory of the square's mean: lower follows changes faster, and is noisier.",
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
    centered: bool = parameter(
        False,
        Flag(
            help="Divide by the deviation: the gradient's mean is taken out first (Graves, 2013).",
            more=True,
        ),
    )
