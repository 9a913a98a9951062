"""SVHN: house numbers seen from the street, cropped to a digit each, in MATLAB files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.dataset import DataError, Dataset, Part, Progress
from engine.data.download import Download, fetch
from engine.data.formats.mat import read_mat

_HOST = "http://ufldl.stanford.edu/housenumbers/"
_TRAIN, _TEST = "train_32x32.mat", "test_32x32.mat"
_DOWNLOADS = (
    Download(_HOST + _TRAIN, _TRAIN, "md5:e26dedcc434d2e4c54c9b2d4a06d8373"),
    Download(_HOST + _TEST, _TEST, "md5:eb5a983be6a315427106f1b164d9cef3"),
)


class Svhn(Dataset):
    """The official split without the extra images; a folder may hold the training file only."""

    def read(self, folder: Path | None, progress: Progress) -> tuple[Part, Part | None]:
        place = folder or fetch(self, _DOWNLOADS, progress)
        if not (place / _TRAIN).is_file():
            raise DataError(f"{place} has no {_TRAIN}; put it there or name another folder.")
        progress("Reading SVHN", 0.0)
        train = _part(place / _TRAIN)
        progress("Reading SVHN", 0.7)
        return train, _part(place / _TEST) if (place / _TEST).is_file() else None

    def recognises(self, folder: Path) -> bool:
        return (folder / _TRAIN).is_file()


def _part(path: Path) -> Part:
    """The images of a file: X (32, 32, 3, n), and y (n, 1), in which 10 stands for the digit 0."""
    images, labels = read_mat(path, "X", "y")
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[:3] != (32, 32, 3):
        raise DataError(
            f"{path} holds X of {' × '.join(map(str, images.shape))}, but 32 × 32 × 3 × images of "
            "bytes are expected; get the file again."
        )
    numbers = labels.ravel()
    if len(numbers) != images.shape[3]:
        raise DataError(
            f"{path} holds {images.shape[3]:,} images, but {len(numbers):,} labels; get the file "
            "again."
        )
    if not len(numbers) or not np.isin(numbers, np.arange(1, 11)).all():
        raise DataError(f"{path} holds labels other than 1 to 10; get the file again.")
    return Part(np.ascontiguousarray(images.transpose(3, 2, 0, 1)), numbers.astype(np.int64) % 10)


DATASET = Svhn(
    name="svhn",
    title="SVHN",
    purpose="99,289 digits of house numbers, photographed from the street in colour",
    shape=(3, 32, 32),
    classes=tuple("0123456789"),
    train_images=73_257,
    test_images=26_032,
    licence="for non-commercial use only",
    source="Netzer et al., Reading Digits in Natural Images with Unsupervised Feature Learning, 2011",
    files=(_TRAIN, _TEST),
)
