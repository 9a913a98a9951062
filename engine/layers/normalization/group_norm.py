"""GroupNorm: groups of maps of each image to mean 0 and variance 1."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import ClassVar

from engine.fields import Integer, parameter
from engine.layers.base import Change, Example, Shape, ShapeError, Tensor, Window
from engine.layers.normalizing import AFFINE, EPS, Normalization, refuse_single, scale_and_shift
from engine.layers.writing import constructor, count


@dataclass(frozen=True)
class GroupNorm(Normalization):
    """Brings groups of maps to mean 0 and variance 1 in each image, so the batch size does not matter."""

    purpose: ClassVar[str] = "Normalise groups of maps, whatever the batch"
    reference: ClassVar[str] = "torch.nn.GroupNorm; Wu and He, Group normalization, ECCV 2018"
    place: ClassVar[int] = 2

    num_groups: int = parameter(
        4,
        Integer(
            help="How many groups the maps are split into; it must divide their number.",
            unit="groups",
            low=1,
            high=65_536,
        ),
    )
    eps: float = parameter(1e-05, EPS)
    affine: bool = parameter(True, AFFINE)

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        channels = shape[0]
        if channels % self.num_groups:
            most = min(self.num_groups, channels)
            fitting = max(part for part in range(1, most + 1) if channels % part == 0)
            raise ShapeError(
                "num_groups",
                f"has {count(self.num_groups, 'group')}, which do not divide its "
                f"{count(channels, 'map')}",
                f"take a number of groups that divides {channels:,}, such as {fitting:,}",
                [Change(f"Set num groups to {fitting:,}", (("num_groups", fitting),))],
            )
        refuse_single(prod(shape) // self.num_groups, "each group of one map of 1×1 alone")
        return shape

    def tensors(self, *shapes: Shape) -> dict[str, Tensor]:
        return scale_and_shift((shapes[0][0],)) if self.affine else {}

    def receptive(self, *shapes: Shape) -> tuple[Window, Window] | None:
        return None

    def caption(self) -> str:
        return count(self.num_groups, "group")

    def code(self, *shapes: Shape) -> str:
        return constructor(self, self.num_groups, shapes[0][0], skip=("num_groups",))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((16, 14, 14),)),
            Example(cls(num_groups=1, affine=False), ((5, 3, 4),)),
            Example(cls(num_groups=3), ((12,),)),
        )
