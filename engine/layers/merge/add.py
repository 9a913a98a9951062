"""Add: the sum of branches."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.merging import Combination


class Add(Combination):
    """The sum of two branches or more, value by value: the joint of a residual connection."""

    purpose: ClassVar[str] = "Sum branches, as a skip connection does"
    reference: ClassVar[str] = "torch.add; He et al., Deep residual learning, CVPR 2016"
    sign: ClassVar[str] = "+"
    verb: ClassVar[str] = "adds"
