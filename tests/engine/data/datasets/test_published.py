"""The published datasets beside MNIST and CIFAR-10: read back equal from files in their formats."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from engine.data import DataChoice, DataError, catalogue, choose, describe, load
from engine.data.formats.idx import IdxDataset


def idx(array: np.ndarray) -> bytes:
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes((0, 0, 8, array.ndim)) + sizes + array.astype(np.uint8).tobytes()


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape)).integers(0, 256, shape, np.uint8)


def element(kind: int, data: bytes) -> bytes:
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


def variable(name: str, array: np.ndarray, kind: int, number: int, flags: int = 0) -> bytes:
    """A MATLAB variable of the class `kind`, its values written as the type `number`."""
    small = struct.pack("<HH4s", 1, len(name), name.encode())
    return element(
        14,
        element(6, struct.pack("<II", kind | flags, 0))
        + element(5, struct.pack(f"<{array.ndim}i", *array.shape))
        + (small if len(name) <= 4 else element(1, name.encode()))
        + element(number, array.tobytes(order="F")),
    )


def mat(*variables: bytes, packed: bool = True) -> bytes:
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H2s", 0x100, b"IM")
    if not packed:
        return head + b"".join(variables)
    squeezed = [zlib.compress(item) for item in variables]
    return head + b"".join(struct.pack("<II", 15, len(item)) + item for item in squeezed)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist", "emnist-letters"])
def test_idx_datasets_are_read_back_equal(tmp_path: Path, name: str) -> None:
    dataset = catalogue()[name]
    assert isinstance(dataset, IdxDataset)
    count = len(dataset.classes)
    for names, shift in ((dataset.train, 0), (dataset.test, 1)):
        images = noise(count, 28, 28) + np.uint8(shift)
        (tmp_path / f"{names[0]}.gz").write_bytes(gzip.compress(idx(images)))
        labels = np.arange(count) + dataset.first_label
        (tmp_path / names[1]).write_bytes(idx(labels))
    result = load(DataChoice(name, str(tmp_path)), (1, 28, 28))
    expected = noise(count, 28, 28)
    if name == "emnist-letters":
        expected = expected.transpose(0, 2, 1)
    assert np.array_equal(result.train.images[:, 0], expected)
    assert result.train.labels.tolist() == list(range(count))
    assert result.test is not None and np.array_equal(
        result.test.images[:, 0], expected + np.uint8(1)
    )
    described = describe(DataChoice(name, str(tmp_path)))
    assert (described.train_images, described.test_images) == (count, count)


def test_letters_are_numbered_from_one_in_the_files(tmp_path: Path) -> None:
    dataset = catalogue()["emnist-letters"]
    assert isinstance(dataset, IdxDataset)
    (tmp_path / dataset.train[0]).write_bytes(idx(noise(1, 28, 28)))
    (tmp_path / dataset.train[1]).write_bytes(idx(np.array([0])))
    with pytest.raises(DataError, match="holds the label 0; EMNIST letters's are 1 to 26"):
        load(DataChoice("emnist-letters", str(tmp_path)), (1, 28, 28))


@pytest.mark.parametrize(
    ("place", "name"),
    [("FashionMNIST/raw", "fashion-mnist"), ("KMNIST/raw", "kmnist"), ("digits", "mnist")],
)
def test_sets_with_the_same_file_names_are_told_apart_by_their_folder(
    tmp_path: Path, place: str, name: str
) -> None:
    folder = tmp_path / place
    folder.mkdir(parents=True)
    (folder / "train-images-idx3-ubyte").touch()
    assert choose(str(folder)).name == name


def test_of_cifar_100_the_fine_labels_are_read(tmp_path: Path) -> None:
    pixels = noise(3, 3072)
    labels = np.array([[19, 0], [0, 99], [7, 42]], np.uint8)
    (tmp_path / "train.bin").write_bytes(np.column_stack([labels, pixels]).tobytes())
    choice = choose(str(tmp_path))
    assert choice == DataChoice("cifar100", str(tmp_path))
    assert describe(choice).train_images == 3 and describe(choice).test_images == 0
    train = load(choice, (3, 32, 32)).train
    assert train.labels.tolist() == [0, 99, 42]
    assert np.array_equal(train.images.reshape(3, 3072), pixels)
    assert describe(choice).classes[42] == "leopard" and describe(choice).classes[99] == "worm"


@pytest.mark.parametrize("packed", [True, False])
def test_house_numbers_are_read_back_equal(tmp_path: Path, packed: bool) -> None:
    images = noise(32, 32, 3, 5)
    labels = np.array([[1], [10], [9], [5], [2]], np.uint8)
    other = variable("somewhat", np.zeros((1, 1)), 6, 9)
    (tmp_path / "train_32x32.mat").write_bytes(
        mat(variable("X", images, 9, 2), other, variable("y", labels, 6, 2), packed=packed)
    )
    choice = choose(str(tmp_path))
    assert choice.name == "svhn"
    train = load(choice, (3, 32, 32)).train
    assert np.array_equal(train.images[3, 2], images[:, :, 2, 3])
    assert train.labels.tolist() == [1, 0, 9, 5, 2]


WHOLE = mat(
    variable("X", noise(32, 32, 3, 2), 9, 2), variable("y", np.array([[1], [2]], "f8"), 6, 9)
)
FLAT = variable("y", np.array([[1], [2]], "f8"), 6, 9)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is no MATLAB file of version 5"),
        (b"MATLAB 7.3 MAT-file" + WHOLE[19:], r"version 7\.3; save it again with -v7"),
        (WHOLE[:-40], "is broken: "),
        (WHOLE[:200] + b"\xff" * 60 + WHOLE[260:], "is broken: "),
        (mat(FLAT), "holds y, but X is expected"),
        (mat(variable("X", noise(2, 2, 3, 2), 9, 2), FLAT), "holds X of 2 × 2 × 3 × 2, but 32"),
        (mat(variable("X", noise(32, 32, 3, 3), 9, 2), FLAT), "holds 3 images, but 2 labels"),
        (mat(variable("X", noise(32, 32, 3, 1), 9, 2), variable("y", np.zeros((1, 1)), 6, 9)), "other than 1 to 10"),
        (mat(variable("X", noise(32, 32, 3, 1), 9, 2, flags=0x800), FLAT), "X is expected"),
        (mat(variable("X", noise(32, 32, 3, 1), 9, 77), FLAT), "values of the unknown type 77"),
    ],
)  # fmt: skip
def test_a_broken_matlab_file_is_named_with_what_is_wrong(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / "train_32x32.mat").write_bytes(content)
    with pytest.raises(DataError, match=rf"train_32x32\.mat .*{sentence}"):
        load(DataChoice("svhn", str(tmp_path)), (3, 32, 32))


@pytest.mark.parametrize("name", ["cifar100", "svhn"])
def test_a_folder_without_training_images_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"has no train.*; put it there or"):
        load(DataChoice(name, str(tmp_path)), (3, 32, 32))
