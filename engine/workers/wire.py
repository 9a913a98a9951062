"""How messages are written as bytes, and read.

First the length of a JSON header (4 bytes, big-endian), then the header, then the raw bytes of its
arrays in the order in which the header names them. Nothing is ever pickled: whatever arrives is
checked against the fields' types, and anything else is a `ProtocolError`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from math import prod
from typing import Any, cast

import numpy as np

from engine.codegen.source import Place
from engine.workers.messages import KINDS, Array, Message

LIMIT = 512 * 2**20
"""Most bytes of one message."""
HEADER_LIMIT = 32 * 2**20
DTYPES = ("uint8", "float32", "int64")
MOST_AXES = 4


class ProtocolError(ValueError):
    """Bytes that are no message of ours, said in one sentence."""


def encode(message: Message) -> bytes:
    """A message as bytes; raises `ProtocolError` for one that `decode` would refuse by its size."""
    arrays: list[Array] = []
    header: dict[str, object] = {"kind": type(message).__name__}
    for item in fields(message):
        header[item.name] = _plain(getattr(message, item.name), arrays)
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    size = 4 + len(text) + sum(array.nbytes for array in arrays)
    if len(text) > HEADER_LIMIT or size > LIMIT:
        raise ProtocolError(
            f"A {header['kind']} of {size:,} bytes exceeds the {LIMIT:,} of a message."
        )
    return b"".join([len(text).to_bytes(4, "big"), text, *(array.tobytes() for array in arrays)])


def decode(data: bytes) -> Message:
    """The message that `data` holds; raises `ProtocolError` for anything else. Arrays are views, read-only."""
    if not 4 <= len(data) <= LIMIT:
        raise ProtocolError(f"A message of {len(data):,} bytes is none.")
    length = int.from_bytes(data[:4], "big")
    if length > min(HEADER_LIMIT, len(data) - 4):
        raise ProtocolError(f"A header of {length:,} bytes does not fit its message.")
    try:
        header = json.loads(
            data[4 : 4 + length], object_pairs_hook=_unique, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"The header is no JSON: {error}.") from None
    if not isinstance(header, dict):
        raise ProtocolError("The header is no JSON object.")
    return _message(cast("dict[str, object]", header), _Body(data, 4 + length))


class _Body:
    """The arrays behind a header, read one after another."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data = data
        self._at = start

    def array(self, value: object) -> Array:
        if not (
            isinstance(value, dict) and set(cast("dict[str, object]", value)) == {"dtype", "shape"}
        ):
            raise ProtocolError("An array lacks its dtype or its shape.")
        entry = cast("dict[str, object]", value)
        dtype, shape = entry["dtype"], _integers(entry["shape"])
        if dtype not in DTYPES:
            raise ProtocolError(f"An array's dtype is {dtype!r}, not one of {', '.join(DTYPES)}.")
        if len(shape) > MOST_AXES or not all(0 <= size <= LIMIT for size in shape):
            raise ProtocolError(f"An array cannot have the shape {shape}.")
        kind = np.dtype(cast(str, dtype))
        count = prod(shape)
        if count * kind.itemsize > len(self._data) - self._at:
            raise ProtocolError(f"An array of shape {shape} reaches past the end of its message.")
        array = np.frombuffer(self._data, kind, count, self._at) if count else np.zeros(0, kind)
        self._at += count * kind.itemsize
        return array.reshape(shape)

    def finish(self) -> None:
        if self._at != len(self._data):
            raise ProtocolError(f"{len(self._data) - self._at:,} bytes follow the message.")


def _message(header: dict[str, object], body: _Body) -> Message:
    name = header.pop("kind", None)
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ProtocolError(f"There is no message {str(name)[:60]!r}.")
    values: dict[str, Any] = {}
    for item in fields(kind):
        if item.name not in header:
            raise ProtocolError(f"{name} lacks {item.name}.")
        try:
            values[item.name] = _READERS[str(item.type)](header.pop(item.name), body)
        except ProtocolError as error:
            raise ProtocolError(f"{name}.{item.name}: {error}") from None
    if header:
        raise ProtocolError(f"{name} has no {str(next(iter(header)))[:60]!r}.")
    body.finish()
    return kind(**values)


def _plain(value: object, arrays: list[Array]) -> object:
    if isinstance(value, np.ndarray):
        array = cast(Array, value)
        if array.dtype.name not in DTYPES or array.ndim > MOST_AXES:
            raise ProtocolError(f"Arrays of {array.dtype} with {array.ndim} axes are not sent.")
        arrays.append(array)
        return {"dtype": array.dtype.name, "shape": list(array.shape)}
    if isinstance(value, Place):
        return [value.module, value.variable, value.line, value.owner]
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return {name: _plain(item, arrays) for name, item in items}
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key occurs twice")
    return result


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _integer(value: object, body: _Body | None = None) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
        return value
    raise ProtocolError(f"{str(value)[:60]} is no whole number.")


def _integers(value: object, body: _Body | None = None) -> tuple[int, ...]:
    if isinstance(value, list):
        return tuple(_integer(item) for item in cast("list[object]", value)[:17])
    raise ProtocolError(f"{str(value)[:60]} is no row of whole numbers.")


def _flag(value: object, body: _Body) -> bool:
    if isinstance(value, bool):
        return value
    raise ProtocolError(f"{str(value)[:60]} is neither true nor false.")


def _real(value: object, body: _Body) -> float:
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        number = float(value) if abs(value) < 1e300 else None
        if number is not None:
            return number
    raise ProtocolError(f"{str(value)[:60]} is no number.")


def _text(value: object, body: _Body | None = None) -> str:
    if isinstance(value, str):
        return value
    raise ProtocolError(f"{str(value)[:60]} is no text.")


def _texts(value: object, body: _Body) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(_text(item) for item in cast("list[object]", value))
    raise ProtocolError(f"{str(value)[:60]} is no row of texts.")


def _places(value: object, body: _Body) -> dict[str, Place]:
    result: dict[str, Place] = {}
    for name, entry in _object(value).items():
        items = cast("list[object]", entry) if isinstance(entry, list) else []
        if len(items) != 4:
            raise ProtocolError("A place is a module, a variable, a line and its owner.")
        module, variable, line, owner = items
        result[name] = Place(_text(module), _text(variable), _integer(line), _text(owner))
    return result


def _arrays(value: object, body: _Body) -> dict[str, Array]:
    return {name: body.array(entry) for name, entry in _object(value).items()}


def _object(value: object) -> dict[str, object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value)
    raise ProtocolError(f"{str(value)[:60]} is no object.")


_READERS: Mapping[str, Callable[[object, _Body], object]] = {
    "int": _integer,
    "bool": _flag,
    "float": _real,
    "str": _text,
    "tuple[int, ...]": _integers,
    "tuple[str, ...]": _texts,
    "Array": lambda value, body: body.array(value),
    "Mapping[str, Array]": _arrays,
    "Mapping[str, Place]": _places,
}
"""How each type of field is read; keyed by its annotation."""
