"""Cross-entropy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from engine.fields import Flag, Real, parameter
from engine.recipe.loss import Loss


@dataclass(frozen=True)
class CrossEntropyLoss(Loss):
    """-log of the probability that a softmax over the Output's scores gives the right class."""

    purpose: ClassVar[str] = "Tells classes apart; wants one raw score for each"
    when: ClassVar[str] = "For all telling apart of classes, unless there is a reason for another."
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

    balanced: bool = parameter(
        False,
        Flag(
            label="balance classes",
            help="Let rare classes count as much as frequent ones: an image's loss is weighted by "
            "images / (classes · images of its class), and the mean is that of the weighted.",
        ),
    )

    def arguments(self) -> dict[str, Any]:
        return {"label_smoothing": self.label_smoothing}

    def weights(self, counts: Sequence[int]) -> tuple[float, ...]:
        """`balanced` as scikit-learn has it (King and Zeng, 2001); a class without images counts 1."""
        if not self.balanced:
            return ()
        total = sum(counts)
        return tuple(total / (len(counts) * count) if count else 1.0 for count in counts)
