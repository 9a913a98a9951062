"""Resizing is cubic, as Pillow does it, and keeps what is flat flat."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.data.resize import cubic_weights, resize


@pytest.mark.parametrize("size", [(32, 32), (5, 40), (13, 7), (8, 8)])
def test_resizing_agrees_with_pillow(size: tuple[int, int]) -> None:
    images = np.random.default_rng(2).integers(64, 192, (3, 2, 8, 20), np.uint8)
    result = resize(images, *size)
    for ours, original in zip(result.reshape(6, *size), images.reshape(6, 8, 20), strict=True):
        picture = Image.fromarray(original).resize(size[::-1], Image.Resampling.BICUBIC)
        # Pillow rounds between its two passes, and would clip there, were the values extreme.
        assert np.abs(ours.astype(int) - np.asarray(picture)).max() <= 2


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 255))
def test_a_flat_image_stays_as_it_is(old: int, new: int, value: int) -> None:
    images = np.full((1, 1, old, old), value, np.uint8)
    assert (resize(images, new, new) == value).all()
    assert cubic_weights(old, new).shape == (new, old)


def test_progress_ends_at_one() -> None:
    told: list[float] = []
    resize(np.zeros((4, 1, 8, 8), np.uint8), 9, 9, told.append)
    assert told[-1] == 1.0
