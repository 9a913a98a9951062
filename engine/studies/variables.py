"""Variables: a parameter that a study varies, and the values that it takes."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from engine.fields import Choice, Field, Flag, Integer, Integers, Pair, Real, Reals, Value
from engine.network.project import Project
from engine.studies.errors import StudyError
from engine.studies.targets import Target, target

MOST_VALUES = 1000
"""Values of one variable."""
_WHOLE = 12
"""Whole numbers from one to another are all taken where they are no more than these."""
_DIGITS = 4
"""Significant digits of a real value in a range, so that what is shown of it is all of it."""
_TRUTHS = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


@dataclass(frozen=True)
class Span:
    """From `low` to `high`, in equal steps or with `log` in equal ratios; `count` values of it in a
    grid (0: every whole number).
    """

    low: float
    high: float
    log: bool = False
    count: int = 0


@dataclass(frozen=True)
class Variable:
    """A parameter, by its path, and its values: `choices`, or those of a `span`."""

    path: str
    choices: tuple[Value, ...] = ()
    span: Span | None = None


def parse(project: Project, text: str) -> Variable:
    """The variable that a text such as `batch_size=32,64` or `optimizer.learning_rate=0.001..0.1:log:5`
    tells of; raises `StudyError`.
    """
    path, sign, told = text.partition("=")
    if not sign or not path.strip() or not told.strip():
        raise StudyError(f"{text[:80]!r} is no variable; write it as batch_size=32,64.")
    return variable(project, path.strip(), told.strip())


def variable(project: Project, path: str, told: str) -> Variable:
    """The variable of a path, its values as people write them; raises `StudyError`.

    Choices are divided by commas, `3x5` is a pair, `1x2x0.5` a row. A range is `low..high`, and after colons `log` or
    how many values, or both.
    """
    aim = target(project, path)
    if ".." in told:
        made = Variable(path, span=_span(aim, told))
        if made.span is not None and made.span.count:
            grid(aim, made)
        return made
    values: dict[tuple[type, Value], Value] = {}
    for word in told.split(","):
        value = _checked(aim, read(aim.spec, word.strip()))
        values[type(value), value] = value
    return Variable(path, choices=tuple(values.values()))


def grid(aim: Target, made: Variable) -> tuple[Value, ...]:
    """Every value of a variable in a grid, each once; raises `StudyError`."""
    span = made.span
    if span is None:
        return made.choices
    whole = isinstance(aim.spec, Integer)
    count = span.count
    if not count:
        every = int(span.high) - int(span.low) + 1
        if not whole or span.log or every > _WHOLE:
            raise StudyError(
                f"{made.path} from {span.low:g} to {span.high:g} has no end of values; "
                "say how many, as :5 behind the range."
            )
        count = every
    values = [_placed(span, place / (count - 1)) for place in range(count)]
    rounded = [round(value) if whole else float(f"{value:.{_DIGITS}g}") for value in values]
    if not whole:
        rounded[0], rounded[-1] = span.low, span.high
    return tuple(dict.fromkeys(_checked(aim, value) for value in rounded))


def draw(aim: Target, made: Variable, chance: random.Random) -> Value:
    """A value of a variable by chance; all are as likely, in a range with `log` all ratios are."""
    span = made.span
    if span is None:
        return chance.choice(made.choices)
    value = _placed(span, chance.random())
    if isinstance(aim.spec, Integer):
        if not span.log:
            return _checked(aim, chance.randint(int(span.low), int(span.high)))
        return _checked(aim, round(value))
    return _checked(aim, min(max(float(f"{value:.{_DIGITS}g}"), span.low), span.high))


def show(spec: Field, value: Value) -> str:
    """A value as `parse` reads it and people do: `0.01`, `3x5`, `on`."""
    if value is None:
        return spec.none or "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return "x".join(f"{item:.6g}" if isinstance(item, float) else str(item) for item in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def tell(spec: Field, made: Variable) -> str:
    """The values of a variable as `variable` reads them."""
    span = made.span
    if span is None:
        return ",".join(show(spec, value) for value in made.choices)
    parts = [f"{span.low:.6g}..{span.high:.6g}"]
    if span.log:
        parts.append("log")
    if span.count:
        parts.append(str(span.count))
    return ":".join(parts)


def suggestion(aim: Target) -> str:
    """Values to begin with, as `variable` reads them: around the present one, or all of a few."""
    spec, present = aim.spec, aim.present
    if isinstance(spec, (Flag, Choice)):
        every: Sequence[Value] = (True, False) if isinstance(spec, Flag) else spec.options
        return ",".join(show(spec, value) for value in every)
    if isinstance(spec, Real) and isinstance(present, float) and present > 0:
        if spec.high <= 1 and present > 0.02:
            return f"{max(spec.low, present / 2):.3g}..{min(spec.high, (1 + present) / 2):.6g}:5"
        return f"{max(spec.low, present / 10):.3g}..{min(spec.high, present * 10):.3g}:log:5"
    if isinstance(spec, Integer) and isinstance(present, int) and present > 0:
        around = (present // 2, present, present * 2)
        return ",".join(str(item) for item in around if spec.low <= item <= spec.high)
    return show(spec, present)


def _placed(span: Span, part: float) -> float:
    if span.log:
        return span.low * (span.high / span.low) ** part
    return span.low + (span.high - span.low) * part


def _span(aim: Target, told: str) -> Span:
    if not isinstance(aim.spec, (Real, Integer)):
        raise StudyError(f"{aim.path} has no range, as it is no number; list its values.")
    ends, *words = told.split(":")
    low, high = (_end(aim, text) for text in ends.split("..", 1))
    log, count = False, 0
    for word in words:
        if word in ("log", "lin", "linear"):
            log = word == "log"
        elif word.isascii() and word.isdigit() and 2 <= int(word[:6]) <= MOST_VALUES:
            count = int(word)
        else:
            raise StudyError(
                f"{aim.path}: {word[:40]!r} after the range is neither log nor a number of values "
                f"from 2 to {MOST_VALUES:,}."
            )
    if not low < high:
        raise StudyError(
            f"{aim.path}: the range from {low:g} to {high:g} is empty; begin with the smaller number."
        )
    if log and low <= 0:
        raise StudyError(
            f"{aim.path}: a logarithmic range begins above 0, not at {low:g}; leave log away or "
            "begin higher."
        )
    for value in (low, high):
        _checked(aim, int(value) if isinstance(aim.spec, Integer) else value)
    return Span(low, high, log, count)


def _end(aim: Target, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or (isinstance(aim.spec, Integer) and not value.is_integer()):
        kind = "whole number" if isinstance(aim.spec, Integer) else "number"
        raise StudyError(f"{aim.path}: {text[:40]!r} is no {kind}; write a range as 0.001..0.1.")
    return value


def read(spec: Field, word: str) -> object:
    """What a word means to a field, unchecked: `0.01`, `on`, `3x5`, `1x2x0.5`, `none`."""
    if spec.none and word.lower() in ("none", spec.none.lower()):
        return None
    if isinstance(spec, Flag):
        return _TRUTHS.get(word.lower(), word)
    if isinstance(spec, Choice):
        return next((item for item in spec.options if item.lower() == word.lower()), word)
    if isinstance(spec, (Pair, Integers)):
        numbers = [_whole(item) for item in word.replace("×", "x").split("x")]
        if None in numbers:
            return word
        return numbers[0] if isinstance(spec, Pair) and len(numbers) == 1 else tuple(numbers)
    if isinstance(spec, Integer):
        number = _whole(word)
        return word if number is None else number
    if isinstance(spec, Reals):
        row = [_real(item) for item in word.replace("×", "x").split("x")]
        return word if None in row else tuple(row)
    real = _real(word)
    return word if real is None else real


def _real(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _whole(word: str) -> int | None:
    plain = word.removeprefix("-")
    return int(word) if plain.isascii() and plain.isdigit() and len(plain) < 19 else None


def _checked(aim: Target, value: object) -> Value:
    try:
        return aim.spec.check(value)
    except ValueError as error:
        raise StudyError(f"{aim.path} {error}.") from None
