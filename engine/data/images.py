"""Images as a network takes them: brought to its input's shape, measured, and split."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import DataError, Dataset, Part, Progress
from engine.data.resize import resize

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in a grey value (ITU-R BT.601)."""


@dataclass(frozen=True)
class Images:
    """A dataset in the shape that a network takes.

    `mean` and `std` are per channel, of pixel / 255 over the training images; a normalised pixel is
    (pixel / 255 - mean) / std. `classes` are the names of the labels 0, 1 ... `remarks` name the
    files that were left out or changed, with the reason, a sentence each. `counts` (channels, 256)
    say how often each value occurs in the training images.
    """

    train: Part
    test: Part | None
    mean: tuple[float, ...]
    std: tuple[float, ...]
    classes: tuple[str, ...]
    counts: NDArray[np.int64]
    remarks: tuple[str, ...] = ()


def adapt(
    dataset: Dataset, parts: tuple[Part, Part | None], shape: tuple[int, ...], progress: Progress
) -> Images:
    """Bring the images to `shape` (channels, height, width); raises `DataError` where that makes no sense."""
    check_shape(dataset, shape)
    train, test = parts
    _check_memory(dataset, len(train) + (len(test) if test else 0), shape)
    train = _fit(dataset, train, shape, progress)
    test = _fit(dataset, test, shape, progress) if test else None
    counts = channel_counts(train.images)
    mean, std = deviation(counts)
    return Images(train, test, mean, std, dataset.classes, counts)


def statistics(images: NDArray[np.uint8]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation per channel of pixel / 255; a channel of one value counts as deviating by 1."""
    return deviation(channel_counts(images))


def channel_counts(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How often each channel has each value, (channels, 256)."""
    channels = images.shape[1]
    counts = np.zeros((channels, 256), np.int64)
    for channel in range(channels):
        # In blocks, since bincount widens what it counts to eight bytes.
        for start in range(0, len(images), 4096):
            counts[channel] += np.bincount(
                images[start : start + 4096, channel].ravel(), minlength=256
            )
    return counts


def deviation(counts: NDArray[np.int64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation per channel of value / 255, from how often each value occurs."""
    values = np.arange(256) / 255
    total = counts.sum(1)
    mean = counts @ values / total
    std = np.sqrt(np.maximum(counts @ values**2 / total - mean**2, 0))
    std[std < 1e-6] = 1.0
    return tuple(mean.tolist()), tuple(std.tolist())


def split(
    labels: NDArray[np.int64], fraction: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of the training and of the validation images, in rising order.

    About `fraction` of the images (n,), and of each class, are kept aside: the whole number is that
    of all images, and what rounding leaves over goes to the classes with the largest remainders.
    They lie evenly spread over each class's images (systematic sampling), so that both parts have
    seen the same writers or scenes, and are always the same: runs of other seeds can be compared.
    """
    classes, counts = np.unique(labels, return_counts=True)
    shares = counts * fraction
    sizes = np.floor(shares).astype(int)
    left = round(len(labels) * fraction) - int(sizes.sum())
    sizes[np.argsort(sizes - shares, kind="stable")[:left]] += 1
    kept = np.zeros(len(labels), bool)
    for label, size in zip(classes, sizes, strict=True):
        places = np.flatnonzero(labels == label)
        # The middles of `size` equal stretches.
        kept[places[(2 * np.arange(size) + 1) * len(places) // (2 * max(size, 1))]] = True
    return np.flatnonzero(~kept), np.flatnonzero(kept)


def parted(part: Part, fraction: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of the images to learn from and of those to check on, in rising order: the data's own,
    else as `split` has them.
    """
    if part.aside is None:
        return split(part.labels, fraction)
    kept = np.ones(len(part), bool)
    kept[part.aside] = False
    return np.flatnonzero(kept), part.aside


def _fit(dataset: Dataset, part: Part, shape: tuple[int, ...], progress: Progress) -> Part:
    images = part.images
    channels, height, width = shape
    if channels == 1 and images.shape[1] == 3:
        images = _grey(images)
    edge = 2 * dataset.margin
    if edge and (images.shape[2] + edge, images.shape[3] + edge) == (height, width):
        sides = (dataset.margin, dataset.margin)
        images = np.pad(images, ((0, 0), (0, 0), sides, sides))
    elif images.shape[2:] != (height, width):
        message = f"Resizing {dataset.title} to {height} × {width}"
        images = resize(images, height, width, lambda done: progress(message, done))
    if channels == 3 and images.shape[1] == 1:
        images = np.repeat(images, 3, axis=1)
    return Part(np.ascontiguousarray(images), part.labels, part.aside)


def _grey(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = np.einsum("nchw,c->nhw", images, _LUMA, dtype=np.float32)[:, None]
    return np.rint(grey).astype(np.uint8)


def check_shape(dataset: Dataset, shape: tuple[int, ...]) -> None:
    """Raise `DataError` where a network of that input takes no images."""
    if len(shape) != 3:
        raise DataError(
            f"The Input holds {shape!r}, but images are channels × height × width; "
            f"set its shape to {dataset.shape!r} for {dataset.title}."
        )
    if shape[0] not in (1, 3):
        raise DataError(
            f"The Input has {shape[0]} channels, but {dataset.title} has {dataset.shape[0]}; "
            "set its channels to 1 for grey or 3 for colour."
        )


def _check_memory(dataset: Dataset, images: int, shape: tuple[int, ...]) -> None:
    # They are held twice for a while: channel by channel as they are read, and pixel by pixel.
    needed = 2 * images * int(np.prod(shape, dtype=np.int64))
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return
    if needed > 0.8 * memory:
        raise DataError(
            f"{dataset.title} at {shape[0]} × {shape[1]} × {shape[2]} needs {needed / 1e9:.1f} GB, "
            f"but this machine has {memory / 1e9:.1f} GB; give the Input a smaller height and width."
        )
