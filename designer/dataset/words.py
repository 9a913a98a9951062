"""What was found in a dataset, in words: what it means, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from designer.style import numbers

_EVEN = 1.5
"""Up to this ratio of the largest to the smallest class they count as equal."""
_NAMED = 3
"""Classes that are named in a sentence."""
_DARK = 64
"""A channel that uses fewer of the 256 values is told."""


def balance(classes: Sequence[str], counts: NDArray[np.int64]) -> str:
    """Of the images of each class (classes, 3): learned from, kept aside, tested on."""
    learned = counts[:, 0]
    missing = np.flatnonzero(learned == 0)
    if len(missing):
        return (
            f"There is no image to learn {_names(classes, missing)} from, so the network can never say "
            "it: add images, or take the class out."
        )
    most, least = int(learned.argmax()), int(learned.argmin())
    ratio = learned[most] / learned[least]
    if ratio <= _EVEN:
        return (
            f"The classes are balanced: the largest, {classes[most]}, has {ratio:.2f} times the images of "
            f"the smallest, {classes[least]}. Accuracy says how well all of them are told apart."
        )
    share = learned[most] / learned.sum()
    return (
        f"The classes are not balanced: {classes[most]} has {ratio:,.1f} times the images of "
        f"{classes[least]} ({numbers.count(learned[most])} and {numbers.count(learned[least])}), and who "
        f"always says {classes[most]} is right {numbers.percent(share)} of the time. Look at each class's "
        "recall, and switch on “balance classes” in the loss, or gather more of the small ones."
    )


def channels(counts: NDArray[np.int64]) -> str:
    """Of how often each value occurs in each channel (channels, 256) of the training images."""
    used = [np.flatnonzero(row) for row in counts]
    if any(len(values) == 1 for values in used):
        return (
            "A channel has the same value everywhere and tells the network nothing: check how the images "
            "were made, or give the Input one channel."
        )
    spans = [int(values[-1] - values[0]) for values in used]
    if max(spans) < _DARK:
        return (
            f"The images use {max(spans) + 1} of 256 values at most. Normalising evens that out, but fine "
            "steps are lost: save them with their full range if you can."
        )
    if len(counts) == 3 and (counts == counts[0]).all():
        return (
            "The three channels hold the same values, so these seem to be grey images: an Input of one "
            "channel would do, at a third of the first layer's cost."
        )
    return (
        "Training brings every channel to mean 0 and deviation 1 by these numbers, which are measured over "
        "the training images."
    )


def leaks(pairs: int, kept: int) -> str:
    """Of images kept aside that are also learned from."""
    if not kept:
        return (
            "Nothing is kept aside for validation: choose a share in the recipe to see overfitting."
        )
    if not pairs:
        return "No validation image is also learned from: validation tells how new images will do."
    return (
        f"{_some(pairs, kept, 'validation')} also learned from, to the last bit: validation comes out too "
        "well. Take one of each pair out of the data."
    )


def test_leaks(pairs: int, tested: int) -> str:
    """Of test images that are also among the training images."""
    if not tested:
        return "There are no test images: what is kept aside for validation is all there is to judge by."
    if not pairs:
        return "No test image is also a training image: the test is of new images."
    return (
        f"{_some(pairs, tested, 'test')} also among the training images, to the last bit: the test comes "
        "out too well. Take them out of the training images."
    )


def disagreements(pairs: int) -> str:
    """Of equal training images with different labels."""
    if not pairs:
        return "No two equal training images have different labels."
    there = "1 training image is" if pairs == 1 else f"{numbers.count(pairs)} training images are"
    return (
        f"{there} there again under another label: no network can be right on both. Look which label is "
        "right and take the other out."
    )


def _some(pairs: int, count: int, part: str) -> str:
    are = "is" if pairs == 1 else "are"
    return f"{numbers.count(pairs)} of {numbers.count(count)} {part} images {are}"


def _names(classes: Sequence[str], places: NDArray[np.int64]) -> str:
    named = ", ".join([classes[int(place)] for place in places[:_NAMED]])
    more = len(places) - _NAMED
    return f"{named} and {numbers.count(more)} more" if more > 0 else named
