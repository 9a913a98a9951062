"""MATLAB files of version 5: their numeric arrays, and nothing else of them.

MathWorks, MAT-File Format, chapter 1: a header of 128 bytes, then elements of a tag (type, number of
bytes) and data; a variable is an element of elements, mostly packed by zlib.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import DataError

_HEADER = 128
_MATRIX, _PACKED = 14, 15
_COMPLEX = 0x800
_LONGEST = 1 << 31
"""Bytes of one variable, unpacked."""
_NUMBERS = {
    1: "i1",
    2: "u1",
    3: "i2",
    4: "u2",
    5: "i4",
    6: "u4",
    7: "f4",
    9: "f8",
    12: "i8",
    13: "u8",
}
"""numpy's names of the types of numbers by their codes in tags."""
_NUMERIC = range(6, 16)
"""Classes of arrays whose values are numbers."""


def read_mat(path: Path, *names: str) -> tuple[NDArray[Any], ...]:
    """The arrays of these names, of the sizes and in the order of axes that MATLAB shows.

    Raises `DataError` for another format, a broken file, or a missing variable.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}; get the file again.") from error
    if data[:10] == b"MATLAB 7.3":
        raise DataError(f"{path} is of MATLAB's version 7.3; save it again with -v7.")
    order = {b"IM": "<", b"MI": ">"}.get(data[126:128])
    if len(data) < _HEADER or order is None:
        raise DataError(f"{path} is no MATLAB file of version 5; get the file again.")
    found: dict[str, NDArray[Any]] = {}
    try:
        for kind, content in _elements(memoryview(data)[_HEADER:], order, aligned=False):
            if kind == _PACKED:
                unpacked = zlib.decompressobj().decompress(content, _LONGEST)
                kind, content = next(_elements(memoryview(unpacked), order))
            if kind == _MATRIX:
                _take(content, order, names, found)
    except (ValueError, IndexError, StopIteration, struct.error, zlib.error) as error:
        raise DataError(f"{path} is broken: {error}; get the file again.") from error
    missing = [name for name in names if name not in found]
    if missing:
        raise DataError(
            f"{path} holds {', '.join(found) or 'no arrays'}, but {' and '.join(missing)} is "
            "expected; get the file again."
        )
    return tuple(found[name] for name in names)


def _elements(
    data: memoryview, order: str, aligned: bool = True
) -> Iterator[tuple[int, memoryview]]:
    """The elements in `data` one after the other: the code of each one's type, and its bytes."""
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from(f"{order}II", data, at)
        if kind >> 16:
            # A small element: both numbers in four bytes, and the data in the other four.
            kind, size, begin, end = kind & 0xFFFF, kind >> 16, at + 4, at + 8
        else:
            begin, end = at + 8, at + 8 + size
            if aligned or kind != _PACKED:
                end += -size % 8
        if begin + size > len(data):
            raise ValueError(f"an element of {size:,} bytes ends after the file")
        yield kind, data[begin : begin + size]
        at = end


def _take(
    content: memoryview, order: str, names: tuple[str, ...], found: dict[str, NDArray[Any]]
) -> None:
    """Keep the array of a variable where it is one of `names` and numeric."""
    parts = _elements(content, order)
    flags = struct.unpack_from(f"{order}I", next(parts)[1])[0]
    sizes = tuple(np.frombuffer(next(parts)[1], f"{order}i4").tolist())
    name = bytes(next(parts)[1]).decode("latin-1")
    if name not in names or (flags & 0xFF) not in _NUMERIC or flags & _COMPLEX:
        return
    kind, data = next(parts)
    if kind not in _NUMBERS:
        raise ValueError(f"{name} has values of the unknown type {kind}")
    values = np.frombuffer(data, order + _NUMBERS[kind])
    if len(values) != math.prod(sizes):
        raise ValueError(f"{name} announces {math.prod(sizes):,} values but holds {len(values):,}")
    found[name] = values.reshape(sizes, order="F")
