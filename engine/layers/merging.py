"""Joining branches: what Add and Multiply share, and the repairs where branches disagree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from engine.layers.base import Example, Insert, Layer, Line, Shape, ShapeError, times
from engine.layers.shapes import describe


def require_two(shapes: Sequence[Shape]) -> None:
    """Raise `ShapeError` where there is nothing to join."""
    if len(shapes) < 2:
        raise ShapeError(
            "", f"joins two branches or more but gets {len(shapes)}", "link another layer to it"
        )


def fitting(shape: Shape, goal: Shape, channels: bool = True) -> list[Insert]:
    """Layers that turn `shape` into `goal`, or with `channels` off into maps of its size.

    Empty where no single layer does.
    """
    if len(goal) == 1:
        if len(shape) == 1:
            return [Insert(f"Insert Dense of {goal[0]:,}", "Linear", (("out_features", goal[0]),))]
        return [Insert("Insert Flatten", "Flatten")]
    if len(goal) != 3 or len(shape) != 3:
        return _reshaped(shape, goal)
    size = goal[1:]
    if channels and shape[0] != goal[0]:
        strides = [
            next((s for s in (1, 2, 4, 8) if (have - 1) // s + 1 == want), 0)
            for have, want in zip(shape[1:], size, strict=True)
        ]
        if 0 in strides:
            return []
        values = (("out_channels", goal[0]), ("kernel_size", 1), ("stride", tuple(strides)))
        return [Insert(f"Insert Conv 1×1 to {goal[0]:,} maps", "Conv2d", values)]
    if shape[1] <= size[0] and shape[2] <= size[1]:
        return [Insert(f"Insert Upsample to {times(*size)}", "Upsample", (("size", size),))]
    label = f"Insert average pooling to {times(*size)}"
    return [Insert(label, "AdaptiveAvgPool2d", (("output_size", size),))]


def _reshaped(shape: Shape, goal: Shape) -> list[Insert]:
    """A Reshape of a vector to 1×1 maps, which fit any maps of as many channels."""
    if len(shape) == 1 and len(goal) == 3 and shape[0] in (1, goal[0]):
        target = (shape[0], 1, 1)
        return [Insert(f"Insert Reshape to {times(*target)}", "Reshape", (("shape", target),))]
    return []


class Combination(Layer):
    """The base of value-by-value joins. An axis of size 1 is repeated to the other's size.

    (torch, "Broadcasting semantics", with the number of axes equal.)
    """

    family: ClassVar[str] = "merge"
    variadic: ClassVar[bool] = True
    sign: ClassVar[str]
    """Python's operator."""
    verb: ClassVar[str]
    """What it does to its inputs, as a sentence says it."""

    def output(self, *shapes: Shape) -> Shape:
        require_two(shapes)
        first, *others = shapes
        result = first
        for port, shape in enumerate(others, start=1):
            if shape == result:
                continue
            if len(shape) != len(result) or any(
                have != want and 1 not in (have, want)
                for have, want in zip(shape, result, strict=True)
            ):
                raise self._disagreement(result, shape, port)
            result = tuple(map(max, shape, result))
        return result

    def _disagreement(self, first: Shape, shape: Shape, port: int) -> ShapeError:
        if len(first) == len(shape) == 3 and first[0] != shape[0]:
            what = f"{first[0]:,} maps and {shape[0]:,} maps"
        else:
            what = f"{describe(first)} and {describe(shape)}"
        repairs = fitting(shape, first)
        hint = "make both alike"
        if repairs:
            hint = f"put a {repairs[0].kind} before input {port + 1}"
        return ShapeError(
            "",
            f"{self.verb} value by value but gets {what} ({times(*first)}, {times(*shape)})",
            hint,
            repairs,
            port,
        )

    def formula(self, *shapes: Shape) -> tuple[Line, ...]:
        sign = " × " if self.sign == "*" else f" {self.sign} "
        return (Line("Value", sign.join(f"x{number}" for number in range(1, len(shapes) + 1))),)

    def call(self, module: str, inputs: Sequence[str], shapes: Sequence[Shape]) -> str:
        return f" {self.sign} ".join(inputs)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (
            Example(cls(), ((16, 8, 8), (16, 8, 8))),
            Example(cls(), ((16, 8, 8), (16, 1, 1), (1, 8, 8))),
            Example(cls(), ((10,), (10,))),
        )
