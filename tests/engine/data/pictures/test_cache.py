"""Images are decoded once, in parallel, taken up after a kill, and kept within a bound."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data import DataChoice, DataError, choose, describe, load
from engine.data.images import Images, parted, statistics
from engine.data.pictures import cache
from engine.data.pictures import decode as decoding
from tests.engine.data.pictures.conftest import noise, paint

Usage = namedtuple("Usage", "total used free")


def read(folder: Path, size: int = 8, progress=lambda *_: None) -> Images:
    return load(DataChoice("folder", str(folder)), (3, size, size), progress)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are decoded from now on."""
    seen: list[Path] = []
    real = decoding.decode

    def watch(path: Path, shape: tuple[int, int, int]):
        seen.append(path)
        return real(path, shape)

    monkeypatch.setattr(decoding, "decode", watch)
    return seen


def reds(images: Images) -> list[int]:
    return images.train.images[:, 0, 0, 0].tolist()


def test_images_are_decoded_once(folder: Path, counted: list[Path]) -> None:
    first = read(folder)
    assert reds(first) == [0, 10, 20, 100, 110]
    assert first.train.labels.tolist() == [0, 0, 0, 1, 1]
    assert len(counted) == 5
    assert reds(read(folder)) == reds(first) and len(counted) == 5


def test_the_lab_shows_mapped_images(folder: Path) -> None:
    import torch

    from engine.lab.store import Store
    from engine.lab.subject import Samples

    choice = DataChoice("folder", str(folder))
    samples = Samples(Store(), choice, (3, 8, 8), lambda pixels, images: pixels)
    shown = samples.normalised(3, lambda *_: None)
    assert torch.equal(shown[0, 0, 0], torch.tensor([100, 0, 0], dtype=torch.uint8))


def test_the_images_are_measured_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = read(folder)
    assert (first.mean, first.std) == statistics(first.train.images)

    def again(images: np.ndarray) -> np.ndarray:
        raise AssertionError

    monkeypatch.setattr(cache, "channel_counts", again)
    assert read(folder).mean == first.mean


def test_a_file_of_the_same_size_and_age_with_other_pixels_is_decoded_anew(tmp_path: Path) -> None:
    files = [tmp_path / name / "1.bmp" for name in "ab"]
    for red in (1, 2):
        for file in files:
            paint(file, (red, 0, 0))
            os.utime(file, (1, 1))  # As archives that are always the same unpack it.
        assert reds(read(tmp_path)) == [red, red]


def test_another_size_or_a_changed_file_is_decoded_anew(folder: Path, counted: list[Path]) -> None:
    read(folder)
    assert read(folder, 4).train.images.shape == (5, 3, 4, 4)
    assert len(counted) == 10
    paint(folder / "cats" / "1.png", (77, 0, 0))
    assert reds(read(folder)) == [0, 77, 20, 100, 110]


def test_pixels_are_mapped_with_channels_last_and_changing_them_changes_no_file(
    folder: Path,
) -> None:
    images = read(folder).train.images
    assert images.transpose(0, 2, 3, 1).flags.c_contiguous
    base = images
    while not isinstance(base, np.memmap) and base.base is not None:
        base = base.base
    assert isinstance(base, np.memmap)
    images[:] = 0
    assert reds(read(folder)) == [0, 10, 20, 100, 110]


def test_what_gives_no_image_is_left_out_and_told_by_path(folder: Path) -> None:
    (folder / "cats" / "1.png").write_bytes(b"no image")
    frames = [Image.new("L", (8, 8), value) for value in (110, 0)]
    frames[0].save(folder / "dogs" / "1.gif", save_all=True, append_images=frames[1:])
    images = read(folder)
    assert sorted(zip(images.train.labels.tolist(), reds(images), strict=True)) == [
        (0, 0),
        (0, 20),
        (1, 100),
        (1, 110),
        (1, 110),
    ]
    assert sorted(images.remarks) == [
        f"{folder / 'cats' / '1.png'} is no image that can be opened; save it as PNG or JPEG",
        f"{folder / 'dogs' / '1.gif'} is animated; its first frame is used",
    ]
    assert read(folder).remarks == images.remarks


def test_parts_stay_apart_when_images_are_left_out(tmp_path: Path) -> None:
    for part, base in (("train", 0), ("Val", 100), ("test", 200)):
        for number in range(6):
            paint(tmp_path / part / "ab"[number % 2] / f"{number}.png", (base + number, 0, 0))
    for broken in ("train/a/0.png", "train/b/3.png", "Val/a/0.png", "test/a/2.png"):
        (tmp_path / broken).write_bytes(b"")
    data = describe(choose(str(tmp_path)))
    counts = data.train_images, data.validation_images, data.test_images
    assert counts == (6, 6, 6) and data.learned(0.5) == 6
    images = read(tmp_path)
    assert images.test is not None
    kept, aside = parted(images.train, 0.5)
    red = images.train.images[:, 0, 0, 0]
    assert sorted(red[kept]) == [1, 2, 4, 5] and sorted(red[aside]) == [101, 102, 103, 104, 105]
    assert sorted(images.test.images[:, 0, 0, 0].tolist()) == [200, 201, 203, 204, 205]
    assert sorted([*kept, *aside]) == list(range(9)) and aside.tolist() == sorted(aside)
    for part in (images.train, images.test):
        assert (part.images[:, 0, 0, 0] % 2 == part.labels).all()


