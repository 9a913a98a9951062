"""Declared parameters: what a value may be, its unit, its range and its help.

A declaration (a layer, an optimiser, a recipe) is a frozen dataclass whose fields carry a `Field`.
From it come the check on construction, the inspector's form, the file format and the help page.
This module knows no layer and no network; it lies below every other room of the engine.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from typing import Any, ClassVar, Self, TypeAlias

Value: TypeAlias = bool | int | float | str | tuple[int, ...] | tuple[float, ...] | None
"""What a parameter can hold. A pair of equal numbers is stored as one number."""
LONGEST = 80
"""Characters of a value that a refusal repeats."""


class ParameterError(ValueError):
    """A value that its parameter cannot hold, said in one sentence.

    `owner` is the declaration's kind (`Conv2d`), `parameter` the field's name, `message` the rest.
    """

    def __init__(self, owner: str, parameter: str, message: str) -> None:
        super().__init__(f"{owner}: {parameter} {message}.")
        self.owner = owner
        self.parameter = parameter
        self.message = message


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One parameter's meaning. Subclasses say which values it takes.

    `label` is shown in forms (empty: the field's own name), `unit` follows the number (`px`, `maps`),
    `none` is the text shown for None and also permits it (empty: None is refused). `more`: not for a
    beginner, so it may be folded away.
    """

    help: str = ""
    label: str = ""
    unit: str = ""
    none: str = ""
    more: bool = False

    def check(self, value: object) -> Value:
        """Return `value` in its one canonical form, or raise `ValueError` saying what is allowed."""
        if value is None and self.none:
            return None
        return self._check(value)

    def _check(self, value: object) -> Value:
        raise ValueError(f"has no rule for {value!r}")


