"""ZeroPad2d: rows and columns of zeros around, or cut away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.fields import Integer, parameter
from engine.layers.base import Change, Example, Layer, Line, Shape, ShapeError, Window, times
from engine.layers.shapes import maps
from engine.layers.sliding import size_lines
from engine.layers.writing import dotted


def _side(name: str) -> Integer:
    return Integer(
        help=f"Zeros put on the {name}; a negative number cuts that many away.",
        unit="px",
        low=-10_000,
        high=10_000,
    )


@dataclass(frozen=True)
class ZeroPad2d(Layer):
    """Puts zeros around every map, on each side as many as you say, or cuts its borders away."""

    family: ClassVar[str] = "shape"
    purpose: ClassVar[str] = "Put zeros around maps, or crop them"
    reference: ClassVar[str] = "torch.nn.ZeroPad2d"

    left: int = parameter(1, _side("left"))
    right: int = parameter(1, _side("right"))
    top: int = parameter(1, _side("top"))
    bottom: int = parameter(1, _side("bottom"))

    def output(self, *shapes: Shape) -> Shape:
        (shape,) = shapes
        channels, height, width = maps(shape)
        kept = (
            height + min(self.top, 0) + min(self.bottom, 0),
            width + min(self.left, 0) + min(self.right, 0),
        )
        if min(kept) < 1:
            names = ("left", "right", "top", "bottom")
            raise ShapeError(
                "top" if kept[0] < 1 else "left",
                f"cuts {-min(self.top, 0) - min(self.bottom, 0)} rows and "
                f"{-min(self.left, 0) - min(self.right, 0)} columns off maps of "
                f"{times(height, width)} and leaves nothing of them",
                "cut less away",
                [Change("Cut nothing away", tuple((n, max(0, getattr(self, n))) for n in names))],
            )
        return channels, height + self.top + self.bottom, width + self.left + self.right

    def receptive(self, *shapes: Shape) -> tuple[Window, Window] | None:
        return Window(start=-self.top), Window(start=-self.left)

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        _, height, width = shapes[0]
        return size_lines(
            [
                f"{size} + {before} + {after} = {size + before + after}".replace("+ -", "− ")
                for size, before, after in (
                    (height, self.top, self.bottom),
                    (width, self.left, self.right),
                )
            ]
        )

    def caption(self) -> str:
        if self.left == self.right == self.top == self.bottom:
            return f"{self.left} on every side"
        return dotted(
            f"left {self.left}", f"right {self.right}", f"top {self.top}", f"bottom {self.bottom}"
        )

    def code(self, *shapes: Shape) -> str:
        sides = (self.left, self.right, self.top, self.bottom)
        return f"nn.ZeroPad2d({sides[0] if len(set(sides)) == 1 else sides})"

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((1, 28, 28),)),
            Example(cls(left=0, right=1, top=-2, bottom=3), ((4, 5, 6),)),
        )
