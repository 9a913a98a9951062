"""LogSoftmax: scores to logarithms of probabilities."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.softmaxing import Shares


class LogSoftmax(Shares):
    """The logarithm of Softmax, computed without running out of digits."""

    purpose: ClassVar[str] = "Turn scores into log-probabilities"
    reference: ClassVar[str] = "torch.nn.LogSoftmax"

    def rule(self) -> str:
        return "x − log Σ exp(x)"
