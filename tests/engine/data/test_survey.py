"""What a dataset holds: how many of each class, which values, and which images twice."""

from __future__ import annotations

import time

import numpy as np
import pytest

from engine.data import DataChoice, load
from engine.data.dataset import Part
from engine.data.images import Images, channel_counts, split, statistics
from engine.data.survey import channels, duplicates, survey


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, np.uint8)


def images_of(train: np.ndarray, labels: list[int], test: Part | None = None) -> Images:
    mean, std = statistics(train)
    counts = channel_counts(train)
    return Images(Part(train, np.array(labels)), test, mean, std, ("a", "b", "c"), counts)


def test_the_classes_are_counted_in_every_part() -> None:
    test = Part(noise(2, 1, 4, 4), np.array([0, 1]))
    found = survey(images_of(noise(12, 1, 4, 4), [0] * 8 + [1] * 4, test), 0.25)
    assert found.balance.tolist() == [[6, 2, 1], [3, 1, 1], [0, 0, 0]]
    assert found.imbalance == 2.0 and found.missing == (2,)
    assert len(found.leaks) == len(found.test_leaks) == len(found.disagreements) == 0


def test_the_channels_are_measured() -> None:
    images = noise(50, 3, 6, 5)
    images[:, 1] //= 2
    found = channels(channel_counts(images))
    assert found.counts.sum(1).tolist() == [1500] * 3
    assert found.mean == pytest.approx((images / 255).mean((0, 2, 3)))
    assert found.std == pytest.approx((images / 255).std((0, 2, 3)))
    assert found.low[1] == images[:, 1].min() and found.high[1] == images[:, 1].max() <= 127


def test_what_is_learned_from_and_kept_aside_at_once_is_found() -> None:
    images = noise(40, 3, 8, 8)
    labels = [0] * 20 + [1] * 20
    learned, aside = split(np.array(labels), 0.2)
    images[aside[1]] = images[learned[5]]
    images[aside[3]] = images[learned[9]]
    images[learned[2]] = images[learned[1]]
    found = survey(images_of(images, labels), 0.2)
    assert {tuple(pair) for pair in found.leaks.tolist()} == {
        (learned[5], aside[1]),
        (learned[9], aside[3]),
    }


def test_test_images_that_are_learned_from_are_found() -> None:
    images = noise(10, 1, 8, 8)
    test = Part(images[[7, 3, 3]].copy(), np.array([0, 1, 1]))
    test.images[0, 0, 0, 0] ^= 1
    assert survey(images_of(images, [0] * 10, test), 0.0).test_leaks.tolist() == [[3, 1], [3, 2]]
    assert duplicates(images, test.images).tolist() == [[3, 1], [3, 2]]


def test_equal_images_with_different_labels_are_found() -> None:
    images = noise(6, 1, 8, 8)
    images[4] = images[5] = images[1]
    found = survey(images_of(images, [0, 1, 2, 0, 1, 2]), 0.0)
    assert found.disagreements.tolist() == [[1, 5]]


def test_channels_that_lie_last_in_memory_are_the_same_images() -> None:
    images = noise(6, 3, 8, 8)
    last = np.ascontiguousarray(images.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    assert duplicates(images, last).tolist() == [[n, n] for n in range(6)]


def test_large_images_that_share_their_middle_row_are_told_apart() -> None:
    images = noise(6, 3, 80, 80)
    images[:, :, 40] = 255
    images[4] = images[1]
    assert survey(images_of(images, [0, 1, 2, 0, 2, 1]), 0.0).disagreements.tolist() == [[1, 4]]
    assert duplicates(images, images[[2, 5]]).tolist() == [[2, 0], [5, 1]]


def test_looking_through_can_be_ended_on_the_way() -> None:
    def end(message: str, fraction: float) -> None:
        if fraction > 0.3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        survey(images_of(noise(2000, 1, 4, 4), [0, 1] * 1000), 0.1, end)


def test_a_real_dataset_is_looked_through_quickly() -> None:
    images = load(DataChoice("shapes"), (3, 32, 32))
    began = time.process_time()
    told: list[float] = []
    found = survey(images, 0.15, lambda message, fraction: told.append(fraction))
    assert time.process_time() - began < 1
    assert told == sorted(told)
    assert found.imbalance == pytest.approx(1.0, abs=0.01) and not len(found.leaks)
