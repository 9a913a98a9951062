"""Augmentation of whole batches, on the device.

What happens at a step is drawn from the recipe's seed and the step's number alone: nothing has to be
kept for a run that is taken up again, and every process of several draws the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeAlias, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engine.recipe.augmentation.base import Augmentation
from engine.recipe.augmentation.change import (
    Change,
    Colored,
    Covered,
    Mixed,
    Moved,
    part,
    together,
)
from engine.training.errors import TrainingError

Drawn: TypeAlias = Sequence[Change]
"""What is to become of the images of a step, one change after the other."""

_OUTSIDE = 1 << 40
"""Added to a pixel's number where it is none of an image's."""
_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
"""From red, green and blue to the brightness and two colour differences of NTSC, BT.601's luma."""
_RGB = np.linalg.inv(_YIQ)


class Augmenter:
    """Changes batches as augmentations say, in their order; steps in the same direction are one."""

    def __init__(
        self,
        augmentations: Sequence[Augmentation],
        seed: int,
        mean: Sequence[float],
        shape: Sequence[int],
        device: torch.device,
    ) -> None:
        """For images of `shape` (channels, height, width) whose mean by channel, of 1, is `mean`.

        Raises `TrainingError` where an augmentation is larger than the images.
        """
        for item in augmentations:
            _check(item, shape)
        self._augmentations = augmentations
        self._seed = seed
        self._device = device
        levels = (255 * torch.tensor(mean, dtype=torch.float32, device=device)).round()
        self._fill = {"mean": levels, "black": torch.zeros_like(levels)}

    def draw(self, step: int, count: int) -> Drawn:
        """What is to become of the `count` images of a step, the same each time it is asked."""
        sequence = np.random.SeedSequence(self._seed, spawn_key=(step,))
        random = np.random.Generator(np.random.PCG64(sequence))
        return together([item.draw(random, count) for item in self._augmentations])

    def change(self, pixels: Tensor, drawn: Drawn, start: int = 0) -> Tensor:
        """Images (n, height, width, channels) of bytes, the first of them number `start` of the step.

        They come back as new bytes, or as new float32 from 0 to 255 where values had to be computed.
        """
        changes = [part(change, start, start + len(pixels)) for change in drawn]
        waiting: Moved | None = None
        for change, following in pairwise((*changes, None)):
            if waiting is None and isinstance(change, Moved) and _joins(change, following):
                waiting = change
                continue
            match change:
                case Moved() if change.whole:
                    pixels = self._take(pixels, change, None)
                case Moved():
                    pixels = self._sample(pixels, change)
                case Covered():
                    pixels = self._take(pixels, waiting, change)
                case Colored():
                    pixels = self._color(pixels, change)
                case Mixed(share):
                    values = pixels.to(torch.float32)
                    pixels = torch.lerp(values, partners(values), 1 - share)
                case None:
                    pass
            waiting = None
        return pixels

    def _take(self, pixels: Tensor, moved: Moved | None, covered: Covered | None) -> Tensor:
        """Pixels from elsewhere in their image, or the fill: one copy of whole pixels by their number."""
        count, height, width, channels = pixels.shape
        border = moved.border if moved is not None else None
        first = torch.arange(count, device=self._device)[:, None] * (height * width)
        rows, columns = (
            self._numbers(moved, axis, count, size) for axis, size in enumerate((height, width))
        )
        numbers = (first + rows * width)[:, :, None] + columns[:, None, :]
        if covered is not None:
            down, across = (
                self._within(covered, axis, size) for axis, size in enumerate((height, width))
            )
            numbers.bitwise_or_(down[:, :, None] & across[:, None, :])
        table = pixels.reshape(-1, channels)
        if covered is not None or border in self._fill:
            numbers.clamp_(max=len(table))
            fill = self._fill[border if border in self._fill else "mean"]
            table = torch.cat([table, fill.to(table.dtype)[None]])
        return table.index_select(0, numbers.view(-1)).view(pixels.shape)

    def _numbers(self, moved: Moved | None, axis: int, count: int, size: int) -> Tensor:
        """Along an axis of `size`, for every place where it is taken from (n, size); far out: the fill."""
        places = torch.arange(size, device=self._device)
        if moved is None:
            return places.expand(count, size)
        sign = moved.matrix[:, axis, axis]
        begin = moved.offset[:, axis] + (1 - sign) / 2 * (size - 1)
        signs, begins = self._tensor(np.stack([sign, begin]).astype(np.int64))
        found = torch.addcmul(begins[:, None], signs[:, None], places)
        match moved.border:
            case None:
                return found
            case "reflect":
                return _reflected(found, size)
            case _:
                return torch.where((found < 0) | (found >= size), _OUTSIDE, found)

    def _within(self, covered: Covered, axis: int, size: int) -> Tensor:
        """Along an axis of `size`, the mark of being outside (n, size) where the square covers."""
        begin = np.floor(covered.middle[:, axis] * size).astype(np.int64) - covered.size // 2
        places = torch.arange(size, device=self._device) - self._tensor(begin)[:, None]
        return ((places >= 0) & (places < covered.size)) * _OUTSIDE

    def _sample(self, pixels: Tensor, moved: Moved) -> Tensor:
        """Pixels from between four others, weighed by nearness."""
        planes = pixels.permute(0, 3, 1, 2).to(torch.float32)
        count, channels, height, width = planes.shape
        matrix, offset = moved.matrix, moved.offset
        # From rows and columns in pixels to x and y, whose 1 is half a side.
        theta = np.empty((count, 2, 3), np.float32)
        theta[:, 0, 0], theta[:, 0, 1] = matrix[:, 1, 1], matrix[:, 1, 0] * height / width
        theta[:, 1, 0], theta[:, 1, 1] = matrix[:, 0, 1] * width / height, matrix[:, 0, 0]
        theta[:, 0, 2], theta[:, 1, 2] = offset[:, 1] * 2 / width, offset[:, 0] * 2 / height
        size = [count, channels, height, width]
        grid = functional.affine_grid(self._tensor(theta), size, align_corners=False)
        if moved.border == "reflect":
            planes = _sampled(planes, grid, "reflection")
        else:
            fill = self._fill[moved.border or "mean"].view(-1, 1, 1)
            planes = _sampled(planes - fill, grid, "zeros") + fill
        return planes.permute(0, 2, 3, 1)

    def _color(self, pixels: Tensor, colored: Colored) -> Tensor:
        """Values as one product with a matrix for each image, and one sum with its mean gray."""
        planes = pixels.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format)
        count, channels, height, width = planes.shape
        planes = planes.view(count, channels, -1)
        luma = _YIQ[0] if channels == 3 else np.full(channels, 1 / channels)
        matrix = _color_matrix(colored, channels)
        rest = (1 - colored.contrast) * colored.brightness
        gray = planes.mean(2) @ self._tensor(luma.astype(np.float32))
        gray = gray * self._tensor(rest.astype(np.float32))
        values = torch.baddbmm(
            gray[:, None, None], self._tensor(matrix.astype(np.float32)), planes
        ).clamp_(0, 255)
        return values.view(count, channels, height, width).permute(0, 2, 3, 1)

    def _tensor(self, array: NDArray[Any]) -> Tensor:
        return cast(Tensor, cast(Any, torch).from_numpy(array)).to(self._device, non_blocking=True)


