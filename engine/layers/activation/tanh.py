"""Tanh: squash to between −1 and 1."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.elementwise import Elementwise


class Tanh(Elementwise):
    """An S-shaped curve from −1 to 1, as in LeNet-5."""

    purpose: ClassVar[str] = "Squash values to between −1 and 1"
    reference: ClassVar[str] = "torch.nn.Tanh"
    bounds: ClassVar[tuple[float, float] | None] = (-1.0, 1.0)

    def rule(self) -> str:
        return "tanh(x)"
