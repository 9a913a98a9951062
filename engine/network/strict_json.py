"""JSON read without its leniencies: no NaN, no Infinity, no repeated keys, bounded depth and size."""

from __future__ import annotations

import json
import math
from typing import TypeAlias, cast

from engine.network.errors import StorageError

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

LARGEST = 64 * 2**20
"""Bytes of a file, at most."""
DEEPEST = 64
"""Levels of nesting, at most."""


def parse(text: str) -> Json:
    """The value that `text` holds; raises `StorageError` with a sentence that names the place."""
    if len(text) > LARGEST:
        raise StorageError(f"it is larger than {LARGEST >> 20} MB, the most that is read")
    try:
        value: Json = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        if not text.strip():
            raise StorageError("it is empty") from None
        if not text[error.pos :].strip() or error.msg.startswith("Unterminated"):
            raise StorageError(f"it ends too early, in line {error.lineno}") from None
        raise StorageError(
            f"line {error.lineno}, column {error.colno} is not valid JSON ({error.msg})"
        ) from None
    except RecursionError:
        raise StorageError(f"it is nested deeper than {DEEPEST} levels") from None
    except StorageError:
        raise
    except ValueError:
        raise StorageError("it holds a whole number of thousands of digits") from None
    if _deeper(value, DEEPEST):
        raise StorageError(f"it is nested deeper than {DEEPEST} levels")
    return value


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise StorageError(f"the key {key[:60]!r} occurs twice in one object")
            seen.add(key)
    return found


def _refuse_constant(word: str) -> Json:
    raise StorageError(f"it holds {word}, which is not a number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise StorageError(f"the number {digits[:40]} is too large")
    return number


def _deeper(value: Json, levels: int) -> bool:
    """Whether containers are nested more than `levels` deep; level by level, not by recursion."""
    row: list[Json] = [value]
    for _ in range(levels + 1):
        below: list[Json] = []
        for item in row:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(cast("list[Json]", item))
        row = [item for item in below if isinstance(item, (dict, list))]
        if not row:
            return False
    return True
