"""How large an image is, read from the first bytes of its file."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""JPEG's markers of a frame's header (ITU-T T.81, table B.1)."""


def header_shape(path: Path) -> tuple[int, int, int] | None:
    """Channels (1 grey, 3 colour), height and width of a PNG or JPEG; None where it cannot be told."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            start = file.read(26)
            if start[:8] == b"\x89PNG\r\n\x1a\n" and len(start) == 26:
                width, height = struct.unpack(">II", start[16:24])
                return (1 if start[25] in (0, 4) else 3), height, width
            if start[:2] == b"\xff\xd8":
                file.seek(2)
                return _jpeg(file)
    except (OSError, ValueError, struct.error):
        # A ValueError is for a path that no file can have.
        pass
    return None


def _jpeg(file: BinaryIO) -> tuple[int, int, int] | None:
    while True:
        prefix, marker, length = struct.unpack(">BBH", file.read(4))
        if prefix != 0xFF:
            return None
        if marker in _FRAMES:
            _, height, width, channels = struct.unpack(">BHHB", file.read(6))
            return (1 if channels == 1 else 3), height, width
        file.seek(length - 2, 1)
