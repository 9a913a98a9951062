"""What is said of a dataset."""

from __future__ import annotations

import numpy as np

from designer.dataset import words


def test_an_imbalance_is_told_with_its_largest_and_smallest_class_and_a_cure() -> None:
    told = words.balance(("cat", "dog"), np.array([[900, 90, 10], [100, 10, 10]]))
    assert "cat has 9.0 times the images of dog (900 and 100)" in told
    assert "90.0 % of the time" in told and "balance classes" in told


def test_balanced_classes_and_missing_ones_are_told() -> None:
    assert words.balance(("a", "b"), np.array([[9, 1, 0], [10, 1, 0]])).startswith(
        "The classes are balanced"
    )
    told = words.balance(tuple("abcdef"), np.array([[3, 0, 0]] + [[0, 1, 1]] * 5))
    assert "no image to learn b, c, d and 2 more from" in told


def test_doubles_are_counted_with_what_they_do() -> None:
    assert words.leaks(1, 40).startswith("1 of 40 validation images is also learned from")
    assert words.test_leaks(1200, 10_000).startswith("1,200 of 10,000 test images are also among")
    assert "is there again under another label" in words.disagreements(1)
    assert "nothing is kept aside" in words.leaks(0, 0).lower()
    assert "There are no test images" in words.test_leaks(0, 0)


def test_odd_channels_are_told() -> None:
    counts = np.zeros((3, 256), np.int64)
    counts[:, ::5] = 7
    assert "grey images" in words.channels(counts)
    counts[1, 4] = 1
    assert "mean 0" in words.channels(counts)
    dark = np.zeros((1, 256), np.int64)
    dark[0, :40] = 3
    assert "40 of 256 values" in words.channels(dark)
    one = np.zeros((1, 256), np.int64)
    one[0, 9] = 3
    assert "the same value everywhere" in words.channels(one)
