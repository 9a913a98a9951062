"""Own grey images in IDX files, the format of MNIST."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from engine.data.dataset import DataError, Dataset, Part, Progress
from engine.data.formats.idx import idx_sizes, read_idx, read_pair
from engine.data.formats.joining import with_validation
from engine.data.formats.labels import numbered
from engine.data.parting import CHECK, TEST, files_named

_IMAGES = re.compile(r"(.*)images([.-])idx3-ubyte(\.gz)?")
_Files: TypeAlias = tuple[Path, Path]


class OwnIdx(Dataset):
    """A pair of files `...images-idx3-ubyte` and `...labels-idx1-ubyte`, packed or not, and perhaps one
    with `val` in its name, and one with `test` or `t10k`.
    """

    def read(self, folder: Path | None, progress: Progress) -> tuple[Part, Part | None]:
        assert folder is not None
        train, check, test = _pairs(folder)
        progress(f"Reading {folder.name}", 0.0)
        checked = read_pair(*check) if check else None
        part = with_validation(folder, read_pair(*train), checked)
        return part, read_pair(*test) if test else None

    def recognises(self, folder: Path) -> bool:
        return folder.is_dir() and bool(_images(folder))

    def described(self, folder: Path) -> Dataset:
        train, check, test = _pairs(folder)
        sizes = idx_sizes(train[0], 3)
        others = [read_idx(pair[1], 1) for pair in (check, test) if pair]
        classes = numbered(train[1], read_idx(train[1], 1), *others)[1]
        return replace(
            self,
            shape=(1, sizes[1], sizes[2]),
            classes=classes,
            train_images=sizes[0],
            validation_images=idx_sizes(check[0], 3)[0] if check else 0,
            test_images=idx_sizes(test[0], 3)[0] if test else 0,
        )


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if _IMAGES.fullmatch(path.name))


def _pairs(folder: Path) -> tuple[_Files, _Files | None, _Files | None]:
    """The files of images and labels to learn from, and of those to check and to test on."""
    found = _images(folder) if folder.is_dir() else []
    names = [path.name for path in found]
    check, test = ([folder / n for n in files_named(names, words)] for words in (CHECK, TEST))
    train = [path for path in found if path not in (*check, *test)]
    if len(train) != 1 or len(check) > 1 or len(test) > 1:
        names = ", ".join(path.name for path in found) or "no images-idx3-ubyte"
        raise DataError(
            f"{folder} has {names}, but one file ...images-idx3-ubyte to learn from is expected, and "
            "at most one with val and one with test in its name; put only these there."
        )
    checked, tested = ((part[0], _labels(part[0])) if part else None for part in (check, test))
    return (train[0], _labels(train[0])), checked, tested


def _labels(images: Path) -> Path:
    match = _IMAGES.fullmatch(images.name)
    assert match is not None
    for packed in ("", ".gz"):
        path = images.with_name(f"{match[1]}labels{match[2]}idx1-ubyte{packed}")
        if path.is_file():
            return path
    raise DataError(
        f"{images.parent} has {images.name}, but no {match[1]}labels{match[2]}idx1-ubyte; put it there."
    )


DATASET = OwnIdx(
    name="idx",
    title="IDX files",
    purpose="Own grey images: a folder with IDX files, the format of MNIST",
    shape=(1, 28, 28),
    classes=(),
    train_images=0,
    test_images=0,
    licence="your own",
    source="your own",
    margin=2,
    own=True,
    wanted="a folder with images-idx3-ubyte and labels-idx1-ubyte",
)
