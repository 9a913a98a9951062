"""JSON read without its leniencies: no NaN, no Infinity, no repeated keys, bounded depth and size."""

from __future__ import annotations

import json
import math
import re
from typing import TypeAlias, cast

from engine.network.errors import StorageError

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

LARGEST = 64 * 2**20
"""Bytes of a file, at most."""
DEEPEST = 64
"""Levels of nesting, at most."""


_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|[{}]|NaN|-?Infinity|-?\d[-+.\deE]*')


class _Refused(Exception):  # noqa: N818 - becomes a StorageError once its place is known
    """What is JSON to Python but not here: `message` has room for the place of `token` (or of a key)."""

    def __init__(self, message: str, token: str = "") -> None:
        super().__init__(message)
        self.token = token


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
    except _Refused as error:
        message = str(error).replace("PLACE", f"in line {_line(text, error.token)}", 1)
        raise StorageError(message) from None
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
                raise _Refused(f"a key occurs twice in one object, again PLACE: {key[:60]!r}")
            seen.add(key)
    return found


def _refuse_constant(word: str) -> Json:
    raise _Refused(f"it holds {word} PLACE, which is not a number", word)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _Refused(f"the number {digits[:40]} PLACE is too large", digits)
    return number


def _line(text: str, token: str) -> int:
    """The line of the first `token` outside quotes; of the first repeated key if it is empty."""
    keys: list[set[str]] = [set()]
    found = 0
    for match in _TOKEN.finditer(text):
        found = match.start()
        word: str = match[0]
        if token and word == token:
            break
        if word == "{":
            keys.append(set())
        elif word == "}" and len(keys) > 1:
            keys.pop()
        elif match[2] is not None and not token:
            key: str = json.loads(match[1])
            if key in keys[-1]:
                break
            keys[-1].add(key)
    return text.count("\n", 0, found) + 1


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
