"""Images are brought to a network's shape, measured and split."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.data import DataChoice, DataError, describe, load
from engine.data.dataset import Part
from engine.data.images import Images, adapt, split, statistics

DIGITS = describe(DataChoice("digits"))


def adapted(images: NDArray[np.uint8], shape: tuple[int, ...], margin: int = 0) -> Images:
    part = Part(images, np.zeros(len(images), np.int64))
    return adapt(replace(DIGITS, margin=margin), (part, part), shape, lambda *_: None)


def noise(*shape: int) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, shape, np.uint8)


def test_digits_come_in_the_shape_that_the_network_takes() -> None:
    images = load(DataChoice("digits"), (1, 32, 32))
    assert images.train.images.shape == (1797, 1, 32, 32)
    assert images.train.images.dtype == np.uint8
    assert images.train.labels.dtype == np.int64
    assert images.test is None
    assert images.classes == tuple("0123456789")


def test_digits_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = load(DataChoice("digits"), (1, 8, 8)).train
    assert np.array_equal(images.labels, bunch.target)
    assert np.array_equal(np.rint(images.images[:, 0] * (16 / 255)), bunch.images)


def test_a_margin_is_added_where_that_gives_the_size() -> None:
    images = noise(3, 1, 28, 28)
    result = adapted(images, (1, 32, 32), margin=2).train.images
    assert np.array_equal(result[:, :, 2:-2, 2:-2], images)
    assert result.sum() == images.sum(dtype=int)


def test_without_the_right_margin_images_are_resized() -> None:
    assert adapted(noise(3, 1, 28, 28), (1, 30, 20), margin=2).train.images.shape == (3, 1, 30, 20)


def test_grey_becomes_three_equal_channels() -> None:
    images = noise(2, 1, 4, 4)
    result = adapted(images, (3, 4, 4)).train.images
    assert all(np.array_equal(result[:, c], images[:, 0]) for c in range(3))


def test_colour_becomes_grey_by_brightness() -> None:
    colour = np.zeros((3, 3, 1, 1), np.uint8)
    colour[0, 0], colour[1, 1], colour[2, 2] = 255, 255, 255
    assert adapted(colour, (1, 1, 1)).train.images.ravel().tolist() == [76, 150, 29]


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [((64,), "channels × height × width"), ((5, 32, 32), "5 channels, but Digits has 1")],
)
def test_an_input_that_takes_no_images_is_refused(shape: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        adapted(noise(1, 1, 8, 8), shape)


def test_images_larger_than_the_memory_are_refused_before_they_are_made() -> None:
    with pytest.raises(DataError, match=r"needs .* GB, but this machine has"):
        adapted(noise(1000, 1, 2, 2), (3, 50_000, 50_000))


def test_mean_and_deviation_are_those_of_the_training_pixels() -> None:
    images = noise(5000, 3, 4, 5)
    mean, std = statistics(images)
    assert mean == pytest.approx((images / 255).mean((0, 2, 3)))
    assert std == pytest.approx((images / 255).std((0, 2, 3)))


def test_a_channel_of_one_value_is_not_divided_by_nothing() -> None:
    assert statistics(np.full((2, 1, 3, 3), 51, np.uint8)) == (pytest.approx((0.2,)), (1.0,))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=200), st.floats(0, 0.9))
def test_a_split_keeps_every_image_once_and_every_class_in_proportion(
    classes: list[int], fraction: float
) -> None:
    labels = np.array(classes, np.int64)
    train, aside = split(labels, fraction)
    assert sorted([*train, *aside]) == list(range(len(labels)))
    assert len(aside) == round(len(labels) * fraction)
    for label in set(classes):
        share = np.sum(labels == label) * fraction
        assert share - 1 < np.sum(labels[aside] == label) < share + 1
    again = split(labels, fraction)
    assert np.array_equal(train, again[0]) and np.array_equal(aside, again[1])
