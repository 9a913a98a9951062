"""Own colour images of 32 x 32 in binary files, the format of CIFAR-10."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.data.dataset import DataError, Dataset, Part, Progress
from engine.data.formats.joining import joined, with_validation
from engine.data.formats.labels import numbered
from engine.data.formats.records import PIXELS, count_records, read_records
from engine.data.parting import CHECK, TEST, files_named

_NAMES = "batches.meta.txt"


class OwnRecords(Dataset):
    """Every `.bin` file of a folder; the names of the classes may stand in `batches.meta.txt`."""

    def read(self, folder: Path | None, progress: Progress) -> tuple[Part, Part | None]:
        assert folder is not None
        files = _files(folder)
        parts: list[Part | None] = []
        for number, part in enumerate(files):
            progress(f"Reading {folder.name}", number / len(files))
            parts.append(joined([read_records(p, 256, p.name) for p in part]) if part else None)
        train, check, test = parts
        assert train is not None
        return with_validation(folder, train, check), test

    def recognises(self, folder: Path) -> bool:
        return folder.is_dir() and any(_whole(path) for path in folder.glob("*.bin"))

    def described(self, folder: Path) -> Dataset:
        train, check, test = _files(folder)
        labels = np.concatenate([_labels(path) for path in (*train, *check, *test)])
        classes = numbered(folder, labels, names=_names(folder))[1]
        return replace(
            self,
            classes=classes,
            train_images=sum(map(count_records, train)),
            validation_images=sum(map(count_records, check)),
            test_images=sum(map(count_records, test)),
        )


def _files(folder: Path) -> tuple[list[Path], list[Path], list[Path]]:
    """The files to learn from, to check on and to test on."""
    found = sorted(folder.glob("*.bin"))
    names = [path.name for path in found]
    check, test = ([folder / n for n in files_named(names, words)] for words in (CHECK, TEST))
    train = [path for path in found if path not in (*check, *test)]
    if not train:
        raise DataError(f"{folder} has no .bin file to learn from; put one there.")
    for path in found:
        if not _whole(path):
            raise DataError(
                f"{path} holds {path.stat().st_size:,} bytes, which is no whole number of images of "
                f"{1 + PIXELS:,} bytes (a label, 1,024 red, green and blue values each); take it out."
            )
    return train, check, test


def _whole(path: Path) -> bool:
    size = path.stat().st_size
    return size > 0 and size % (1 + PIXELS) == 0


def _labels(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.array(np.memmap(path, np.uint8, "r").reshape(-1, 1 + PIXELS)[:, 0])


def _names(folder: Path) -> tuple[str, ...]:
    try:
        lines = (folder / _NAMES).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ()
    names = tuple(line.strip() for line in lines if line.strip())
    return names if len(set(names)) == len(names) else ()


DATASET = OwnRecords(
    name="cifar-binary",
    title="CIFAR binary files",
    purpose="Own colour images of 32 × 32: a folder with .bin files in the format of CIFAR-10",
    shape=(3, 32, 32),
    classes=(),
    train_images=0,
    test_images=0,
    licence="your own",
    source="your own",
    own=True,
    wanted="a folder with .bin files in the format of CIFAR-10",
)
