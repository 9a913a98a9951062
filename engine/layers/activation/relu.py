"""ReLU: keep what is positive."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.elementwise import Elementwise


class ReLU(Elementwise):
    """max(0, x), value by value."""

    purpose: ClassVar[str] = "Keep positive values, set the rest to 0"
    reference: ClassVar[str] = "torch.nn.ReLU"
    place: ClassVar[int] = 0
    cuts: ClassVar[bool] = True

    def rule(self) -> str:
        return "max(0, x)"
