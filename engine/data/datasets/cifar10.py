"""CIFAR-10 in its official binary files."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.data.dataset import DataError, Dataset, Part, Progress
from engine.data.download import Download, fetch

_RECORD = 1 + 3 * 32 * 32
"""Bytes of an image: its label, then 1,024 red, green and blue values each, row by row."""
_TRAIN = tuple(f"data_batch_{number}.bin" for number in range(1, 6))
_TEST = "test_batch.bin"
_DOWNLOADS = (
    Download(
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "cifar-10-binary.tar.gz",
        "md5:c32a1d4ab5d03f1284b67883e8d87530",
        members=(*_TRAIN, _TEST),
    ),
)


@dataclass(frozen=True)
class Cifar10(Dataset):
    """The official split; a folder may hold some of the five training files only."""

    def read(self, folder: Path | None, progress: Progress) -> tuple[Part, Part | None]:
        place = folder or fetch(self, _DOWNLOADS, progress)
        files = _training_files(place)
        if not files:
            raise DataError(
                f"{place} has none of {_TRAIN[0]} to {_TRAIN[-1]}; put them there or name another folder."
            )
        parts: list[Part] = []
        for number, path in enumerate(files):
            progress("Reading CIFAR-10", number / (len(files) + 1))
            parts.append(_part(path))
        train = Part(
            np.concatenate([part.images for part in parts]),
            np.concatenate([part.labels for part in parts]),
        )
        return train, _part(place / _TEST) if (place / _TEST).is_file() else None

    def recognises(self, folder: Path) -> bool:
        return bool(_training_files(folder))

    def described(self, folder: Path) -> Dataset:
        sizes = [path.stat().st_size // _RECORD for path in _training_files(folder)]
        test = folder / _TEST
        tested = test.stat().st_size // _RECORD if test.is_file() else 0
        return replace(self, train_images=sum(sizes), test_images=tested)


def _training_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if re.fullmatch(r"data_batch_\d+\.bin", p.name))


def _part(path: Path) -> Part:
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}; get the file again.") from error
    if not len(data) or len(data) % _RECORD:
        raise DataError(
            f"{path} holds {len(data):,} bytes, which is no whole number of images of {_RECORD:,} "
            "bytes; get the file again."
        )
    records = data.reshape(-1, _RECORD)
    labels = records[:, 0].astype(np.int64)
    if labels.max() > 9:
        raise DataError(
            f"{path} holds the label {labels.max()}, but CIFAR-10's are 0 to 9; get the file again."
        )
    return Part(records[:, 1:].reshape(-1, 3, 32, 32), labels)


DATASET = Cifar10(
    name="cifar10",
    title="CIFAR-10",
    purpose="60,000 small photographs of animals and vehicles, in colour",
    shape=(3, 32, 32),
    classes=(
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    train_images=50_000,
    test_images=10_000,
    licence="unstated; for research, with citation",
    source="Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
    files=(*_TRAIN, _TEST),
)
