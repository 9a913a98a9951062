"""Reroute: a bend in a link."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.elementwise import Elementwise


class Reroute(Elementwise):
    """Hands on what it gets, so that a link can be led around others; no code is written for it."""

    family: ClassVar[str] = "shape"
    purpose: ClassVar[str] = "Lead a link around others"
    reference: ClassVar[str] = "torch.nn.Identity"
    place: ClassVar[int] = 9

    def rule(self) -> str:
        return "x"

    def code(self, *shapes: tuple[int, ...]) -> str:
        return "nn.Identity()"
