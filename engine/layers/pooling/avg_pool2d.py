"""AvgPool2d: the mean of each window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Flag, parameter
from engine.layers.base import Example
from engine.layers.sliding import PaddedPool


@dataclass(frozen=True)
class AvgPool2d(PaddedPool):
    """The mean of each window of each map: how much of the pattern is near here?"""

    family: ClassVar[str] = "pooling"
    purpose: ClassVar[str] = "Shrink maps by the mean of each window"
    reference: ClassVar[str] = "torch.nn.AvgPool2d"
    place: ClassVar[int] = 1

    count_include_pad: bool = parameter(
        True, Flag(help="Let the zeros of the padding count in the mean.")
    )

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((6, 28, 28),)),
            Example(
                cls(
                    kernel_size=(3, 2), stride=2, padding=1, ceil_mode=True, count_include_pad=False
                ),
                ((5, 10, 8),),
            ),
        )
