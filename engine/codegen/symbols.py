"""Numbers that remember what they are called, so that a block's class can be written in its own terms.

A block's layers work out shapes and write code with these in place of plain numbers. A `Named` is
its number in every way, but reads as its name, and sums and products of it read as arithmetic:
`width * 4`. An `Opaque` besides equals no plain number, so that a layer that leaves defaults out of
its code does not leave out a parameter that happens to have the default's value just now.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from engine.codegen.layout import ATOM, PRODUCT, SUM
from engine.fields import Value
from engine.layers.base import Indices, Layer, Shape


class Named(int):
    """A whole number with the text that stands for it, and how tightly that text binds."""

    text: str
    binding: int

    def __new__(cls, value: int, text: str, binding: int = ATOM) -> Self:
        self = super().__new__(cls, value)
        self.text = text
        self.binding = binding
        return self

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(int(self), spec) if spec else self.text

    # Only whole numbers are followed; arithmetic with reals gives a plain real.

    def __add__(self, other: int) -> int:
        return self._join(int.__add__(self, other), self, "+", other)

    def __radd__(self, other: int) -> int:
        return self._join(int.__add__(self, other), other, "+", self)

    def __sub__(self, other: int) -> int:
        return self._join(int.__sub__(self, other), self, "-", other)

    def __rsub__(self, other: int) -> int:
        return self._join(int.__rsub__(self, other), other, "-", self)

    def __mul__(self, other: int) -> int:
        return self._join(int.__mul__(self, other), self, "*", other)

    def __rmul__(self, other: int) -> int:
        return self._join(int.__mul__(self, other), other, "*", self)

    def __floordiv__(self, other: int) -> int:
        return self._join(int.__floordiv__(self, other), self, "//", other)

    def __rfloordiv__(self, other: int) -> int:
        return self._join(int.__rfloordiv__(self, other), other, "//", self)

    def __mod__(self, other: int) -> int:
        return self._join(int.__mod__(self, other), self, "%", other)

    def __rmod__(self, other: int) -> int:
        return self._join(int.__rmod__(self, other), other, "%", self)

    def _join(self, value: int, left: int, sign: str, right: int) -> int:
        if value is NotImplemented:
            return value
        neutral = 1 if sign in ("*", "//") else 0
        if sign != "%" and not isinstance(right, Named) and right == neutral:
            return left
        if sign in "+*" and not isinstance(left, Named) and left == neutral:
            return right
        binding = SUM if sign in "+-" else PRODUCT
        text = f"{_operand(left, binding)} {sign} {_operand(right, binding + 1)}"
        return type(self)(value, text, binding)


class Opaque(Named):
    """A `Named` that is equal to what reads alike and to nothing else."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and self.text == other.text

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.text)


class NamedReal(float):
    """A real number with the text that stands for it."""

    text: str

    def __new__(cls, value: float, text: str) -> Self:
        self = super().__new__(cls, value)
        self.text = text
        return self

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NamedReal) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def named(value: Value, text: str, binding: int = ATOM) -> Value:
    """`value` under a name; a flag, a word or a row keeps its value, as nothing computes with it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return Named(value, text, binding) if isinstance(value, int) else NamedReal(value, text)


def with_values(layer: Layer, values: dict[str, Value]) -> Layer:
    """The same layer with parameters that read as names; they equal the checked ones, so none is checked."""
    if not values:
        return layer
    copy = replace(layer)
    for name, value in values.items():
        object.__setattr__(copy, name, value)
    return copy


def opaque(layer: Layer) -> Layer:
    """The layer as it should write its code."""
    return with_values(
        layer,
        {
            name: Opaque(int(value), value.text, value.binding)
            for name, value in layer.values.items()
            if isinstance(value, Named)
        },
    )


def opaque_shape(shape: Shape) -> Shape:
    """The shape as code should be written from it."""
    sizes = tuple(
        Opaque(int(size), size.text, size.binding) if isinstance(size, Named) else size
        for size in shape
    )
    return Indices(sizes, shape.plane, shape.windows) if isinstance(shape, Indices) else sizes


def plain_shape(shape: Shape) -> Shape:
    """The shape in plain numbers."""
    sizes = tuple(int(size) for size in shape)
    return Indices(sizes, shape.plane, shape.windows) if isinstance(shape, Indices) else sizes


def _operand(value: int, binding: int) -> str:
    if isinstance(value, Named) and value.binding < binding:
        return f"({value.text})"
    return str(value)
