"""Binary cross-entropy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Real, parameter
from engine.recipe.loss import Loss


@dataclass(frozen=True)
class BCEWithLogitsLoss(Loss):
    """-log of the probability that a sigmoid over the Output's one score gives the right class.

    The score is above 0 for the second class, and below for the first.
    """

    purpose: ClassVar[str] = "Tells two classes apart by a single raw score"
    when: ClassVar[str] = "For yes or no; cross-entropy with two scores learns the same."
    reference: ClassVar[str] = "torch.nn.BCEWithLogitsLoss"
    title: ClassVar[str] = "binary cross-entropy"
    unit: ClassVar[str] = "nats"
    most_classes: ClassVar[int] = 2
    spoils: ClassVar[Mapping[str, str]] = {
        "Sigmoid": "applies the sigmoid itself, and twice it learns slowly",
        "Softmax": "has one score, of which a softmax makes 1 always",
        "LogSoftmax": "has one score, of which a log-softmax makes 0 always",
        "ReLU": "cannot tell the first class by a score that is never below 0",
    }

    positive_weight: float = parameter(
        1.0,
        Real(
            low=1e-6,
            high=1e6,
            label="weight of second",
            help="How much an image of the second class counts beside one of the first: images of the "
            "first / images of the second makes both count the same.",
        ),
    )

    def scores(self, classes: int) -> int:
        return 1

    def tensors(self, counts: Sequence[int]) -> Mapping[str, tuple[float, ...]]:
        return {} if self.positive_weight == 1 else {"pos_weight": (self.positive_weight,)}
