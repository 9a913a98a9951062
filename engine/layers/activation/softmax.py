"""Softmax: scores to probabilities."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.softmaxing import Shares


class Softmax(Shares):
    """exp(x) as a share of the sum of all exp(x): positive numbers that add up to 1. Not before a cross-entropy loss, which has it built in."""

    purpose: ClassVar[str] = "Turn scores into probabilities"
    reference: ClassVar[str] = "torch.nn.Softmax"

    def rule(self) -> str:
        return "exp(x) / Σ exp(x)"
