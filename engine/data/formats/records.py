"""The binary records of CIFAR: bytes of labels, then 32 x 32 red, green and blue values, row by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.dataset import DataError, Part

PIXELS = 3 * 32 * 32


def read_records(path: Path, classes: int, title: str, label_bytes: int = 1) -> Part:
    """The images of a file; its last byte of labels counts (of CIFAR-100's two the fine one)."""
    size = label_bytes + PIXELS
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}; get the file again.") from error
    if not len(data) or len(data) % size:
        raise DataError(
            f"{path} holds {len(data):,} bytes, which is no whole number of images of {size:,} "
            "bytes; get the file again."
        )
    records = data.reshape(-1, size)
    labels = records[:, label_bytes - 1].astype(np.int64)
    if labels.max() >= classes:
        raise DataError(
            f"{path} holds the label {labels.max()}, but {title}'s are 0 to {classes - 1}; get the "
            "file again."
        )
    return Part(records[:, label_bytes:].reshape(-1, 3, 32, 32), labels)


def count_records(path: Path, label_bytes: int = 1) -> int:
    """How many images a file has by its size; 0 where there is no file."""
    return path.stat().st_size // (label_bytes + PIXELS) if path.is_file() else 0
