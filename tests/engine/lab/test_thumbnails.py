"""Thumbnails: small, stretched per channel, and never a crash."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.lab.thumbnails import thumbnail


def test_each_channel_is_stretched_from_its_own_least_to_its_own_greatest() -> None:
    maps = torch.tensor([[[[0.0, 1.0], [2.0, 4.0]], [[-8.0, 0.0], [8.0, 8.0]]]])
    np.testing.assert_array_equal(thumbnail(maps), [[[0, 64], [128, 255]], [[0, 128], [255, 255]]])


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((6, 28, 28), (4, 28, 28)),
        ((2, 5, 7), (2, 5, 7)),
        ((64, 224, 112), (4, 48, 48)),
        ((3, 100, 20), (3, 48, 20)),
        ((120,), (1, 1, 120)),
        ((1000,), (1, 1, 192)),
        ((1, 1, 1), (1, 1, 1)),
    ],
)
def test_it_has_at_most_four_channels_of_48_pixels(
    shape: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    image = thumbnail(torch.randn(1, *shape))
    assert image.shape == expected
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous


def test_a_channel_without_contrast_is_black() -> None:
    assert not thumbnail(torch.full((1, 1, 3, 3), 7.0)).any()


def test_values_that_are_no_numbers_do_no_harm() -> None:
    maps = torch.tensor([[[[float("nan"), 1.0]], [[float("inf"), 1.0]]]])
    assert thumbnail(maps).shape == (2, 1, 2)


def test_channels_last_maps_give_the_same_picture() -> None:
    maps = torch.randn(1, 6, 60, 50)
    np.testing.assert_array_equal(
        thumbnail(maps), thumbnail(maps.contiguous(memory_format=torch.channels_last))
    )
