"""Sigmoid: squash to between 0 and 1."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.elementwise import Elementwise


class Sigmoid(Elementwise):
    """An S-shaped curve from 0 to 1; it saturates, so deep nets learn slowly with it."""

    purpose: ClassVar[str] = "Squash values to between 0 and 1"
    reference: ClassVar[str] = "torch.nn.Sigmoid"
    bounds: ClassVar[tuple[float, float] | None] = (0.0, 1.0)

    def rule(self) -> str:
        return "1 / (1 + exp(−x))"
