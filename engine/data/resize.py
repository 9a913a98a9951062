"""Resizing of images, all at once, as two products with a matrix of cubic weights per axis."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 24
"""How many pixels are widened to float32 at a time."""


def resize(
    images: NDArray[np.uint8],
    height: int,
    width: int,
    done: Callable[[float], None] = lambda fraction: None,
) -> NDArray[np.uint8]:
    """Images (n, channels, h, w) at (n, channels, height, width), by cubic convolution.

    Where an axis shrinks the kernel is widened in proportion, so that nothing aliases. `done` is
    told how far it is (0 to 1).
    """
    count, channels, old_height, old_width = images.shape
    rows = cubic_weights(old_height, height)
    columns = cubic_weights(old_width, width).T
    result = np.empty((count, channels, height, width), np.uint8)
    largest = channels * max(old_height, height) * max(old_width, width)
    block = max(1, _BLOCK // largest)
    for start in range(0, count, block):
        values = images[start : start + block].astype(np.float32)
        # The cheaper order of the two products.
        if height * old_width <= old_height * width:
            values = (rows @ values) @ columns
        else:
            values = rows @ (values @ columns)
        result[start : start + block] = np.rint(np.clip(values, 0, 255))
        done(min(1.0, (start + block) / count))
    return result


def reduced(images: NDArray[np.uint8], edge: int) -> NDArray[np.uint8]:
    """Images (n, channels, h, w) whose longer side is less than twice `edge`: means of square blocks.

    What is left over at the right and at the bottom is cut off.
    """
    count, channels, height, width = images.shape
    by = min(max(1, max(height, width) // edge), height, width)
    if by == 1:
        return images
    rows, columns = height // by, width // by
    blocks = images[:, :, : rows * by, : columns * by].reshape(
        count, channels, rows, by, columns, by
    )
    return np.rint(blocks.mean((3, 5))).astype(np.uint8)


def cubic_weights(old: int, new: int) -> NDArray[np.float32]:
    """The matrix (new, old) that resamples an axis: each row weighs the old pixels of one new pixel.

    Keys, Cubic Convolution Interpolation for Digital Image Processing, 1981, with a = -1/2; pixel
    centres lie at halves, and weights beyond the edge are shared among those inside.
    """
    scale = old / new
    support = max(1.0, scale)
    centres = (np.arange(new) + 0.5) * scale
    distance = np.abs(np.arange(old) + 0.5 - centres[:, None]) / support
    near = (1.5 * distance - 2.5) * distance**2 + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    weights = np.where(distance < 1, near, np.where(distance < 2, far, 0.0))
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)
