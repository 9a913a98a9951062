"""Folders of small images, written by Pillow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def paint(path: Path, colour: tuple[int, int, int] = (200, 30, 60), size: int = 8) -> Path:
    """An image file of one colour."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (size, size), colour).save(path)
    return path


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of three and two images, each of a colour of its own."""
    for number in range(3):
        paint(tmp_path / "own" / "cats" / f"{number}.png", (10 * number, 0, 0))
    for number in range(2):
        paint(tmp_path / "own" / "dogs" / f"{number}.png", (100 + 10 * number, 0, 0))
    return tmp_path / "own"
