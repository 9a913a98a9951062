"""Hardswish: a swish made of straight lines."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.elementwise import Elementwise


class Hardswish(Elementwise):
    """Nearly SiLU, without an exponential, for small devices."""

    purpose: ClassVar[str] = "Cheap SiLU of MobileNetV3"
    reference: ClassVar[str] = (
        "torch.nn.Hardswish; Howard et al., Searching for MobileNetV3, ICCV 2019, section 5.2"
    )

    def rule(self) -> str:
        return "x·min(max(x + 3, 0), 6) / 6"
