"""Own images as arrays in a `.npz` file of numpy."""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import DataError, Dataset, Part, Progress
from engine.data.formats.joining import with_validation
from engine.data.formats.labels import numbered

_TRAIN = (
    ("images", "labels"),
    ("train_images", "train_labels"),
    ("x_train", "y_train"),
    ("x", "y"),
    ("X", "y"),
    ("data", "labels"),
)
"""The names under which images and labels are looked for; the first pair that is there counts."""
_CHECK = (("val_images", "val_labels"), ("x_val", "y_val"), ("x_valid", "y_valid"))
_TEST = (("test_images", "test_labels"), ("x_test", "y_test"))
_CLASSES = "classes"
_Pair: TypeAlias = tuple[str, str]
_BROKEN = (OSError, ValueError, EOFError, RuntimeError, zlib.error)
"""What reading a damaged archive raises; a RuntimeError where it seems to be encrypted or of the future."""


class ImageArrays(Dataset):
    """Images (n, height, width), with 1 or 3 channels last or first, bytes or numbers from 0 to 1."""

    def read(self, folder: Path | None, progress: Progress) -> tuple[Part, Part | None]:
        assert folder is not None
        shapes = _headers(folder)
        pairs = _pairs(folder, shapes)
        _check_memory(folder, [shapes[pair[0]] for pair in pairs if pair])
        progress(f"Reading {folder.name}", 0.0)
        labels = iter(_labels(folder, pairs)[0])
        parts: list[Part | None] = []
        for number, pair in enumerate(pairs):
            parts.append(Part(_images(folder, pair[0]), next(labels)) if pair else None)
            progress(f"Reading {folder.name}", (number + 1) / len(pairs))
        train, check, test = parts
        assert train is not None
        return with_validation(folder, train, check), test

    def recognises(self, folder: Path) -> bool:
        return folder.is_file() and folder.suffix.lower() in self.endings

    def described(self, folder: Path) -> Dataset:
        shapes = _headers(folder)
        pairs = _pairs(folder, shapes)
        classes = _labels(folder, pairs)[1]
        shape = _layout(folder, pairs[0][0], shapes[pairs[0][0]])[0]
        counts = [shapes[pair[0]][0] if pair else 0 for pair in pairs]
        return replace(
            self,
            shape=shape,
            classes=classes,
            train_images=counts[0],
            validation_images=counts[1],
            test_images=counts[2],
        )


def _headers(path: Path) -> dict[str, tuple[int, ...]]:
    """The shape of every array in the file, by name, without unpacking any."""
    import zipfile

    found: dict[str, tuple[int, ...]] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if not entry.filename.endswith(".npy"):
                    continue
                with archive.open(entry) as file:
                    version = np.lib.format.read_magic(file)
                    if version == (1, 0):
                        header = np.lib.format.read_array_header_1_0(file)
                    else:
                        header = np.lib.format.read_array_header_2_0(file)
                found[entry.filename.removesuffix(".npy")] = tuple(header[0])
    except (*_BROKEN, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} is no .npz file that can be read ({error}); save it again with numpy.savez."
        ) from error
    return found


def _pairs(
    path: Path, shapes: dict[str, tuple[int, ...]]
) -> tuple[_Pair, _Pair | None, _Pair | None]:
    """The names of the images and labels to learn from, and of those to check and to test on, where
    there are some.
    """
    train = next((pair for pair in _TRAIN if set(pair) <= set(shapes)), None)
    if train is None:
        raise DataError(
            f"{path} holds {', '.join(shapes) or 'no arrays'}, but images and labels (or x_train and "
            "y_train, train_images and train_labels) are expected; rename them."
        )
    check, test = (
        next((pair for pair in names if set(pair) <= set(shapes)), None)
        for names in (_CHECK, _TEST)
    )
    for pair in (train, check, test):
        if pair is None:
            continue
        images, labels = (shapes[name] for name in pair)
        if images and len(labels) == 2 and labels[0] == images[0] and labels[1] > 1:
            raise DataError(
                f"{path} holds {pair[1]} of {_show(labels)}, a row of {labels[1]:,} numbers per image, but "
                f"one number is expected; save {pair[1]}.argmax(1) for it."
            )
        if not images or not images[0] or math.prod(labels) != images[0] or labels[0] != images[0]:
            raise DataError(
                f"{path} holds {pair[0]} of {_show(images)} and {pair[1]} of {_show(labels)}, but one "
                "label per image is expected; make them equally long."
            )
    return train, check, test


