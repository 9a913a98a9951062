"""SiLU: x times its sigmoid."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.elementwise import Elementwise


class SiLU(Elementwise):
    """x·sigmoid(x), also called swish: smooth, and slightly below 0 for negative x."""

    purpose: ClassVar[str] = "Smooth ReLU of EfficientNet"
    reference: ClassVar[str] = (
        "torch.nn.SiLU; Ramachandran et al., Searching for activation functions, 2017"
    )

    def rule(self) -> str:
        return "x / (1 + exp(−x))"
