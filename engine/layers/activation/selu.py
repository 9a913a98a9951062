"""SELU: the ELU that keeps mean 0 and variance 1."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.elementwise import Elementwise


class SELU(Elementwise):
    """An ELU with two fixed numbers that keep the values at mean 0 and variance 1 from layer to layer."""

    purpose: ClassVar[str] = "Keep values normalised without a layer for it"
    reference: ClassVar[str] = (
        "torch.nn.SELU; Klambauer et al., Self-normalizing neural networks, NeurIPS 2017"
    )

    def rule(self) -> str:
        return "1.0507·x where x > 0, else 1.7581·(exp(x) − 1)"
