"""Shape arithmetic that several layers share."""

from __future__ import annotations

from math import isqrt

from engine.fields import Value
from engine.layers.base import Insert, Shape, ShapeError, times


def pair(value: Value) -> tuple[int, int]:
    """(height, width) of a parameter that may be one number for both."""
    if isinstance(value, tuple):
        return int(value[0]), int(value[1])
    assert isinstance(value, int)
    return value, value


def unpair(height: int, width: int) -> Value:
    """A parameter that holds (height, width): one number where they are equal."""
    return height if height == width else (height, width)


def maps(shape: Shape, each_alone: bool = False) -> tuple[int, int, int]:
    """(channels, height, width) of an input that must be maps; raises `ShapeError` for another.

    `each_alone` offers to make a map of 1×1 of every feature of a vector, instead of images.
    """
    if len(shape) != 3:
        fitting = (shape[0], 1, 1) if each_alone and len(shape) == 1 else as_maps(shape)
        raise ShapeError(
            "",
            f"needs maps (channels × height × width) but gets {describe(shape)}",
            f"put a Reshape to {times(*fitting)} before it, or link it to a layer that still has maps",
            [Insert(f"Insert Reshape to {times(*fitting)}", "Reshape", (("shape", fitting),))],
        )
    return shape[0], shape[1], shape[2]


def as_maps(shape: Shape) -> tuple[int, int, int]:
    """Maps that hold as many numbers as `shape`, as large and square as they can be: 784 → 1×28×28.

    Shapes of two axes are taken for one map.
    """
    if len(shape) == 2:
        return 1, shape[0], shape[1]
    size = 1
    for axis in shape:
        size *= axis
    # Sides above this are never drawn, and the search stays short for any vector.
    for side in range(min(isqrt(size), 1024), 1, -1):
        if size % (side * side) == 0:
            return size // (side * side), side, side
    return size, 1, 1


def describe(shape: Shape) -> str:
    """A shape in a sentence: `6×28×28`, `a vector of 120`."""
    return f"a vector of {shape[0]:,}" if len(shape) == 1 else times(*shape)
