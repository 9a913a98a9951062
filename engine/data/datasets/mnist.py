"""MNIST in its official IDX files, packed or not."""

from __future__ import annotations

import gzip
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import DataError, Dataset, Part, Progress
from engine.data.download import Download, fetch

_HOST = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_TRAIN = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
_TEST = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
_HASHES = (
    "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
    "md5:d53e105ee54ea40749a09fcbcd1e9432",
    "md5:9fb629c4189551a2d022fa330f9573f3",
    "md5:ec29112dd5afa0611ce80d1b7f02629c",
)
_DOWNLOADS = tuple(
    Download(f"{_HOST}{name}.gz", f"{name}.gz", known)
    for name, known in zip(_TRAIN + _TEST, _HASHES, strict=True)
)


@dataclass(frozen=True)
class Mnist(Dataset):
    """The official split. Around the 28 x 28 pixels a margin of 2 makes the 32 x 32 of LeNet-5.

    (LeCun et al., Gradient-Based Learning Applied to Document Recognition, 1998, section II.B.)
    """

    def read(self, folder: Path | None, progress: Progress) -> tuple[Part, Part | None]:
        place = folder or fetch(self, _DOWNLOADS, progress)
        progress("Reading MNIST", 0.0)
        train = _part(place, *_TRAIN)
        progress("Reading MNIST", 0.8)
        # A folder may hold the training images alone, but not half of a test set.
        tested = any(_find(place, name) for name in _TEST)
        return train, _part(place, *_TEST) if tested else None

    def recognises(self, folder: Path) -> bool:
        return any(_find(folder, name) for name in _TRAIN)


def _find(folder: Path, name: str) -> Path | None:
    # Some archives unpack `train-images.idx3-ubyte`.
    for stem in (name, name.replace("-idx", ".idx")):
        for path in (folder / stem, folder / f"{stem}.gz"):
            if path.is_file():
                return path
    return None


def _part(folder: Path, images_name: str, labels_name: str) -> Part:
    images_file, images = _read(folder, images_name, dimensions=3)
    labels_file, labels = _read(folder, labels_name, dimensions=1)
    if len(images) != len(labels):
        raise DataError(
            f"{images_file} holds {len(images):,} images, but {labels_file} holds {len(labels):,} "
            "labels; use the two files of one set."
        )
    if labels.max() > 9:
        raise DataError(f"{labels_file} holds the label {labels.max()}; MNIST's are 0 to 9.")
    return Part(images[:, None], labels.astype(np.int64))


def _read(folder: Path, name: str, dimensions: int) -> tuple[Path, NDArray[np.uint8]]:
    """The array of an IDX file: magic 0, 0, 8 (bytes), number of dimensions; sizes; the numbers."""
    path = _find(folder, name)
    if path is None:
        raise DataError(
            f"{folder} has no {name} or {name}.gz; put it there or name another folder."
        )
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            head = file.read(4 + 4 * dimensions)
            expected = bytes((0, 0, 8, dimensions))
            if head[:4] != expected:
                raise DataError(
                    f"{path} begins with the bytes {head[:4].hex() or 'of nothing'}, but an IDX file "
                    f"of {'images' if dimensions == 3 else 'labels'} begins with {expected.hex()}."
                )
            sizes = [int(size) for size in np.frombuffer(head[4:].ljust(4 * dimensions), ">u4")]
            if len(head) < 4 + 4 * dimensions or 0 in sizes or math.prod(sizes) > 1 << 33:
                raise DataError(f"{path} has a broken header: sizes {sizes}; get the file again.")
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
    return path, np.frombuffer(data, np.uint8).reshape(sizes)


DATASET = Mnist(
    name="mnist",
    title="MNIST",
    purpose="The classic: 70,000 handwritten digits",
    shape=(1, 28, 28),
    classes=tuple("0123456789"),
    train_images=60_000,
    test_images=10_000,
    licence="CC BY-SA 3.0",
    source="LeCun, Cortes and Burges, The MNIST Database, 1998",
    margin=2,
    files=tuple(f"{name}.gz" for name in _TRAIN + _TEST),
)
