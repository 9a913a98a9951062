"""Folders and tables of image files: which files count, of which class, and what is wrong."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data import DataChoice, DataError, choose, describe, load
from engine.data.pictures.header import header_shape
from engine.data.pictures.listing import Listing, list_folder, list_table
from tests.engine.data.pictures.conftest import noise, paint


def test_a_folder_of_classes_is_recognised_and_described(folder: Path) -> None:
    choice = choose(str(folder))
    assert choice == DataChoice("folder", str(folder))
    data = describe(choice)
    assert data.classes == ("cats", "dogs") and data.shape == (3, 8, 8)
    assert (data.train_images, data.test_images) == (5, 0)


def test_train_and_test_are_learned_from_and_tested_on(tmp_path: Path) -> None:
    for name in ("train/a/1.png", "train/a/deep/2.PNG", "train/b/1.jpg", "Testing/b/1.png"):
        paint(tmp_path / name)
    (tmp_path / "train" / "a" / ".hidden.png").touch()
    (tmp_path / "train" / "a" / "notes.txt").touch()
    (tmp_path / "test").mkdir()
    choice = choose(str(tmp_path))
    assert (describe(choice).train_images, describe(choice).test_images) == (3, 1)
    images = load(choice, (3, 8, 8))
    assert images.train.labels.tolist() == [0, 0, 1]
    assert images.test is not None and images.test.labels.tolist() == [1]


@pytest.mark.parametrize("names", [("train", "val"), ("Training", "Validation"), ("TRAIN", "dev")])
def test_a_folder_for_validation_is_checked_on_in_whatever_case_it_is_written(
    names: tuple[str, str], tmp_path: Path
) -> None:
    for part, count in zip(names, (3, 2), strict=True):
        for number in range(count):
            paint(tmp_path / part / "a" / f"{number}.png", (number, 0, 0))
            paint(tmp_path / part / "b" / f"{number}.png", (100 + number, 0, 0))
    data = describe(choose(str(tmp_path)))
    assert data.classes == ("a", "b")
    assert (data.train_images, data.validation_images, data.test_images) == (6, 4, 0)
    images = load(choose(str(tmp_path)), (3, 8, 8))
    assert images.test is None and images.train.aside is not None
    assert images.train.labels[images.train.aside].tolist() == [0, 0, 1, 1]


def test_describing_neither_decodes_nor_loads_pillow(folder: Path) -> None:
    program = (
        "import sys; from engine.data import choose, describe; "
        f"describe(choose({str(folder)!r})); print([m for m in sys.modules if m.startswith('PIL')])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert result.stdout.strip() == b"[]"


def test_a_description_is_remembered_until_files_come(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.data import memory

    choice = DataChoice("folder", str(folder))
    first = describe(choice)
    assert describe(choice) is first
    monkeypatch.setattr(memory, "_FRESH", 0.0)
    assert describe(choice) is first
    paint(folder / "cats" / "new.png")
    assert describe(choice).train_images == 6


def test_who_looks_beside_goes_on_without_a_large_folder_and_is_told_of_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.data import NotYetError, memory

    begun, told = threading.Event(), threading.Event()

    def listed(root: Path) -> Listing:
        # As slowly as a folder of a million files.
        begun.wait(10)
        return list_folder(root)

    monkeypatch.setattr("engine.data.pictures.listing.list_folder", listed)
    memory.look_beside(told.set)
    try:
        choice = DataChoice("folder", str(folder))
        for _ in range(2):
            with pytest.raises(NotYetError, match="is being looked through"):
                describe(choice)
        assert not told.is_set()
        begun.set()
        assert told.wait(10)
        assert describe(choice).train_images == 5
        with pytest.raises(DataError, match="but there must be one for each"):
            describe(DataChoice("folder", str(folder / "cats")))
    finally:
        memory.look_at_once(told.set)


@pytest.mark.parametrize("size", [(8, 8), (300, 40), (700, 700)])
def test_the_size_is_told_from_the_header(tmp_path: Path, size: tuple[int, int]) -> None:
    for mode, channels in (("L", 1), ("RGB", 3)):
        for ending in ("png", "jpg"):
            path = tmp_path / f"a.{ending}"
            Image.new(mode, size).save(path)
            assert header_shape(path) == (channels, size[1], size[0])
    (tmp_path / "a.png").write_bytes(b"\xff\xd8\xff")
    assert header_shape(tmp_path / "a.png") is None


def test_what_is_no_file_is_passed_over_without_waiting_for_it(folder: Path) -> None:
    os.mkfifo(folder / "cats" / "00.png")
    assert describe(choose(str(folder))).train_images == 6
    images = load(choose(str(folder)), (3, 8, 8))
    assert len(images.train) == 5 and images.remarks[0].endswith("is no file; take it out")


def test_images_of_several_sizes_are_told_at_the_usual_one(folder: Path) -> None:
    paint(folder / "dogs" / "large.png", size=20)
    assert describe(DataChoice("folder", str(folder))).shape == (3, 224, 224)


def test_grey_files_are_told_as_grey(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.fromarray(noise(28, 28)).save(tmp_path / name / "1.png")
    choice = choose(str(tmp_path))
    assert describe(choice).shape == (1, 28, 28)
    assert np.array_equal(load(choice, (1, 28, 28)).train.images[0, 0], noise(28, 28))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names are Unicode")
def test_a_name_that_is_no_utf_8_is_written_down_all_the_same(tmp_path: Path) -> None:
    paint(tmp_path / "cats" / "1.png")
    paint(tmp_path / os.fsdecode(b"dogs\xfe") / "1.png")
    (tmp_path / "cats" / os.fsdecode(b"\xff.png")).write_bytes(b"no image")
    images = load(choose(str(tmp_path)), (3, 8, 8))
    assert images.classes == ("cats", "dogs\ufffd")
    assert len(images.train) == 2 and images.remarks[0].startswith(
        f"{tmp_path}/cats/\ufffd.png is no"
    )


def test_one_class_is_not_enough(tmp_path: Path) -> None:
    paint(tmp_path / "cats" / "1.png")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"has 1 folder with images, but .* 2 or more classes"):
        describe(DataChoice("folder", str(tmp_path)))


def test_a_class_that_is_only_tested_is_refused(tmp_path: Path) -> None:
    for name in ("train/a/1.png", "train/b/1.png", "val/c/1.png"):
        paint(tmp_path / name)
    with pytest.raises(DataError, match=r"val.c is of a class that .*train has not"):
        list_folder(tmp_path)


def test_own_images_without_a_folder_say_what_to_choose() -> None:
    with pytest.raises(
        DataError, match="Image folder is not chosen yet; choose a folder with a folder"
    ):
        describe(DataChoice("folder"))
    with pytest.raises(DataError, match="is not there; choose a CSV file"):
        load(DataChoice("csv", "/nowhere/list.csv"), (3, 8, 8))


def table(folder: Path, text: str, name: str = "list.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(
    "text",
    [
        "path,label\ncats/0.png,cat\ndogs/0.png,dog\ncats/1.png,cat\n",
        "cats/0.png,cat\ndogs/0.png,dog\n\n  \n,\ncats/1.png,cat\n",
        "path,label\ncats\\0.png,cat\ndogs\\0.png,dog\ncats/1.png,cat\n",
        "\ufefflabel;id;filename\r\ncat;7;cats/0.png\r\ndog;8;dogs/0.png\r\ncat;9;cats/1.png\r\n",
        'image\tclass\n"cats/0.png"\tcat\ndogs/0.png\tdog\ncats/1.png\tcat',
    ],
)  # fmt: skip
def test_a_table_names_images_and_labels(folder: Path, text: str) -> None:
    choice = choose(str(table(folder, text)))
    assert choice.name == "csv" and describe(choice).classes == ("cat", "dog")
    images = load(choice, (3, 8, 8))
    assert images.train.labels.tolist() == [0, 1, 0]
    assert images.train.images[:, 0, 0, 0].tolist() == [0, 100, 10]


def test_a_table_may_split(folder: Path) -> None:
    text = (
        "path,label,split\ncats/2.png,9,Test\ncats/0.png,9,train\ndogs/1.png,10,valid\n"
        "dogs/0.png,10,train\ncats/1.png,9,holdout\n"
    )
    listing = list_table(table(folder, text))
    assert listing.classes == ("9", "10")
    assert (listing.train, listing.validation, listing.test) == (2, 1, 2)
    names = ["cats/0.png", "dogs/0.png", "dogs/1.png", "cats/2.png", "cats/1.png"]
    assert (listing.paths, listing.labels) == (names, [0, 1, 1, 0, 0])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty; give every image a row"),
        ("name,colour\nx,y\n", "begins with 'name,colour', but a heading such as 'path,label'"),
        ("path,label\na.png,x\nb.png\n", r"no path and label in row 3 \('b.png'\)"),
        ("path,label\na.png,\n", "no path and label in row 2"),
        ("path,label\na.png,x\nb.png,x\n", "names 1 class to learn"),
        ("path,label,split\na,x,train\nb,y,train\nc,z,test\n", "test images of the class 'z'"),
        (
            "path,label,Split\na,x,train\nb,y,vall\n",
            "the Split 'vall' in row 3, but train, val or test",
        ),
        ("path,label,split\na,x,train\nb,y,\n", "the split '' in row 3, but train, val or test"),
    ],
)
def test_a_broken_table_is_told_by_its_row(folder: Path, text: str, sentence: str) -> None:
    with pytest.raises(DataError, match=rf"list.csv {sentence}|list.csv has {sentence}"):
        list_table(table(folder, text))


def test_a_table_in_another_encoding_is_told(folder: Path) -> None:
    (folder / "list.csv").write_bytes("path,label\nä.png,x\n".encode("latin-1"))
    with pytest.raises(DataError, match="is no text in UTF-8; save it again"):
        list_table(folder / "list.csv")


def test_files_that_a_table_names_but_are_not_there_are_told(folder: Path) -> None:
    text = "path,label\n" + "".join(f"cats/{n}.png,cat\ndogs/{n}.png,dog\n" for n in range(3))
    images = load(choose(str(table(folder, text))), (3, 8, 8))
    assert len(images.train) == 5
    assert images.remarks == (
        f"{folder / 'dogs/2.png'} is not there; put it there or take it from the list",
    )
