"""Multiply: the product of branches."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.merging import Combination


class Multiply(Combination):
    """The product of two branches or more, value by value: one branch is a gate for the other."""

    purpose: ClassVar[str] = "Multiply branches, one gating the other"
    reference: ClassVar[str] = "torch.mul; Hu et al., Squeeze-and-excitation networks, CVPR 2018"
    sign: ClassVar[str] = "*"
    verb: ClassVar[str] = "multiplies"
