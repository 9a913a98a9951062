"""SGD."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Flag, ParameterError, Real, parameter
from engine.recipe.optimizer import BELOW_ONE, Optimizer


@dataclass(frozen=True)
class SGD(Optimizer):
    """Steps against the gradient: v = momentum · v + (1 - dampening) · g, w = w - rate · v."""

    purpose: ClassVar[str] = "Plain steps downhill, with momentum"
    when: ClassVar[str] = (
        "For the last percent of accuracy on images, where there is time to tune the rate; a rate of "
        "0.05 to 0.1 with a schedule that falls."
    )
    paper: ClassVar[str] = (
        "Sutskever et al., On the importance of initialization and momentum in deep learning, 2013"
    )
    reference: ClassVar[str] = "torch.optim.SGD"

    learning_rate: float = parameter(
        0.05,
        Real(
            low=1e-9,
            high=100.0,
            help="The size of a step: 0.05 to 0.1 for batches of 128 with a momentum of 0.9, and "
            "in proportion to the batch; lower it where the loss jumps.",
        ),
    )
    momentum: float = parameter(
        0.9,
        Real(
            low=0.0,
            high=BELOW_ONE,
            help="How much of the last step is kept: 0.9 nearly always; 0 for plain gradient descent.",
        ),
    )
    nesterov: bool = parameter(
        False,
        Flag(
            help="Look ahead along the momentum before taking the gradient. "
            "Wants a momentum and no dampening."
        ),
    )
    dampening: float = parameter(
        0.0,
        Real(
            low=0.0,
            high=1.0,
            help="Part of the new gradient that is left out of the momentum; 0 in nearly all uses.",
            more=True,
        ),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.nesterov and self.momentum == 0:
            raise ParameterError(
                "SGD", "nesterov", "wants a momentum above 0, but it is 0; set momentum to 0.9"
            )
        if self.nesterov and self.dampening:
            raise ParameterError(
                "SGD",
                "nesterov",
                f"wants a dampening of 0, but it is {self.dampening:g}; set dampening to 0",
            )
