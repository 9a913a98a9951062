"""Values of parameters as people type and read them, by the field that declares them."""

from __future__ import annotations

import math
import re

from designer.inspector.choosing import SEVERAL, Shown
from engine.fields import Field, Integer, Integers, Pair, Real, Reals, Value
from engine.network.expressions import ExpressionError, evaluate, names

_SEPARATORS = re.compile(r"[\s,;x×]+")
_SIGNS = re.compile(r"[*/%+()<>=]|\b(and|or|not)\b")


def write(spec: Field, value: Value) -> str:
    """The text of a value in its field: `3, 5`, `0.002`, `same`."""
    if value is None:
        return spec.none
    if isinstance(value, tuple):
        return ", ".join(f"{item:.12g}" if isinstance(item, float) else str(item) for item in value)
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def read(spec: Field, text: str) -> Value:
    """The value that a person typed; raises `ValueError` with what the field wants, as the end of a sentence."""
    text = text.strip()
    if spec.none and text.lower() in ("", spec.none.lower()):
        return None
    return spec.check(_plain(spec, text))


def problem(spec: Field, text: str, expressive: bool) -> str:
    """Why neither a value nor arithmetic can be read from `text`, as the end of a sentence or a
    whole one; empty where one can. `expressive` is whether the arithmetic may name parameters.
    """
    try:
        read(spec, text)
    except ValueError as error:
        reason = str(error)
    else:
        return ""
    try:
        named = sorted(names(text))
        if named and not expressive:
            if text.isidentifier():
                return reason
            return (
                f"can follow {', '.join(named)} only inside a block that has such a parameter; "
                "type a value here"
            )
        if not named:
            spec.check(_whole_number(spec, evaluate(text, {})))
    except ExpressionError as error:
        # Nobody meant arithmetic who typed none of its signs.
        return str(error) if _SIGNS.search(text) else reason
    except ValueError as error:
        return str(error)
    return ""


def worked_out(spec: Field, text: str) -> Shown:
    """The value of arithmetic without names: 64 for `4 * 16`; SEVERAL where it names parameters."""
    if names(text):
        return SEVERAL
    return spec.check(_whole_number(spec, evaluate(text, {})))


def _whole_number(spec: Field, value: Value) -> Value:
    """A quotient that comes out whole as a whole number, where the field takes those."""
    if isinstance(spec, Integer) and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def step(spec: Field, value: Value, by: int) -> Value:
    """The value `by` small steps further; the same one where the field ends or knows no steps."""
    moved: object = value
    if isinstance(spec, Integer):
        if isinstance(value, tuple):
            moved = tuple(item + by for item in value)
        elif isinstance(value, int):
            moved = min(max(value + by, spec.low), spec.high)
        else:
            moved = max(spec.low, 1)
    elif isinstance(spec, Real) and isinstance(value, float):
        moved = _real_step(spec, value, by)
    try:
        return spec.check(moved)
    except ValueError:
        return value


def _plain(spec: Field, text: str) -> object:
    if isinstance(spec, Real):
        return _number(text)
    if isinstance(spec, (Pair, Integers)):
        words = [word for word in _SEPARATORS.split(text.strip("()[] ")) if word]
        numbers = [_whole(word) for word in words]
        if not numbers or None in numbers:
            return text
        return numbers[0] if isinstance(spec, Pair) and len(numbers) == 1 else tuple(numbers)
    if isinstance(spec, Reals):
        row = [_number(word) for word in _SEPARATORS.split(text.strip("()[] ")) if word]
        return tuple(row) if row and all(isinstance(item, float) for item in row) else text
    if isinstance(spec, Integer):
        number = _whole(text)
        return text if number is None else number
    return text


def _whole(text: str) -> int | None:
    """The whole number in `text`, in ASCII digits: `64`, `61,706`, `1.5 M`; None where there is none."""
    if re.fullmatch(r"[+-]?([0-9]{1,18}|[0-9]{1,3}(,[0-9]{3}){1,5})", text):
        return int(text.replace(",", ""))
    scaled = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?([kMG])", text)
    if scaled is None:
        return None
    value = float(scaled[1]) * {"k": 1e3, "M": 1e6, "G": 1e9}[scaled[2]]
    return round(value) if abs(value - round(value)) < 1e-6 else None


def _number(text: str) -> float | str:
    part = text.removesuffix("%").strip()
    try:
        value = float(part)
    except ValueError:
        return text
    return value / 100 if part != text else value


def _real_step(spec: Real, value: float, by: int) -> float:
    """One unit of the leading digit, so that 0.002 goes to 0.003 and 0.001 to 0.0009."""
    for _ in range(abs(by)):
        if value == 0:
            unit = 0.1 if spec.high <= 1 else 0.01
        else:
            exponent = math.floor(math.log10(abs(value)) + 1e-9)
            shrinking = (by < 0) == (value > 0)
            if shrinking and math.isclose(abs(value), 10.0**exponent):
                exponent -= 1
            unit = 10.0**exponent
        value = float(f"{value + math.copysign(unit, by):.12g}")
    return min(max(value, spec.low), spec.high)