def told(value: object) -> str:
    """A value as it is refused, cut where it is too long to be read."""
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 20]}… ({len(text):,} characters)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag(Field):
    """True or false."""

    def _check(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        raise ValueError(f"must be true or false, not {told(value)}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Integer(Field):
    """A whole number from `low` to `high`, or one of `words`."""

    low: int = 0
    high: int = 1_000_000
    words: tuple[str, ...] = ()

    def _check(self, value: object) -> int | str | tuple[int, ...]:
        if isinstance(value, str) and value in self.words:
            return value
        if (
            isinstance(value, int)
            and not isinstance(value, bool)
            and self.low <= value <= self.high
        ):
            return value
        raise ValueError(f"must be {self.allowed()}, not {told(value)}")

    def allowed(self) -> str:
        """The permitted values as words: `a whole number from 1 to 64 or 'same'`."""
        words = "".join(f" or '{word}'" for word in self.words)
        if self.low == self.high:
            return f"{self.low:,}{words}"
        return f"a whole number from {self.low:,} to {self.high:,}{words}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair(Integer):
    """One whole number for height and width alike, or a pair (height, width), or one of `words`."""

    def _check(self, value: object) -> int | str | tuple[int, ...]:
        if isinstance(value, (tuple, list)):
            items: list[object] = list(value)  # pyright: ignore[reportUnknownArgumentType]
            if len(items) != 2 or any(isinstance(item, str) for item in items):
                given = told(value)  # pyright: ignore[reportUnknownArgumentType]
                raise ValueError(f"must be one number or two (height, width), not {given}")
            height, width = (Integer._check(self, item) for item in items)
            assert isinstance(height, int) and isinstance(width, int)
            return height if height == width else (height, width)
        return Integer._check(self, value)


@dataclass(frozen=True, kw_only=True, slots=True)
class Integers(Field):
    """A row of `shortest` to `longest` whole numbers, each from `low` to `high`."""

    low: int = 1
    high: int = 1_000_000
    shortest: int = 1
    longest: int = 8

    def _check(self, value: object) -> tuple[int, ...]:
        if isinstance(value, (tuple, list)):
            items: list[object] = list(value)  # pyright: ignore[reportUnknownArgumentType]
            whole = [item for item in items if isinstance(item, int) and not isinstance(item, bool)]
            if len(whole) == len(items) and self.shortest <= len(items) <= self.longest:
                if all(self.low <= item <= self.high for item in whole):
                    return tuple(whole)
        given = told(value)  # pyright: ignore[reportUnknownArgumentType]
        raise ValueError(
            f"must be {self.shortest} to {self.longest} whole numbers "
            f"from {self.low:,} to {self.high:,}, not {given}"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Real(Field):
    """A finite number from `low` to `high`; whole numbers become reals."""

    low: float = -math.inf
    high: float = math.inf

    def _check(self, value: object) -> float:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if math.isfinite(value) and self.low <= value <= self.high:
                return float(value)
        raise ValueError(f"must be {self.allowed()}, not {told(value)}")

    def allowed(self) -> str:
        """The permitted values as words: `a number from 0 to 1`, `a finite number`."""
        if math.isinf(self.low) and math.isinf(self.high):
            return "a finite number"
        if math.isinf(self.high):
            return f"a number of at least {self.low:g}"
        if math.isinf(self.low):
            return f"a number of at most {self.high:g}"
        return f"a number from {self.low:g} to {self.high:g}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reals(Field):
    """A row of `shortest` to `longest` finite numbers, each from `low` to `high`."""

    low: float = -math.inf
    high: float = math.inf
    shortest: int = 1
    longest: int = 10_000

    def _check(self, value: object) -> tuple[float, ...]:
        if isinstance(value, (tuple, list)):
            items: list[object] = list(value)  # pyright: ignore[reportUnknownArgumentType]
            if not self.shortest <= len(items) <= self.longest:
                raise ValueError(f"must be {self.allowed()}, not {len(items):,}")
            item = Real(low=self.low, high=self.high)
            try:
                return tuple(float(item.check(one)) for one in items)  # type: ignore[arg-type]
            except ValueError as error:
                raise ValueError(f"holds a number that {error}") from None
        raise ValueError(f"must be {self.allowed()}, not {told(value)}")

    def allowed(self) -> str:
        """The permitted values as words: `2 to 10 numbers, each from 0 to 1`."""
        ends = Real(low=self.low, high=self.high).allowed()
        each = ends.removeprefix("a number").removeprefix("a finite number").strip()
        rest = f", each {each}" if each else ""
        return f"{self.shortest:,} to {self.longest:,} numbers{rest}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice(Field):
    """One of a few words."""

    options: tuple[str, ...] = ()

    def _check(self, value: object) -> str:
        if isinstance(value, str) and value in self.options:
            return value
        allowed = ", ".join(f"'{option}'" for option in self.options)
        raise ValueError(f"must be one of {allowed}, not {told(value)}")


def parameter(default: Value, spec: Field) -> Any:
    """A dataclass field with its meaning attached; `default` is its value when none is given."""
    return field(default=default, metadata={"spec": spec})


@cache
def specs(kind: type[Declaration]) -> Mapping[str, Field]:
    """The parameters of a declaration in their order: name -> meaning."""
    return {item.name: item.metadata["spec"] for item in fields(kind) if "spec" in item.metadata}


@cache
def defaults(kind: type[Declaration]) -> Mapping[str, Value]:
    """The value of each parameter when none is given."""
    values: dict[str, Value] = {}
    for item in fields(kind):
        if "spec" in item.metadata:
            assert item.default is not MISSING
            values[item.name] = item.default
    return values


@dataclass(frozen=True)
class Declaration:
    """A frozen value whose declared fields are checked and brought to canonical form on construction.

    Raises `ParameterError` for a value outside its field's range or of another type.
    """

    purpose: ClassVar[str] = ""
    """What it is for, in one short line, as the palette shows it."""

    def __post_init__(self) -> None:
        for name, spec in specs(type(self)).items():
            try:
                object.__setattr__(self, name, spec.check(getattr(self, name)))
            except ValueError as error:
                raise ParameterError(self.kind(), name, str(error)) from None

    @classmethod
    def kind(cls) -> str:
        """The name it has in files and in the catalogue."""
        return cls.__name__

    @property
    def values(self) -> dict[str, Value]:
        """Every declared parameter with its value."""
        return {name: getattr(self, name) for name in specs(type(self))}

    def changed(self, **values: Value) -> Self:
        """A copy with some parameters set to other values; raises `ParameterError` for a bad one."""
        unknown = [name for name in values if name not in specs(type(self))]
        if unknown:
            raise ParameterError(self.kind(), unknown[0], "is not one of its parameters")
        return replace(self, **values)

    @classmethod
    def default(cls, name: str) -> Value:
        """The value of a parameter when none is given."""
        return defaults(cls)[name]
