"""Negative log-likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from engine.recipe.loss import Loss


@dataclass(frozen=True)
class NLLLoss(Loss):
    """Minus the Output's number for the right class, which is to be the log of its probability."""

    purpose: ClassVar[str] = "Tells classes apart by log-probabilities; wants LogSoftmax before it"
    when: ClassVar[str] = (
        "For networks that end in LogSoftmax; together they are cross-entropy, which needs no such layer."
    )
    reference: ClassVar[str] = "torch.nn.NLLLoss"
    title: ClassVar[str] = "negative log-likelihood"
    unit: ClassVar[str] = "nats"
    wants: ClassVar[str] = "LogSoftmax"
    spoils: ClassVar[Mapping[str, str]] = {
        "Softmax": "wants the logarithms that LogSoftmax gives",
        "Sigmoid": "wants the logarithms that LogSoftmax gives",
        "ReLU": "wants the logarithms that LogSoftmax gives",
    }
