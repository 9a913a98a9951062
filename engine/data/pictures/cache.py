"""Decoded images on the disk: made once, in parallel, taken up where it was broken off, then mapped.

A folder per content and size in the user's data folder: `pixels` (images, height, width, channels),
`states` (a byte per image), `remarks.jsonl`, `counts.npy`, and `order.npy`, which says that it is whole.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import DataError, Progress
from engine.data.home import home
from engine.data.images import channel_counts
from engine.data.lock import is_locked, locked
from engine.data.pictures.contents import digests
from engine.data.pictures.listing import Listing, readable

_VERSION = 1
"""To be raised when the same file decodes to other pixels."""
_TODO, _GOOD, _BAD = 0, 1, 2
_CHUNK = 16
"""Images that a thread decodes in one go."""
_SPARE = 1 << 28
"""Bytes of the disk that are left free."""
_MEASURED = 1024
"""Images whose values are counted at a time."""
_STRETCH = 1 << 26
"""Bytes after which what was decoded is made to last a loss of power."""


@dataclass(frozen=True)
class Decoded:
    """Images mapped from the disk, and their places in the listing.

    `train` and `test` are (n, channels, height, width), with channels last in memory; `train_at` and
    `test_at` (n,). Validation images are among those of `train`. `counts` (channels, 256) says how often each value occurs in `train`. `remarks` are
    sentences about files that were left out or changed.
    """

    train: NDArray[np.uint8]
    test: NDArray[np.uint8]
    train_at: NDArray[np.int64]
    test_at: NDArray[np.int64]
    counts: NDArray[np.int64]
    remarks: tuple[str, ...]


def cache_home() -> Path:
    """Where decoded images lie; it may not exist yet, and may be deleted at any time."""
    return home() / "decoded"


def decoded(
    listing: Listing, shape: tuple[int, int, int], title: str, progress: Progress
) -> Decoded:
    """The images of a listing at `shape` (channels, height, width), decoded where they are not yet.

    `progress` may raise, to end the work; it is taken up there the next time. Raises `DataError`.
    """
    folder = cache_home() / _key(listing, shape, title, progress)
    waiting = f"Waiting for another program that decodes {title}"
    with _explained(title), locked(folder / "lock", lambda: progress(waiting, 0.0)):
        if not (folder / "order.npy").is_file():
            _make_room(folder, len(listing.paths), shape, title)
            _decode(folder, listing, shape, title, progress)
            _close_gaps(folder, listing, shape, title)
        (folder / "lock").touch()
        return _open(folder, listing, shape, progress)


def _key(listing: Listing, shape: tuple[int, int, int], title: str, progress: Progress) -> str:
    """What the pixels depend on: what every file holds, and the resolution.

    The files' names belong to it, for what is said of them, but not where they lie or when they came.
    """
    digest = hashlib.sha256(f"{_VERSION} {shape} {listing.before_test}".encode())
    for path, content in zip(listing.paths, digests(listing, title, progress), strict=True):
        digest.update(f"\0{path}\0".encode(errors="surrogateescape"))
        digest.update(content.tobytes())
    return digest.hexdigest()[:24]


def _make_room(folder: Path, images: int, shape: tuple[int, int, int], title: str) -> None:
    """Drop decoded images that were not used for longest, to stay within the bound; or raise `DataError`."""
    needed = images * int(np.prod(shape))
    others = {
        path: _bytes(path)
        for path in cache_home().iterdir()
        if path != folder and not is_locked(path / "lock")
    }
    had = _bytes(folder)
    free = shutil.disk_usage(folder).free
    named = os.environ.get("CONVOSCOPE_CACHE_GB", "")
    try:
        bound = int(float(named) * 1e9) if named else (free + had + sum(others.values())) // 2
    except ValueError:
        raise DataError(f"CONVOSCOPE_CACHE_GB is {named!r}, but a number is expected.") from None
    channels, height, width = shape
    if needed > bound:
        raise DataError(
            f"{title} at {channels} × {height} × {width} needs {needed / 1e9:.3g} GB of the disk, but "
            f"decoded images may take {bound / 1e9:.3g} GB in {cache_home()}; give the Input a smaller "
            "height and width, or set CONVOSCOPE_CACHE_GB to allow more."
        )
    for path in sorted(others, key=_used):
        if needed + sum(others.values()) > bound or needed - had + _SPARE > free:
            shutil.rmtree(path, ignore_errors=True)
            free += others.pop(path)
    if needed - had + _SPARE > free:
        raise DataError(
            f"{title} at {channels} × {height} × {width} needs {(needed - had) / 1e9:.3g} GB more, but "
            f"the disk with {cache_home()} has {max(0, free - _SPARE) / 1e9:.3g} GB left; make room, "
            "or set CONVOSCOPE_HOME to a folder on another disk."
        )


def _bytes(folder: Path) -> int:
    """Bytes of the disk that a folder takes; a file with gaps takes less than it is long."""
    total = 0
    with suppress(OSError):
        for path in folder.iterdir():
            status = path.stat()
            blocks = getattr(status, "st_blocks", None)
            total += status.st_size if blocks is None else blocks * 512
    return total


def _used(folder: Path) -> float:
    try:
        return (folder / "lock").stat().st_mtime
    except OSError:
        return 0.0


def _decode(
    folder: Path, listing: Listing, shape: tuple[int, int, int], title: str, progress: Progress
) -> None:
    """Decode what is not decoded yet, into the folder's files."""
    count = len(listing.paths)
    pixels = _sized(folder / "pixels", count * int(np.prod(shape)))
    states = _sized(folder / "states", count)
    message = f"Decoding {title}"
    with pixels, states, (folder / "remarks.jsonl").open("a", encoding="utf-8") as remarks:
        done = np.frombuffer(states.read(), np.uint8).copy()
        kept = 0

        def keep() -> None:
            # First what was decoded, then the word that it was.
            for file in (pixels, remarks):
                file.flush()
                os.fsync(file.fileno())
            states.seek(0)
            states.write(done.tobytes())
            states.flush()

        try:
            with _results(listing, shape, np.flatnonzero(done == _TODO)) as results:
                for future in results:
                    for position, values, remark in future:
                        if remark:
                            line = json.dumps({"file": listing.paths[position], "remark": remark})
                            remarks.write(f"{line}\n")
                        if values is not None:
                            pixels.seek(position * values.nbytes)
                            pixels.write(values.tobytes())
                            kept += values.nbytes
                        done[position] = _BAD if values is None else _GOOD
                    if kept > _STRETCH:
                        keep()
                        kept = 0
                    progress(message, float(np.count_nonzero(done)) / count)
        finally:
            keep()


