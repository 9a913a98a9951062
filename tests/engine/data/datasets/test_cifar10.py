"""CIFAR-10's official binary files, whole and broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data import DataChoice, DataError, describe, load
from tests.conftest import shared


def records(labels: list[int]) -> bytes:
    pixels = np.random.default_rng(len(labels)).integers(0, 256, (len(labels), 3072), np.uint8)
    return np.column_stack([np.array(labels, np.uint8), pixels]).astype(np.uint8).tobytes()


def read(folder: Path):
    return load(DataChoice("cifar10", str(folder)), (3, 32, 32))


def test_the_files_that_are_there_are_read_in_order(tmp_path: Path) -> None:
    (tmp_path / "data_batch_2.bin").write_bytes(records([3, 4]))
    (tmp_path / "data_batch_1.bin").write_bytes(records([0, 1, 2]))
    (tmp_path / "test_batch.bin").write_bytes(records([9]))
    result = read(tmp_path)
    assert result.train.labels.tolist() == [0, 1, 2, 3, 4]
    assert result.test is not None and result.test.labels.tolist() == [9]
    described = describe(DataChoice("cifar10", str(tmp_path)))
    assert (described.train_images, described.test_images) == (5, 1)


def test_red_comes_first_then_green_and_blue_row_by_row(tmp_path: Path) -> None:
    data = records([5])
    (tmp_path / "data_batch_1.bin").write_bytes(data)
    image = read(tmp_path).train.images[0]
    assert image[1, 2, 3] == data[1 + 1024 + 2 * 32 + 3]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds 0 bytes, which is no whole number of images of 3,073"),
        (records([1, 2])[:-5], "holds 6,141 bytes, which is no whole number"),
        (records([10]), "holds the label 10, but CIFAR-10's are 0 to 9"),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / "data_batch_1.bin").write_bytes(content)
    with pytest.raises(DataError, match=f"data_batch_1.bin {sentence}"):
        read(tmp_path)


def test_a_folder_without_training_files_says_which_are_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none of data_batch_1\.bin to data_batch_5\.bin"):
        read(tmp_path)


def test_real_photographs_are_read() -> None:
    result = read(shared("cifar-10-batches-bin"))
    assert len(result.train) == 10_000
    assert result.mean == pytest.approx((0.491, 0.482, 0.447), abs=0.005)
