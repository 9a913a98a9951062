"""TensorFlow's record files: messages one after the other, each with its length and checksums.

A record is the length (8 bytes, little-endian), its checksum (4), the message, and its checksum (4);
checksums are masked CRC-32C (tensorflow/core/lib/io/record_writer.h and lib/hash/crc32c.h).
"""

from __future__ import annotations

import struct
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

_POLYNOMIAL = 0x82F63B78
"""Castagnoli's, its bits in reverse."""
_ONES = 0xFFFFFFFF
_BLOCK = 256
"""Bytes that one lookup of numpy's takes together; what is less goes byte by byte."""

Table: TypeAlias = NDArray[np.uint32]


def record(message: bytes) -> bytes:
    """A message as it stands in a file."""
    length = struct.pack("<Q", len(message))
    return b"".join((length, _mark(length), message, _mark(message)))


def crc32c(data: bytes) -> int:
    """The checksum of bytes, as RFC 3720 has it (appendix B.4).

    A checksum is linear: that of a block is what each of its bytes alone, with the zeros that follow,
    comes to, all together by exclusive or. So whole blocks are looked up at once, which takes a tenth
    of the time, and only their ends are taken one after the other.
    """
    whole = len(data) - len(data) % _BLOCK
    found = _ONES
    if whole:
        table = _table()
        blocks = np.frombuffer(data, np.uint8, whole).reshape(-1, _BLOCK)
        each = table[np.arange(_BLOCK), blocks]
        first, second, third, fourth = table[:4].tolist()
        for own in np.bitwise_xor.reduce(each, axis=1).tolist():
            found = (
                own
                ^ first[found & 255]
                ^ second[found >> 8 & 255]
                ^ third[found >> 16 & 255]
                ^ fourth[found >> 24]
            )
    single = _bytes()
    for byte in data[whole:]:
        found = single[(found ^ byte) & 255] ^ found >> 8
    return found ^ _ONES


def _mark(data: bytes) -> bytes:
    found = crc32c(data)
    return struct.pack("<I", ((found >> 15 | found << 17) + 0xA282EAD8) & _ONES)


@cache
def _table() -> Table:
    """(_BLOCK, 256): by the place in a block, what each byte there comes to at the block's end."""
    values = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        values = np.where(values & 1, values >> 1 ^ _POLYNOMIAL, values >> 1).astype(np.uint32)
    rows: list[Table] = [values]
    for _ in range(_BLOCK - 1):
        last = rows[-1]
        rows.append((values[last & 255] ^ last >> 8).astype(np.uint32))
    return np.stack(rows[::-1])


@cache
def _bytes() -> tuple[int, ...]:
    return tuple(_table()[-1].tolist())
