"""Cross-entropy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Real, parameter
from engine.recipe.loss import Loss


@dataclass(frozen=True)
class CrossEntropyLoss(Loss):
    """-log of the probability that a softmax over the Output's scores gives the right class."""

    purpose: ClassVar[str] = "Tells classes apart; wants one raw score for each"
    reference: ClassVar[str] = "torch.nn.CrossEntropyLoss"
    title: ClassVar[str] = "cross-entropy"
    unit: ClassVar[str] = "nats"
    spoils: ClassVar[Mapping[str, str]] = {
        "Softmax": "applies softmax itself, and twice it learns slowly",
        "LogSoftmax": "applies log-softmax itself",
        "Sigmoid": "wants raw scores, not numbers squeezed between 0 and 1",
        "ReLU": "cannot tell scores apart that are all set to 0",
    }

    label_smoothing: float = parameter(
        0.0,
        Real(
            low=0.0,
            high=1.0,
            help="Part of the target that is spread evenly over all classes (Szegedy et al., 2016); "
            "0.1 keeps a network from growing too sure.",
        ),
    )

    def arguments(self) -> dict[str, float | str]:
        return {"label_smoothing": self.label_smoothing}