def test_where_most_is_broken_the_first_files_are_named(folder: Path) -> None:
    for path in folder.glob("cats/*"):
        path.write_bytes(b"")
    with pytest.raises(
        DataError, match=r"5 images to learn from, but 3 of them cannot be used: .*cats"
    ):
        read(folder)


def test_whoever_watches_may_end_the_decoding_and_it_goes_on_from_there(
    tmp_path: Path, counted: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    class EnoughError(Exception):
        pass

    def stop(message: str, fraction: float) -> None:
        assert 0 <= fraction <= 1
        if message.startswith("Decoding") and fraction >= 0.5:
            raise EnoughError

    monkeypatch.setattr(cache, "_cores", lambda: 1)
    for number in range(160):
        paint(tmp_path / "ab"[number % 2] / f"{number}.png", (number, 0, 0))
    with pytest.raises(EnoughError):
        read(tmp_path, progress=stop)
    before = len(counted)
    assert 80 <= before < 160
    images = read(tmp_path)
    assert len(counted) <= 160 + 4 * 16
    assert len(counted) - before <= 80
    assert sorted(reds(images)) == list(range(160))


PROGRAM = """
import sys, time
from pathlib import Path
from engine.data import DataChoice, load
from engine.data.pictures import cache, decode
cache._STRETCH = 1
real = decode.decode
def slow(path, shape):
    time.sleep(0.005)
    return real(path, shape)
decode.decode = slow
def tell(message, fraction):
    if message.startswith("Decoding") and fraction > 0.3:
        print("so far", flush=True)
load(DataChoice("folder", sys.argv[1]), (3, 8, 8), tell)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_decoding_goes_on_after_a_kill(tmp_path: Path, counted: list[Path]) -> None:
    for number in range(240):
        paint(tmp_path / "ab"[number % 2] / f"{number}.png", (number, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], stdout=subprocess.PIPE, cwd=Path.cwd()
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"so far\n"
        process.send_signal(signal.SIGKILL)
    images = read(tmp_path)
    assert len(counted) <= 240 * 0.8
    assert sorted(reds(images)) == list(range(240))


def test_two_programs_at_once_decode_each_image_once(tmp_path: Path) -> None:
    for number in range(60):
        paint(tmp_path / "ab"[number % 2] / f"{number}.png", (number, 0, 0))
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path.cwd()) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"so far\n"
        told: list[str] = []
        images = read(tmp_path, progress=lambda message, fraction: told.append(message))
        process.stdout.read()
    assert sorted(reds(images)) == list(range(60))
    assert not any(message.startswith("Decoding") for message in told)


def test_the_bound_is_told_before_a_file_is_decoded(
    folder: Path, counted: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVOSCOPE_CACHE_GB", "0.0000005")
    with pytest.raises(
        DataError, match=r"needs 9.6e-07 GB .* may take 5e-07 GB .*CACHE_GB to allow"
    ):
        read(folder)
    assert not counted
    monkeypatch.setenv("CONVOSCOPE_CACHE_GB", "much")
    with pytest.raises(DataError, match="CONVOSCOPE_CACHE_GB is 'much', but a number"):
        read(folder)


def test_what_was_not_used_for_longest_makes_room(
    folder: Path, tmp_path: Path, counted: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    read(folder, 64)
    (old,) = cache.cache_home().iterdir()
    os.utime(old / "lock", (1, 1))
    read(folder, 65)
    new = next(path for path in cache.cache_home().iterdir() if path != old)
    monkeypatch.setenv("CONVOSCOPE_CACHE_GB", "0.00018")
    read(folder, 66)
    assert not old.exists() and new.exists()


def test_a_disk_without_room_is_told_before_a_file_is_decoded(
    folder: Path, counted: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10**9, 10**9 - 1000, 1000))
    monkeypatch.setenv("CONVOSCOPE_CACHE_GB", "1")
    with pytest.raises(DataError, match=r"the disk with .* has 0 GB left; make room, or"):
        read(folder)
    assert not counted


def test_a_disk_that_fills_up_meanwhile_is_told_and_nothing_is_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(
            DataError, match="No space left on device; make room, or set CONVOSCOPE_HOME"
        ):
            read(folder)
    assert reds(read(folder)) == [0, 10, 20, 100, 110]


def test_a_damaged_cache_is_made_anew(folder: Path) -> None:
    read(folder)
    (made,) = cache.cache_home().iterdir()
    (made / "order.npy").write_bytes(b"torn")
    with pytest.raises(DataError, match="were damaged and are dropped; try again"):
        read(folder)
    assert reds(read(folder)) == [0, 10, 20, 100, 110]


def test_decoding_uses_the_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Image.fromarray(noise(600, 600, 3))
    for number in range(48):
        path = tmp_path / "ab"[number % 2] / f"{number}.jpg"
        path.parent.mkdir(exist_ok=True)
        picture.save(path)
    seen: set[str] = set()
    real = decoding.decode

    def watch(path: Path, shape: tuple[int, int, int]):
        import threading

        seen.add(threading.current_thread().name)
        time.sleep(0.001)
        return real(path, shape)

    monkeypatch.setattr(decoding, "decode", watch)
    monkeypatch.setattr(cache, "_cores", lambda: 3)
    read(tmp_path, 32)
    assert len(seen) == 3
