"""CIFAR-10 in its official binary files."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from engine.data.dataset import DataError, Dataset, Part, Progress
from engine.data.download import Download, fetch
from engine.data.formats.joining import joined
from engine.data.formats.records import count_records, read_records

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
            parts.append(read_records(path, len(self.classes), self.title))
        test = place / _TEST
        tested = read_records(test, len(self.classes), self.title) if test.is_file() else None
        return joined(parts), tested

    def recognises(self, folder: Path) -> bool:
        return bool(_training_files(folder))

    def described(self, folder: Path) -> Dataset:
        counts = [count_records(path) for path in _training_files(folder)]
        tested = count_records(folder / _TEST)
        return replace(self, train_images=sum(counts), test_images=tested)


def _training_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if re.fullmatch(r"data_batch_\d+\.bin", p.name))


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
