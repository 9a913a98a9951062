"""The images as one tensor of bytes, from which batches are cut and normalised on the device.

They lie on the device where they fit there. Images mapped from the disk stay mapped where the device
is the processor, so that a set may be larger than the memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_BLOCK = 1 << 20
"""Bytes of images that are shuffled at a time: little enough to lie where the last ones lay, since
memory that a process touches for the first time costs twenty times what the shuffling does."""
_SHARE = 0.5
"""Of a device's free memory that the images may take; training wants the rest."""


class Normalizer:
    """Pixels as a network takes them: (pixel / 255 - mean) / std, per channel."""

    def __init__(
        self,
        mean: Sequence[float],
        std: Sequence[float],
        device: torch.device,
        channels_last: bool = True,
    ) -> None:
        middle = torch.tensor(mean, dtype=torch.float64).view(-1, 1, 1)
        spread = torch.tensor(std, dtype=torch.float64).view(-1, 1, 1)
        self._format = torch.channels_last if channels_last else torch.contiguous_format
        self._scale = (1 / (255 * spread)).to(torch.float32).to(device)
        self._shift = (-middle / spread).to(torch.float32).to(device)

    def __call__(self, pixels: Tensor) -> Tensor:
        """Bytes (n, height, width, channels) as float32 (n, channels, height, width).

        Float32 from 0 to 255 is taken too, and may be written over.
        """
        values = pixels.permute(0, 3, 1, 2).to(torch.float32, memory_format=self._format)
        return values.mul_(self._scale).add_(self._shift)


class Batches:
    """Some images of a dataset, and their labels, for a device.

    `images` are bytes (n, channels, height, width); `chosen` are the positions that belong here.
    Of two of these over the same images, make the second by `other`, so that they share the tensor.
    """

    def __init__(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.int64],
        chosen: NDArray[np.int64],
        normalizer: Normalizer,
        device: torch.device,
    ) -> None:
        self.normalize = normalizer
        pixels = _tensor(images).permute(0, 2, 3, 1).contiguous()
        # Where they do not fit, they are gathered here and sent, a block at a time.
        self._home = device if pixels.nbytes <= _SHARE * _room(device) else pixels.device
        self._images = pixels.to(self._home)
        self._labels = _tensor(labels).to(self._home)
        self._chosen = _tensor(chosen)
        self._device = device

    def other(self, chosen: NDArray[np.int64]) -> Batches:
        """Other positions of the same images."""
        copy = Batches.__new__(Batches)
        copy.__dict__.update(self.__dict__)
        copy._chosen = _tensor(chosen)
        return copy

    def __len__(self) -> int:
        return len(self._chosen)

    @property
    def positions(self) -> NDArray[np.int64]:
        """Where the images (n,) are in the whole dataset."""
        return self._chosen.numpy()

    @property
    def labels(self) -> NDArray[np.int64]:
        """The images' classes (n,)."""
        return self._labels.cpu().numpy()[self.positions]

    def images(self, size: int, keep_single: bool = True) -> int:
        """How many images `cut` gives in all."""
        count = len(self._chosen)
        dropped = not keep_single and size > 1 and count > 1 and count % size == 1
        return count - dropped

    def batches(self, size: int, keep_single: bool = True, together: int = 1) -> int:
        """How many batches `cut` gives."""
        return -(-self.images(size, keep_single) // (size * together))

    def first(self, count: int) -> tuple[Tensor, Tensor]:
        """The first `count` images, as bytes (n, height, width, channels), and their labels."""
        return self._take(self._chosen[:count].to(self._home))

    def cut(
        self,
        size: int,
        shuffle: torch.Generator | None = None,
        keep_single: bool = True,
        together: int = 1,
        skip: int = 0,
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches of `size` images as bytes (n, height, width, channels), and labels (n,).

        They come in a new order where `shuffle` draws one, else as they lie. The last batch holds
        what is left over; a single leftover image is dropped unless `keep_single`. `together` batches
        come as one. The first `skip` of what would come are left out.
        """
        count = self.images(size, keep_single)
        size *= together
        order = self._order(shuffle, count)
        bytes_each = self._images[0].numel()
        block = max(1, _BLOCK // (bytes_each * size)) * size
        for start in range(skip * size, count, block):
            images, labels = self._take(order[start : start + block])
            yield from zip(_parts(images, size), _parts(labels, size), strict=True)

    def shared(
        self,
        part: Callable[[int], tuple[int, int]],
        size: int,
        shuffle: torch.Generator,
        keep_single: bool = True,
        together: int = 1,
        skip: int = 0,
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """What `cut` gives to one process, but of each batch's images only a `part`; the labels of all.

        `part` tells from which to which image of a batch of so many.
        """
        count = self.images(size, keep_single)
        order = self._order(shuffle, count)
        step = size * together
        for start in range(skip * step, count, step):
            whole = order[start : start + step]
            parts: list[Tensor] = []
            for at in range(0, len(whole), size):
                batch = whole[at : at + size]
                low, high = part(len(batch))
                parts.append(batch[low:high])
            images = self._images.index_select(0, torch.cat(parts))
            labels = self._labels.index_select(0, whole)
            yield images.to(self._device), labels.to(self._device)

    def _order(self, shuffle: torch.Generator | None, count: int) -> Tensor:
        """Positions of the first `count` images in a drawn order, or as they lie."""
        order = self._chosen
        if shuffle is not None:
            order = order[torch.randperm(len(order), generator=shuffle)]
        return order[:count].to(self._home)

    def _take(self, picked: Tensor) -> tuple[Tensor, Tensor]:
        images, labels = self._images.index_select(0, picked), self._labels.index_select(0, picked)
        return images.to(self._device), labels.to(self._device)


def order_of(seed: int, epoch: int) -> torch.Generator:
    """What shuffles the images of an epoch, from 1: the same for equal numbers, whatever came before."""
    mixed = np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)
    return torch.Generator().manual_seed(int(mixed[0]) >> 1)


def _room(device: torch.device) -> float:
    """Free bytes of a device's memory; of the processor's, and where it is not known, without end."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else float("inf")


def _parts(tensor: Tensor, size: int) -> tuple[Tensor, ...]:
    """A tensor cut along its first axis, at once: many times as fast as one slice after the other."""
    return cast(Any, tensor).split(size)


def _tensor(array: NDArray[np.uint8] | NDArray[np.int64]) -> Tensor:
    return cast(Any, torch).from_numpy(array)
