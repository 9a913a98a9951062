"""Adam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Flag, Real, parameter
from engine.recipe.optimizer import BELOW_ONE, Optimizer


@dataclass(frozen=True)
class Adam(Optimizer):
    """Steps scaled by running means of the gradient and of its square."""

    purpose: ClassVar[str] = "Adaptive steps, good without tuning"
    when: ClassVar[str] = (
        "The first thing to try: it learns fast at its own rate of 0.001 to 0.003."
    )
    paper: ClassVar[str] = "Kingma and Ba, Adam: a method for stochastic optimization, 2015"
    reference: ClassVar[str] = "torch.optim.Adam"

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
            help="Added to the root of the square's mean, against dividing by 0; larger makes steps "
            "more alike to SGD's.",
            more=True,
        ),
    )
    amsgrad: bool = parameter(
        False,
        Flag(
            help="Divide by the largest square's mean so far, so that steps never grow again "
            "(Reddi et al., 2018).",
            more=True,
        ),
    )