def _labels(
    path: Path, pairs: Sequence[_Pair | None]
) -> tuple[list[NDArray[np.int64]], tuple[str, ...]]:
    """The labels of the parts that are there, and the names of the classes."""
    try:
        names = tuple(str(name) for name in _array(path, _CLASSES).reshape(-1))
    except KeyError:
        names = ()
    train, *others = (_array(path, pair[1]).reshape(-1) for pair in pairs if pair)
    return numbered(path, train, *others, names=names)


def _images(path: Path, name: str) -> NDArray[np.uint8]:
    """Images (n, channels, height, width), 0 to 255."""
    values = _array(path, name)
    shape, last = _layout(path, name, values.shape)
    if values.ndim == 3:
        values = values[:, None]
    elif last:
        values = values.transpose(0, 3, 1, 2)
    assert values.shape[1:] == shape
    if values.dtype == np.uint8:
        return np.ascontiguousarray(values)
    if values.dtype.kind not in "biuf":
        raise DataError(
            f"{path} holds {name} of the type {values.dtype}, but numbers from 0 to 255 or 0 to 1 are "
            "expected; save them so."
        )
    low, high = values.min(), values.max()
    if not np.isfinite(low) or not np.isfinite(high):
        wrong = int(values.size - np.isfinite(values).sum())
        raise DataError(
            f"{path} has {wrong:,} values in {name} that are infinite or not numbers (NaN), but 0 to 255 or "
            "0 to 1 are expected; replace them."
        )
    if values.dtype.kind == "b" or (values.dtype.kind == "f" and low >= 0 and high <= 1):
        return np.rint(values.astype(np.float32) * 255).astype(np.uint8)
    if low >= 0 and high <= 255:
        return np.rint(values).astype(np.uint8)
    raise DataError(
        f"{path} has pixels from {low:g} to {high:g} in {name}, but 0 to 255 or 0 to 1 are expected; "
        "scale them."
    )


def _layout(path: Path, name: str, shape: tuple[int, ...]) -> tuple[tuple[int, int, int], bool]:
    """An image's (channels, height, width), and whether its channels lie last."""
    if 0 in shape:
        raise DataError(
            f"{path} holds {name} of {_show(shape)}, which have no pixels; save them again."
        )
    if len(shape) == 3:
        return (1, shape[1], shape[2]), False
    if len(shape) == 4 and shape[3] in (1, 3):
        return (shape[3], shape[1], shape[2]), True
    if len(shape) == 4 and shape[1] in (1, 3):
        return (shape[1], shape[2], shape[3]), False
    raise DataError(
        f"{path} holds {name} of {_show(shape)}, but images × height × width, with 1 or 3 channels "
        "last or first, are expected; give them that shape."
    )


def _array(path: Path, name: str) -> NDArray[Any]:
    """An array of the file; raises `KeyError` where there is none of that name."""
    import zipfile

    try:
        with np.load(path, allow_pickle=False) as archive:
            return archive[name]
    except (*_BROKEN, zipfile.BadZipFile) as error:
        if "Object arrays" in str(error):
            raise DataError(
                f"{path} holds {name} as Python's objects, which could run a program; save it as numbers "
                "or, by astype(str), as text."
            ) from error
        raise DataError(
            f"{path} cannot be read ({name}: {error}); save it again with numpy.savez."
        ) from error


def _check_memory(path: Path, shapes: list[tuple[int, ...]]) -> None:
    needed = sum(math.prod(shape) for shape in shapes)
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return
    if needed > 0.8 * memory:
        raise DataError(
            f"{path} holds {needed / 1e9:.1f} GB of pixels, but this machine has {memory / 1e9:.1f} "
            "GB; make the images smaller or save them as a folder of files."
        )


def _show(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{size:,}" for size in shape) or "one number"


DATASET = ImageArrays(
    name="npz",
    title="NumPy arrays",
    purpose="Own images: a .npz file with the arrays images and labels",
    shape=(1, 28, 28),
    classes=(),
    train_images=0,
    test_images=0,
    licence="your own",
    source="your own",
    own=True,
    wanted="a .npz file with the arrays images and labels",
    endings=(".npz",),
)
