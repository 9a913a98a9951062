"""MNIST's official files, whole and broken."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from engine.data import DataChoice, DataError, choose, load
from tests.conftest import shared

TRAIN = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
TEST = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def idx(array: np.ndarray) -> bytes:
    sizes = np.array(array.shape, ">u4").tobytes()
    return bytes((0, 0, 8, array.ndim)) + sizes + array.astype(np.uint8).tobytes()


def images(count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, (count, 28, 28), np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / TRAIN[0]).write_bytes(idx(images(6)))
    (tmp_path / TRAIN[1]).write_bytes(idx(np.arange(6)))
    return tmp_path


def read(folder: Path, size: int = 28):
    return load(DataChoice("mnist", str(folder)), (1, size, size))


def test_plain_files_are_read(folder: Path) -> None:
    result = read(folder)
    assert np.array_equal(result.train.images[:, 0], images(6))
    assert result.train.labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert result.test is None


def test_packed_files_are_read_and_the_test_images_too(folder: Path) -> None:
    (folder / f"{TEST[0]}.gz").write_bytes(gzip.compress(idx(images(2))))
    (folder / "t10k-labels.idx1-ubyte").write_bytes(idx(np.array([7, 9])))
    test = read(folder).test
    assert test is not None
    assert np.array_equal(test.images[:, 0], images(2))
    assert test.labels.tolist() == [7, 9]


def test_the_size_of_lenet_is_reached_by_a_margin(folder: Path) -> None:
    assert np.array_equal(read(folder, 32).train.images[:, 0, 2:-2, 2:-2], images(6))


def test_its_folder_is_recognised(folder: Path) -> None:
    assert choose(str(folder)) == DataChoice("mnist", str(folder))


WHOLE = idx(images(6))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (TRAIN[0], b"", "begins with the bytes of nothing"),
        (TRAIN[0], b"PK\x03\x04" + WHOLE, "begins with the bytes 504b0304, but .* 00000803"),
        (TRAIN[0], WHOLE[:10], "broken header"),
        (TRAIN[0], idx(images(0)), "broken header"),
        (TRAIN[0], WHOLE[:-1], r"announces 4,704 bytes \(6 × 28 × 28\) but holds 4,703"),
        (TRAIN[0], WHOLE + b"x", "announces 4,704 bytes .* but holds more"),
        (TRAIN[0], bytes((0, 0, 8, 3)) + b"\xff" * 12, "broken header"),
        (TRAIN[0], idx(images(5)), "5 images, but .* 6 labels"),
        (TRAIN[1], idx(np.arange(6) + 9), "the label 14; MNIST's are 0 to 9"),
        (f"{TRAIN[0]}.gz", gzip.compress(WHOLE)[:-100], "cannot be read: .*; get the file again"),
        (f"{TRAIN[0]}.gz", b"not packed at all", "cannot be read: Not a gzipped file"),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(
    folder: Path, name: str, content: bytes, sentence: str
) -> None:
    (folder / name.removesuffix(".gz")).unlink()
    (folder / name).write_bytes(content)
    with pytest.raises(DataError, match=sentence) as caught:
        read(folder)
    assert name in str(caught.value)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / TRAIN[1]).unlink()
    with pytest.raises(DataError, match=f"has no {TRAIN[1]}"):
        read(folder)


def test_the_official_number_of_images_is_read() -> None:
    result = load(DataChoice("mnist", str(shared("mnist"))), (1, 32, 32))
    assert len(result.train) == 60_000
    assert result.test is not None and len(result.test) == 10_000
    assert result.mean[0] == pytest.approx(0.1, abs=0.002)