def share_of(drawn: Drawn) -> float:
    """How much of an image, and of its label, is its own; 1 where nothing is mixed."""
    last = drawn[-1] if drawn else None
    return last.share if isinstance(last, Mixed) else 1.0


def partners(items: Tensor) -> Tensor:
    """What the images of a batch are mixed with: neighbours change places, an odd last one stays.

    The order of images is new in each epoch, so a neighbour is any image. And since it is near, the
    processes of a run, each with its part of a batch, mix the same as one with all of it.
    """
    even = len(items) // 2 * 2
    pairs = items[:even]
    swapped = pairs.reshape(even // 2, 2, *items.shape[1:]).flip(1).view_as(pairs)
    return swapped if even == len(items) else torch.cat([swapped, items[even:]])


def _check(item: Augmentation, shape: Sequence[int]) -> None:
    """Raise `TrainingError` where an augmentation leaves nothing of images of a shape."""
    limit = item.most()
    height, width = shape[1:]
    if limit is not None and limit[1] >= min(height, width):
        name, value = limit
        raise TrainingError(
            f"{item.kind()} has {name} {value:,}, but the images are {height:,} × {width:,} px; set it "
            f"to less than {min(height, width):,}."
        )


def _joins(moved: Moved, following: Change | None) -> bool:
    """Whether a move and what follows are one copy of pixels."""
    return moved.whole and isinstance(following, Covered) and moved.border != "black"


def _reflected(numbers: Tensor, size: int) -> Tensor:
    """Places on an axis of `size` mirrored at its ends, which are not repeated, as numpy pads."""
    if size == 1:
        return torch.zeros_like(numbers)
    last = size - 1
    return last - (numbers.remainder(2 * last) - last).abs()


def _sampled(planes: Tensor, grid: Tensor, beyond: str) -> Tensor:
    return functional.grid_sample(planes, grid, padding_mode=beyond, align_corners=False)


def _color_matrix(colored: Colored, channels: int) -> NDArray[np.float64]:
    """The matrices (n, channels, channels) that change brightness, contrast, saturation and hue."""
    strength = colored.brightness * colored.contrast
    if channels != 3:
        return strength[:, None, None] * np.eye(channels)
    cos, sin = colored.saturation * np.cos(colored.hue), colored.saturation * np.sin(colored.hue)
    turn = np.zeros((len(strength), 3, 3))
    turn[:, 0, 0] = 1
    turn[:, 1, 1], turn[:, 1, 2] = cos, -sin
    turn[:, 2, 1], turn[:, 2, 2] = sin, cos
    return strength[:, None, None] * (_RGB @ turn @ _YIQ)
