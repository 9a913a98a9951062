"""Muon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from engine.fields import Choice, Flag, Integer, Real, parameter
from engine.recipe.optimizer import BELOW_ONE, Optimizer


@dataclass(frozen=True)
class Muon(Optimizer):
    """Momentum made orthogonal, so that a step turns all directions of a matrix alike.

    It is for matrices: torch refuses parameters that are not of two dimensions. Filters of
    convolutions, biases and normalisation are stepped by AdamW beside it.
    """

    purpose: ClassVar[str] = "Orthogonal steps for the matrices of Dense layers, AdamW for the rest"
    when: ClassVar[str] = (
        "For networks with large Dense layers or attention; of a network that is nearly all convolutions "
        "it moves little."
    )
    paper: ClassVar[str] = "Jordan et al., Muon: an optimizer for hidden layers, 2024"
    reference: ClassVar[str] = "torch.optim.Muon"

    learning_rate: float = parameter(
        0.02, Real(low=1e-9, high=100.0, help="The size of a step of the matrices.")
    )
    weight_decay: float = parameter(
        0.1, Real(low=0.0, high=10.0, help="How strongly the matrices are pulled to 0.")
    )
    adamw_learning_rate: float = parameter(
        0.0003,
        Real(
            low=1e-9,
            high=100.0,
            label="AdamW's rate",
            help="The size of AdamW's steps, for all that is no matrix; it follows the same schedule.",
        ),
    )
    adamw_weight_decay: float = parameter(
        0.01,
        Real(
            low=0.0,
            high=10.0,
            label="AdamW's decay",
            help="How strongly AdamW pulls its parameters to 0.",
            more=True,
        ),
    )
    momentum: float = parameter(
        0.95,
        Real(
            low=0.0,
            high=BELOW_ONE,
            help="How much of the last step is kept: 0.95 nearly always.",
            more=True,
        ),
    )
    nesterov: bool = parameter(True, Flag(help="Look ahead along the momentum.", more=True))
    adjust_lr_fn: str = parameter(
        "original",
        Choice(
            options=("original", "match_rms_adamw"),
            label="rate by shape",
            help="How a matrix of A x B scales the rate: original by √max(1, A / B), "
            "match_rms_adamw by 0.2 · √max(A, B), so that rates found for AdamW fit.",
            more=True,
        ),
    )
    ns_steps: int = parameter(
        5,
        Integer(
            low=1,
            high=99,
            label="Newton-Schulz steps",
            help="Rounds of the iteration that makes a step orthogonal.",
            more=True,
        ),
    )
    eps: float = parameter(
        1e-7,
        Real(
            low=0.0,
            high=1.0,
            help="The least norm that a step is divided by before the iteration.",
            more=True,
        ),
    )

    def arguments(self) -> dict[str, Any]:
        values = super().arguments()
        return {name: value for name, value in values.items() if not name.startswith("adamw_")}

    def arguments_of_the_rest(self) -> dict[str, Any]:
        """Keyword arguments of `torch.optim.AdamW` for parameters that are no matrices."""
        return {"lr": self.adamw_learning_rate, "weight_decay": self.adamw_weight_decay}
