"""A person's own arrays and binary files, whole and broken."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.data import DataChoice, DataError, choose, describe, load
from engine.data.images import parted


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).integers(0, 256, shape, np.uint8)


def npy(array: np.ndarray) -> bytes:
    """numpy's format 1.0, written by hand (numpy.lib.format's documentation)."""
    fields = {"descr": array.dtype.str, "fortran_order": False, "shape": array.shape}
    head = repr(fields).encode()
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + array.tobytes()


def npz(file: Path, **arrays: np.ndarray) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            archive.writestr(f"{name}.npy", npy(array))
    return file


LABELS = np.array([0, 2, 1, 2])


@pytest.mark.parametrize(
    ("images", "shape"),
    [
        (noise(4, 9, 7), (1, 9, 7)),
        (noise(4, 9, 7, 3), (3, 9, 7)),
        (noise(4, 3, 9, 7), (3, 9, 7)),
        (noise(4, 9, 7, 1), (1, 9, 7)),
    ],
)
def test_arrays_are_read_back_equal(
    tmp_path: Path, images: np.ndarray, shape: tuple[int, int, int]
) -> None:
    choice = choose(str(npz(tmp_path / "own.npz", images=images, labels=LABELS[:, None])))
    data = describe(choice)
    assert choice.name == "npz" and data.shape == shape
    assert data.classes == ("0", "1", "2") and data.train_images == 4
    train = load(choice, shape).train
    expected = images.transpose(0, 3, 1, 2) if images.shape[-1] in (1, 3) else images
    assert np.array_equal(train.images, expected.reshape(4, *shape))
    assert train.labels.tolist() == LABELS.tolist()


def test_arrays_may_hold_test_images_words_and_parts_of_one(tmp_path: Path) -> None:
    images = noise(4, 8, 8)
    file = npz(
        tmp_path / "own.npz",
        x_train=images / 255,
        y_train=np.array(["ox", "ant", "ox", "bee"]),
        x_test=images[:2],
        y_test=np.array(["bee", "ant"]),
    )
    result = load(choose(str(file)), (1, 8, 8))
    assert result.classes == ("ant", "bee", "ox")
    assert result.train.labels.tolist() == [2, 0, 2, 1]
    assert np.array_equal(result.train.images[:, 0], images)
    assert result.test is not None and result.test.labels.tolist() == [1, 0]


def test_arrays_for_validation_are_checked_on(tmp_path: Path) -> None:
    images, more = noise(4, 8, 8), noise(3, 8, 8)
    arrays = {"x_train": images, "y_train": LABELS, "x_val": more, "y_val": LABELS[:3]}
    choice = choose(str(npz(tmp_path / "own.npz", **arrays)))
    assert (describe(choice).train_images, describe(choice).validation_images) == (4, 3)
    result = load(choice, (1, 8, 8))
    kept, aside = parted(result.train, 0.15)
    assert np.array_equal(result.train.images[kept, 0], images)
    assert np.array_equal(result.train.images[aside, 0], more)
    assert result.train.labels[aside].tolist() == [0, 2, 1] and result.test is None
    file = npz(tmp_path / "own.npz", **{**arrays, "x_val": noise(3, 9, 8)})
    with pytest.raises(DataError, match=r"own.npz has images of 1×8×8 to learn from, but of 1×9×8"):
        load(choose(str(file)), (1, 8, 8))


def test_classes_may_be_named(tmp_path: Path) -> None:
    names = np.array(["red", "green", "blue"])
    file = npz(tmp_path / "own.npz", images=noise(4, 8, 8), labels=LABELS, classes=names)
    assert describe(choose(str(file))).classes == ("red", "green", "blue")


def test_what_numpy_writes_is_read_too(tmp_path: Path) -> None:
    images = noise(4, 8, 8)
    np.savez_compressed(tmp_path / "own.npz", images=images, labels=LABELS)
    train = load(choose(str(tmp_path / "own.npz")), (1, 8, 8)).train
    assert np.array_equal(train.images[:, 0], images)


FOUR = noise(4, 8, 8)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({}, "holds no arrays, but images and labels"),
        ({"pixels": FOUR, "labels": LABELS}, "holds pixels, labels, but images and labels"),
        ({"images": FOUR, "labels": LABELS[:3]}, "images of 4 × 8 × 8 and labels of 3, but one"),
        (
            {"images": FOUR, "labels": np.eye(4)},
            r"a row of 4 numbers per image, .* save labels\.argmax",
        ),
        ({"images": noise(4, 8), "labels": LABELS}, "images of 4 × 8, but images × height"),
        ({"images": noise(4, 8, 8, 4), "labels": LABELS}, "images of 4 × 8 × 8 × 4, but images"),
        ({"images": FOUR * 100.0, "labels": LABELS}, "pixels from .* to 2.* in images, but 0 to"),
        ({"images": FOUR, "labels": LABELS + 0.5}, "the label 0.5, but whole numbers"),
        ({"images": FOUR, "labels": LABELS * np.nan}, "the label nan, but whole numbers"),
        (
            {"images": np.where(FOUR > 99, np.nan, FOUR), "labels": LABELS},
            "[0-9] values in images that",
        ),
        (
            {"images": FOUR, "labels": LABELS, "classes": np.array(["a", "b"])},
            "names 2 classes, but has labels up to 2; name all 3, or none",
        ),
        ({"images": FOUR, "labels": LABELS - 1}, "the label -1, but 0 to 99,999"),
        ({"images": FOUR, "labels": LABELS * 0}, "labels of one class only"),
        ({"images": FOUR.astype(str), "labels": LABELS}, "images of the type <U3, but numbers"),
        ({"images": FOUR * 1j, "labels": LABELS}, "images of the type complex128, but numbers"),
        ({"images": FOUR[:, :, :0], "labels": LABELS}, "images of 4 × 8 × 0, which have no pixels"),
        (
            {"images": FOUR, "labels": LABELS, "classes": np.array(["a", "b", "a"])},
            "calls two classes 'a'; give each",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_told_by_name(
    tmp_path: Path, arrays: dict[str, np.ndarray], sentence: str
) -> None:
    file = npz(tmp_path / "own.npz", **arrays)
    with pytest.raises(DataError, match=rf"own.npz .*{sentence}|own.npz {sentence}"):
        load(choose(str(file)), (1, 8, 8))


def test_a_file_that_would_run_a_program_is_not_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", images=FOUR, labels=np.array([print] * 4, object))
    with pytest.raises(DataError, match="holds labels as Python's objects, which could run"):
        describe(choose(str(tmp_path / "own.npz")))


def test_a_damaged_archive_is_told(tmp_path: Path) -> None:
    file = npz(tmp_path / "own.npz", images=noise(400, 8, 8), labels=np.arange(400))
    whole = file.read_bytes()
    file.write_bytes(whole[:-30])
    with pytest.raises(DataError, match=r"is no .npz file that can be read"):
        describe(choose(str(file)))
    file.write_bytes(whole[:20_000] + bytes(200) + whole[20_200:])
    with pytest.raises(DataError, match=r"own.npz cannot be read"):
        load(choose(str(file)), (1, 8, 8))


def test_arrays_larger_than_the_memory_are_told_without_unpacking_them(tmp_path: Path) -> None:
    head = npy(np.zeros((0, 8, 8), np.uint8)).replace(b"(0, 8, 8)", b"(4, 999999, 999999)")
    head = head[:8] + struct.pack("<H", len(head) - 10) + head[10:]
    with zipfile.ZipFile(tmp_path / "own.npz", "w") as archive:
        archive.writestr("images.npy", head)
        archive.writestr("labels.npy", npy(LABELS))
    with pytest.raises(DataError, match=r"holds 4,?000.0 GB of pixels, but this machine has"):
        load(choose(str(tmp_path / "own.npz")), (1, 8, 8))


def idx(array: np.ndarray) -> bytes:
    return (
        bytes((0, 0, 8, array.ndim))
        + struct.pack(f">{array.ndim}I", *array.shape)
        + array.tobytes()
    )


def test_idx_files_of_any_size_are_read_back_equal(tmp_path: Path) -> None:
    images, labels = noise(4, 9, 7), LABELS.astype(np.uint8)
    (tmp_path / "mine-train-images-idx3-ubyte").write_bytes(idx(images))
    (tmp_path / "mine-train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    (tmp_path / "mine-test-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(images[:1])))
    (tmp_path / "mine-test-labels-idx1-ubyte").write_bytes(idx(labels[3:]))
    choice = choose(str(tmp_path))
    data = describe(choice)
    assert choice.name == "idx" and data.shape == (1, 9, 7) and data.classes == ("0", "1", "2")
    assert (data.train_images, data.test_images) == (4, 1)
    result = load(choice, (1, 9, 7))
    assert np.array_equal(result.train.images[:, 0], images)
    assert result.test is not None and result.test.labels.tolist() == [2]
    (tmp_path / "mine-val-images-idx3-ubyte").write_bytes(idx(images[2:]))
    (tmp_path / "mine-val-labels-idx1-ubyte").write_bytes(idx(labels[2:]))
    checked = load(DataChoice("idx", f"{tmp_path}/"), (1, 9, 7)).train
    assert checked.aside is not None and checked.aside.tolist() == [4, 5]
    assert np.array_equal(checked.images[4:, 0], images[2:])


def test_idx_files_that_are_no_pair_are_told(tmp_path: Path) -> None:
    (tmp_path / "a-images-idx3-ubyte").write_bytes(idx(noise(4, 9, 7)))
    with pytest.raises(DataError, match="has a-images-idx3-ubyte, but no a-labels-idx1-ubyte"):
        describe(choose(str(tmp_path)))
    (tmp_path / "b-images-idx3-ubyte").write_bytes(idx(noise(4, 9, 7)))
    with pytest.raises(DataError, match=r"one file ...images-idx3-ubyte to learn from is expected"):
        describe(DataChoice("idx", str(tmp_path)))
    with pytest.raises(DataError, match=r"has no images-idx3-ubyte, but one file"):
        describe(DataChoice("idx", str(tmp_path.parent)))


def records(labels: list[int]) -> bytes:
    file = io.BytesIO()
    for label in labels:
        file.write(bytes([label]) + noise(3072 + label).tobytes()[:3072])
    return file.getvalue()


def test_binary_records_are_read_with_the_names_beside_them(tmp_path: Path) -> None:
    (tmp_path / "b.bin").write_bytes(records([2]))
    (tmp_path / "a.bin").write_bytes(records([0, 1]))
    (tmp_path / "test.bin").write_bytes(records([1]))
    (tmp_path / "batches.meta.txt").write_text("ant\nbee\nox\n\n")
    choice = choose(str(tmp_path))
    data = describe(choice)
    assert choice.name == "cifar-binary" and data.classes == ("ant", "bee", "ox")
    assert (data.train_images, data.test_images) == (3, 1)
    result = load(choice, (3, 32, 32))
    assert result.train.labels.tolist() == [0, 1, 2] and result.classes == data.classes
    assert result.train.images[1].tobytes() == records([1])[1:]
    (tmp_path / "val_1.bin").write_bytes(records([2, 0]))
    (tmp_path / "latest-interval.bin").write_bytes(records([0]))
    checked = load(DataChoice("cifar-binary", f"{tmp_path}/"), (3, 32, 32)).train
    assert checked.labels.tolist() == [0, 1, 2, 0, 2, 0]
    assert checked.aside is not None and checked.aside.tolist() == [4, 5]
    (tmp_path / "c.bin").write_bytes(b"short")
    with pytest.raises(DataError, match=r"c.bin holds 5 bytes, which is no whole number of images"):
        load(choice, (3, 32, 32))


def test_a_name_before_the_path_says_which_dataset_it_is(tmp_path: Path) -> None:
    assert choose(f"kmnist={tmp_path}") == DataChoice("kmnist", str(tmp_path))


def test_a_place_that_is_nothing_lists_what_would_do(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no own images; .*a \.npz file with the arrays"):
        choose(str(tmp_path))