def _sized(path: Path, size: int) -> BinaryIO:
    """A file open for reading and writing that is exactly so long; what is new in it is 0."""
    path.touch()
    file = path.open("r+b")
    file.truncate(size)
    return file


_Result = list[tuple[int, "NDArray[np.uint8] | None", str]]


@contextmanager
def _results(
    listing: Listing, shape: tuple[int, int, int], positions: NDArray[np.int64]
) -> Generator[Generator[_Result]]:
    """Positions, pixels (None: left out) and remarks, decoded by as many threads as there are cores.

    Threads do, since Pillow lets go of the interpreter while it decodes and resizes.
    """
    from engine.data.pictures.decode import PictureError, decode

    def work(chunk: list[int]) -> _Result:
        found: _Result = []
        for position in chunk:
            try:
                found.append((position, *decode(listing.root / listing.paths[position], shape)))
            except PictureError as error:
                found.append((position, None, str(error)))
        return found

    pool = ThreadPoolExecutor(_cores(), thread_name_prefix="decode")
    numbers = positions.tolist()
    chunks = (numbers[start : start + _CHUNK] for start in range(0, len(numbers), _CHUNK))

    def results() -> Generator[_Result]:
        running: list[Future[_Result]] = [
            pool.submit(work, chunk) for chunk in islice(chunks, 3 * _cores())
        ]
        while running:
            yield running.pop(0).result()
            running += [pool.submit(work, chunk) for chunk in islice(chunks, 1)]

    try:
        yield results()
    finally:
        pool.shutdown(cancel_futures=True)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _close_gaps(folder: Path, listing: Listing, shape: tuple[int, int, int], title: str) -> None:
    """Move the last images of each part to where others were left out, and write down the order."""
    states = np.fromfile(folder / "states", np.uint8)
    count, train = len(listing.paths), listing.before_test
    if np.count_nonzero(states[:train] == _GOOD) <= train // 2:
        first = _remarks(folder, listing)[:3]
        raise DataError(
            f"{title} has {train:,} images to learn from, but {np.count_nonzero(states[:train] == _BAD):,} "
            f"of them cannot be used: {'; '.join(first)}; mend them or choose others."
        )
    order = np.arange(count)
    size = int(np.prod(shape))
    # Written, not mapped: where the disk is full, writing fails, and mapped memory ends the process.
    with (folder / "pixels").open("r+b") as pixels:
        for start, end in ((0, train), (train, count)):
            good = start + np.flatnonzero(states[start:end] == _GOOD)
            gaps = start + np.flatnonzero(states[start : start + len(good)] != _GOOD)
            for gap, last in zip(gaps.tolist(), good[::-1].tolist(), strict=False):
                pixels.seek(last * size)
                values = pixels.read(size)
                pixels.seek(gap * size)
                pixels.write(values)
                order[gap] = last
            order[start + len(good) : end] = -1
        pixels.flush()
        os.fsync(pixels.fileno())
    _save(folder / "order.npy", order)


