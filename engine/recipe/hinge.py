"""Multi-class hinge loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from engine.fields import Choice, Real, parameter
from engine.recipe.loss import Loss


@dataclass(frozen=True)
class MultiMarginLoss(Loss):
    """The mean over all classes of max(0, margin - right + other)^p, over all others than the right one."""

    purpose: ClassVar[str] = (
        "Pushes the right class's score above the others by a margin, then rests"
    )
    when: ClassVar[str] = (
        "For a support vector machine on learned features; it gives no probabilities, and outliers "
        "count more."
    )
    paper: ClassVar[str] = (
        "Crammer and Singer, On the algorithmic implementation of multiclass kernel-based vector "
        "machines, 2001"
    )
    reference: ClassVar[str] = "torch.nn.MultiMarginLoss"
    title: ClassVar[str] = "hinge"
    hides: ClassVar[bool] = True
    spoils: ClassVar[Mapping[str, str]] = {
        "Softmax": "wants raw scores: probabilities cannot be a margin of 1 apart but at the end",
        "LogSoftmax": "wants raw scores",
        "Sigmoid": "wants raw scores, not numbers squeezed between 0 and 1",
        "ReLU": "cannot tell scores apart that are all set to 0",
    }

    margin: float = parameter(
        1.0,
        Real(
            low=0.0, high=1000.0, help="How far above the others the right class's score has to be."
        ),
    )
    p: str = parameter(
        "1",
        Choice(
            options=("1", "2"),
            label="power",
            help="1: plain; 2: squared, so that large violations count more.",
        ),
    )

    def arguments(self) -> dict[str, Any]:
        return {"margin": self.margin, "p": int(self.p)}
