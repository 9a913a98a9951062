"""Dropout2d: leave out random maps in training."""

from __future__ import annotations

from typing import ClassVar

from engine.layers.base import Example, Shape
from engine.layers.dropping import Dropping
from engine.layers.shapes import maps


class Dropout2d(Dropping):
    """Sets whole random maps to 0 in training, as neighbours in a map know each other: a regularisation."""

    purpose: ClassVar[str] = "Regularise: leave out random maps in training"
    reference: ClassVar[str] = (
        "torch.nn.Dropout2d; Tompson et al., Efficient object localization, CVPR 2015, section 3.2"
    )

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        return maps(shape, each_alone=True)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example(cls(), ((16, 14, 14),)), Example(cls(p=0.2), ((3, 5, 6),)))