def _open(
    folder: Path, listing: Listing, shape: tuple[int, int, int], progress: Progress
) -> Decoded:
    try:
        order = np.load(folder / "order.npy")
        whole = (folder / "pixels").stat().st_size == len(order) * int(np.prod(shape))
    except (OSError, ValueError, EOFError):
        order, whole = np.zeros(0, np.int64), False
    count = len(listing.paths)
    if not whole or len(order) != count:
        for name in ("order.npy", "states", "counts.npy"):
            (folder / name).unlink(missing_ok=True)
        raise DataError(f"The decoded images in {folder} were damaged and are dropped; try again.")
    # "c": changes stay in memory. Of arrays that cannot be written to torch warns.
    mapped = np.memmap(folder / "pixels", np.uint8, "c", shape=(count, *shape[1:], shape[0]))
    pixels = mapped.transpose(0, 3, 1, 2)
    ends = [int(np.count_nonzero(part >= 0)) for part in (order[: listing.before_test], order)]
    train_at = order[: ends[0]]
    test_at = order[listing.before_test : listing.before_test + ends[1] - ends[0]]
    train = pixels[: len(train_at)]
    return Decoded(
        train,
        pixels[listing.before_test : listing.before_test + len(test_at)],
        train_at,
        test_at,
        _counts(folder, train, progress),
        _remarks(folder, listing),
    )


def _counts(folder: Path, train: NDArray[np.uint8], progress: Progress) -> NDArray[np.int64]:
    """How often each channel has each value, counted once: reading a large cache takes minutes."""
    file = folder / "counts.npy"
    try:
        counts: NDArray[np.int64] = np.load(file)
        if counts.shape == (train.shape[1], 256):
            return counts
    except (OSError, ValueError, EOFError):
        pass
    counts = np.zeros((train.shape[1], 256), np.int64)
    for start in range(0, len(train), _MEASURED):
        progress("Measuring the images", start / len(train))
        counts += channel_counts(train[start : start + _MEASURED])
    _save(file, counts)
    return counts


def _save(file: Path, array: NDArray[np.int64]) -> None:
    """Write an array so that the file is whole or not there."""
    temporary = file.with_name(f".{file.name}")
    with temporary.open("wb") as opened:
        np.save(opened, array)
        opened.flush()
        os.fsync(opened.fileno())
    temporary.replace(file)


def _remarks(folder: Path, listing: Listing) -> tuple[str, ...]:
    """A sentence for every file with a remark; one that was decoded twice has it once."""
    try:
        lines = (folder / "remarks.jsonl").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ()
    found: dict[str, str] = {}
    for line in lines:
        # A line may be torn.
        with suppress(ValueError, KeyError):
            item = json.loads(line)
            found[item["file"]] = item["remark"]
    return tuple(readable(f"{listing.root / name} {remark}") for name, remark in found.items())


@contextmanager
def _explained(title: str) -> Generator[None]:
    """Say what a person can do where the disk fails."""
    try:
        yield
    except OSError as error:
        cure = "make room, or set CONVOSCOPE_HOME to a folder on another disk"
        if error.errno not in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            cure = "mend that, or set CONVOSCOPE_HOME to another folder"
        raise DataError(
            f"{title} cannot be decoded into {cache_home()}: {error.strerror or error}; {cure}."
        ) from error
