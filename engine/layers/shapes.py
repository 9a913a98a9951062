"""Shape arithmetic that several layers share."""

from __future__ import annotations

from engine.fields import Value
from engine.layers.base import Insert, Shape, ShapeError, Window, times


def pair(value: Value) -> tuple[int, int]:
    """(height, width) of a parameter that may be one number for both."""
    if isinstance(value, tuple):
        return value[0], value[1]
    assert isinstance(value, int)
    return value, value


def python(value: Value) -> str:
    """A parameter as a literal of Python source."""
    return repr(value)


def arguments(**values: Value) -> str:
    """Keyword arguments of a call, in the order given: `stride=2, padding=1`."""
    return ", ".join(f"{name}={python(value)}" for name, value in values.items())


def maps(shape: Shape) -> tuple[int, int, int]:
    """(channels, height, width) of an input that must be maps; raises `ShapeError` for a vector."""
    if len(shape) != 3:
        raise ShapeError(
            "",
            f"needs maps (channels × height × width) but gets {describe(shape)}",
            "put a Reshape before it or link it to a layer that still has maps",
            [Insert("Insert Reshape", "Reshape")],
        )
    return shape[0], shape[1], shape[2]


def describe(shape: Shape) -> str:
    """A shape in a sentence: `6×28×28`, `a vector of 120`."""
    return f"a vector of {shape[0]:,}" if len(shape) == 1 else times(*shape)


def window_size(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Output positions of a sliding window along one axis; may be 0 or less where it does not fit.

    ⌊(size + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1
    (torch.nn.Conv2d, "Shape"; Dumoulin and Visin, A guide to convolution arithmetic, 2016, section 2.4).
    """
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def window(kernel: int, stride: int, padding: int, dilation: int) -> Window:
    """What one output of a sliding window reads along one axis."""
    return Window(size=dilation * (kernel - 1) + 1, stride=stride, start=-padding)
