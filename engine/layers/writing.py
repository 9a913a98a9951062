"""How a layer writes itself: Python source, captions and arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from engine.fields import Value, defaults
from engine.layers.base import Layer, Line


def python(value: Value) -> str:
    """A parameter as a literal of Python source."""
    return repr(value)


def arguments(**values: Value) -> str:
    """Keyword arguments of a call, in the order given: `stride=2, padding=1`."""
    return ", ".join(f"{name}={python(value)}" for name, value in values.items())


def constructor(
    layer: Layer,
    *first: Value,
    always: Sequence[str] = (),
    skip: Sequence[str] = (),
    kind: str = "",
    **instead: Value,
) -> str:
    """The call that makes torch's module of the same name: `nn.Conv2d(3, 6, kernel_size=5)`.

    After the positional arguments `first` come the layer's parameters, those in `always` and those
    that differ from their default (which is torch's own), save those in `skip`; `instead` gives
    another value than the parameter's own. `kind` is torch's name where it is another one.
    """
    usual = defaults(type(layer))
    shown = {
        name: value
        for name, value in (layer.values | instead).items()
        if name not in skip and (name in always or value != usual.get(name))
    }
    return f"nn.{kind or layer.kind()}({', '.join([*map(python, first), *filter(None, [arguments(**shown)])])})"


def scaled(factor: float, what: str) -> str:
    """A multiple in a formula: `0.2·x`, and just `x` where the factor is 1."""
    return what if factor == 1 else f"{factor:g}·{what}"


def by(value: Value) -> str:
    """A size for a caption: `5×5` from 5 or (5, 5), else the word itself."""
    if isinstance(value, tuple):
        return "×".join(str(item) for item in value)
    return f"{value}×{value}" if isinstance(value, int) else str(value)


def dotted(*parts: str) -> str:
    """A caption from its parts that are not empty: `5×5 · 6 maps · stride 1`."""
    return " · ".join(part for part in parts if part)


def count(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it must be: `1 map`, `1,024 maps`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def product(label: str, *factors: int) -> Line:
    """A line that multiplies: `5 × 5 × 6 = 150`."""
    return Line(label, f"{' × '.join(f'{factor:,}' for factor in factors)} = {prod(factors):,}")
