"""Leaving values out in training: what the dropouts share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Real, parameter
from engine.layers.elementwise import Elementwise


@dataclass(frozen=True)
class Dropping(Elementwise):
    """The base of dropouts. In use, after training, they do nothing."""

    family: ClassVar[str] = "normalization"

    p: float = parameter(
        0.5, Real(help="How likely each is to be left out in training.", low=0, high=0.99)
    )

    def rule(self) -> str:
        return f"in training 0 with probability {self.p:g}, else x / {1 - self.p:g}"

    def caption(self) -> str:
        return f"p = {self.p:g}"
