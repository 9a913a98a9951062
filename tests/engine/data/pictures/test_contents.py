"""Images are known by what their files hold, and a file is read once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from engine.data import DataChoice, load
from engine.data.pictures import contents
from engine.data.pictures import decode as decoding
from tests.engine.data.pictures.conftest import paint


class Watched:
    """Which files are read for their digest, and which are decoded."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.read: list[Path] = []
        self.decoded: list[Path] = []
        read, decode = contents._digest, decoding.decode
        monkeypatch.setattr(contents, "_digest", lambda file: self.read.append(file) or read(file))
        monkeypatch.setattr(
            decoding, "decode", lambda path, shape: self.decoded.append(path) or decode(path, shape)
        )

    def forget(self) -> None:
        self.read.clear()
        self.decoded.clear()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr(contents, "_YOUNG", 0)
    return Watched(monkeypatch)


def reds(folder: Path, progress=lambda *_: None) -> list[int]:
    images = load(DataChoice("folder", str(folder)), (3, 8, 8), progress)
    return images.train.images[:, 0, 0, 0].tolist()


def test_files_that_are_as_they_were_are_not_read_again(folder: Path, watched: Watched) -> None:
    reds(folder)
    assert len(watched.read) == 5
    watched.forget()
    reds(folder)
    assert watched.read == watched.decoded == []


def test_a_copy_elsewhere_and_newer_files_that_hold_the_same_are_not_decoded_again(
    folder: Path, watched: Watched, tmp_path: Path
) -> None:
    first = reds(folder)
    watched.forget()
    moved = Path(shutil.copytree(folder, tmp_path / "elsewhere"))
    assert reds(moved) == first
    os.utime(folder / "cats" / "1.png")
    assert reds(folder) == first
    assert len(watched.read) == 5 + 1
    assert watched.decoded == []


def test_a_file_changed_right_after_it_was_read_is_read_again(
    folder: Path, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "_YOUNG", 2_000_000_000)
    reds(folder)
    watched.forget()
    reds(folder)
    assert len(watched.read) == 5


def test_reading_goes_on_where_it_was_ended(
    folder: Path, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "_PORTION", 1)

    class EnoughError(Exception):
        pass

    def until(message: str, fraction: float) -> None:
        if message.startswith("Reading") and fraction >= 0.6:
            raise EnoughError

    with pytest.raises(EnoughError):
        reds(folder, until)
    assert len(watched.read) == 3
    watched.forget()
    reds(folder)
    assert len(watched.read) == 2


def test_a_damaged_book_is_written_anew(folder: Path, watched: Watched) -> None:
    first = reds(folder)
    (book,) = (contents.home() / "digests").glob("*.npy")
    book.write_bytes(book.read_bytes()[:100])
    watched.forget()
    assert reds(folder) == first
    assert len(watched.read) == 5 and watched.decoded == []


def test_the_books_of_other_folders_give_way_in_the_end(
    tmp_path: Path, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "_BOOKS", 2)
    for number in range(4):
        for name in "ab":
            paint(tmp_path / str(number) / name / "1.png", (number, 0, 0))
        reds(tmp_path / str(number))
    assert len(list((contents.home() / "digests").iterdir())) == 2
