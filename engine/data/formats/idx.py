"""IDX files, as those of MNIST: magic bytes, sizes, then the numbers; packed by gzip or not."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import DataError, Dataset, Part, Progress
from engine.data.download import Download, fetch

_LONGEST = 1 << 33
"""Bytes; a header that announces more is broken."""


@dataclass(frozen=True)
class IdxDataset(Dataset):
    """A published dataset of four IDX files.

    `train` and `test` are the names of the files of images and of labels, unpacked; `first_label`
    is the number of the first class in them; `transposed` says that images lie column by column.
    Where several datasets give their files the same names, the folder's name tells them apart: it
    has one of `words` in it.
    """

    train: tuple[str, str] = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
    test: tuple[str, str] = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    downloads: tuple[Download, ...] = ()
    first_label: int = 0
    transposed: bool = False
    words: tuple[str, ...] = ("",)

    def read(self, folder: Path | None, progress: Progress) -> tuple[Part, Part | None]:
        place = folder or fetch(self, self.downloads, progress)
        progress(f"Reading {self.title}", 0.0)
        train = self._part(place, self.train)
        progress(f"Reading {self.title}", 0.8)
        # A folder may hold the training images alone, but not half of a test set.
        tested = any(find_idx(place, name) for name in self.test)
        return train, self._part(place, self.test) if tested else None

    def recognises(self, folder: Path) -> bool:
        named = str(folder.absolute()).lower()
        return any(word in named for word in self.words) and any(
            find_idx(folder, name) for name in self.train
        )

    def described(self, folder: Path) -> Dataset:
        counts = [idx_count(find_idx(folder, names[1])) for names in (self.train, self.test)]
        if not counts[0]:
            return self
        return replace(self, train_images=counts[0], test_images=counts[1])

    def _part(self, folder: Path, names: tuple[str, str]) -> Part:
        files = [_found(folder, name) for name in names]
        part, labels_file = read_pair(files[0], files[1]), files[1]
        labels = part.labels - self.first_label
        last = self.first_label + len(self.classes) - 1
        if labels.min() < 0 or labels.max() >= len(self.classes):
            wrong = part.labels.min() if labels.min() < 0 else part.labels.max()
            raise DataError(
                f"{labels_file} holds the label {wrong}; {self.title}'s are {self.first_label} to "
                f"{last}."
            )
        images = part.images.swapaxes(2, 3) if self.transposed else part.images
        return Part(images, labels)


def find_idx(folder: Path, name: str) -> Path | None:
    """The file of that name in the folder, packed or not."""
    # Some archives unpack `train-images.idx3-ubyte`.
    for stem in (name, name.replace("-idx", ".idx")):
        for path in (folder / stem, folder / f"{stem}.gz"):
            if path.is_file():
                return path
    return None


def read_pair(images_file: Path, labels_file: Path) -> Part:
    """Images (n, 1, height, width) and their labels, as they are numbered in the files."""
    images = read_idx(images_file, dimensions=3)
    labels = read_idx(labels_file, dimensions=1)
    if len(images) != len(labels):
        raise DataError(
            f"{images_file} holds {len(images):,} images, but {labels_file} holds {len(labels):,} "
            "labels; use the two files of one set."
        )
    return Part(images[:, None], labels.astype(np.int64))


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The bytes of a file with so many dimensions: 1 for labels, 3 for grey images."""
    sizes = idx_sizes(path, dimensions)
    try:
        with _opened(path) as file:
            file.read(4 + 4 * dimensions)
            # One byte more than announced is asked for, to notice a longer file.
            data = file.read(math.prod(sizes) + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}; get the file again.") from error
    if len(data) != math.prod(sizes):
        found = f"{len(data):,}" if len(data) < math.prod(sizes) else "more"
        raise DataError(
            f"{path} announces {math.prod(sizes):,} bytes ({' × '.join(map(str, sizes))}) but holds "
            f"{found}; get the file again."
        )
    return np.frombuffer(data, np.uint8).reshape(sizes)


def idx_sizes(path: Path, dimensions: int) -> tuple[int, ...]:
    """The sizes in a file's header: magic 0, 0, 8 (bytes), number of dimensions; then the sizes."""
    try:
        with _opened(path) as file:
            head = file.read(4 + 4 * dimensions)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}; get the file again.") from error
    expected = bytes((0, 0, 8, dimensions))
    if head[:4] != expected:
        raise DataError(
            f"{path} begins with the bytes {head[:4].hex() or 'of nothing'}, but an IDX file of "
            f"{'images' if dimensions == 3 else 'labels'} begins with {expected.hex()}."
        )
    sizes = tuple(int(size) for size in np.frombuffer(head[4:].ljust(4 * dimensions), ">u4"))
    if len(head) < 4 + 4 * dimensions or 0 in sizes or math.prod(sizes) > _LONGEST:
        raise DataError(f"{path} has a broken header: sizes {list(sizes)}; get the file again.")
    return sizes


def idx_count(labels: Path | None) -> int:
    """How many labels a file announces; 0 where there is none, or none that can be read."""
    try:
        return idx_sizes(labels, 1)[0] if labels else 0
    except DataError:
        return 0


def _opened(path: Path) -> BinaryIO:
    import gzip

    return cast("BinaryIO", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _found(folder: Path, name: str) -> Path:
    path = find_idx(folder, name)
    if path is None:
        raise DataError(
            f"{folder} has no {name} or {name}.gz; put it there or name another folder."
        )
    return path
