"""What files hold, as digests, so that the same images are known again wherever they have come to lie.

A file is read once; afterwards its size and its times of change tell that it is as it was. They are kept
in a book per list of files, in the user's data folder, which may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Progress
from engine.data.home import home
from engine.data.pictures.listing import Listing

_DIGEST = 16
"""Bytes of a digest."""
_STAMPS = ("size", "changed", "status")
_PAGE = np.dtype([*((name, "i8") for name in _STAMPS), ("digest", "u1", (_DIGEST,))])
"""What is known of a file: its bytes (-1: there is none), nanoseconds of its last changes, its digest."""
_YOUNG = 2_000_000_000
"""Nanoseconds after a change in which another one may leave the times as they are."""
_PORTION = 256
"""Files that are read between two words of progress."""
_BOOKS = 32
"""Books that are kept."""


def digests(listing: Listing, title: str, progress: Progress) -> NDArray[np.uint8]:
    """A digest of what each file holds, (files, 16); 0 for what is no file that can be read.

    `progress` may raise, to end the reading; what was read until then is known the next time.
    """
    book = _book(listing)
    pages = _stamped(listing, title, progress)
    known = _read(book, len(pages))
    same = np.all([known[name] == pages[name] for name in _STAMPS], axis=0)
    pages["digest"][same] = known["digest"][same]
    unread = np.flatnonzero(~same & (pages["size"] >= 0))
    done = 0
    try:
        with ThreadPoolExecutor(thread_name_prefix="read") as pool:
            while done < len(unread):
                progress(f"Reading the files of {title}", done / len(unread))
                some = unread[done : done + _PORTION]
                places: list[int] = some.tolist()
                files = [listing.root / listing.paths[place] for place in places]
                pages["digest"][some] = list(pool.map(_digest, files))
                done += len(some)
    finally:
        if len(unread):
            _write(book, pages, unread[done:])
    return pages["digest"]


def _stamped(listing: Listing, title: str, progress: Progress) -> NDArray[np.void]:
    """A page for every file, without its digest.

    The time when its status last changed counts too, since the other can be set, as unpacking does.
    """
    pages = np.zeros(len(listing.paths), _PAGE)
    for number, path in enumerate(listing.paths):
        if number % 5000 == 0:
            progress(f"Looking for the files of {title}", number / len(pages))
        try:
            found = os.stat(f"{listing.root}/{path}")  # noqa: PTH116 (a Path each takes twice as long)
        except (OSError, ValueError):
            # It is not there, or cannot be by such a name; decoding it will say so.
            found = None
        # To read from a pipe would be to wait for ever.
        if found is None or not stat.S_ISREG(found.st_mode):
            pages[number]["size"] = -1
        else:
            stamps = (found.st_size, found.st_mtime_ns, found.st_ctime_ns)
            for name, value in zip(_STAMPS, stamps, strict=True):
                pages[number][name] = value
    return pages


def _digest(file: Path) -> NDArray[np.uint8]:
    try:
        with file.open("rb") as opened:
            found = hashlib.file_digest(opened, lambda: hashlib.blake2b(digest_size=_DIGEST))
    except OSError:
        return np.zeros(_DIGEST, np.uint8)
    return np.frombuffer(found.digest(), np.uint8)


def _book(listing: Listing) -> Path:
    named = hashlib.sha256(str(listing.root).encode(errors="surrogateescape"))
    for path in listing.paths:
        named.update(f"\0{path}".encode(errors="surrogateescape"))
    return home() / "digests" / f"{named.hexdigest()[:24]}.npy"


def _read(book: Path, count: int) -> NDArray[np.void]:
    """The pages of a book; where it is not there or damaged, such as fit no file."""
    with suppress(OSError, ValueError, EOFError):
        pages = np.load(book)
        if pages.dtype == _PAGE and pages.shape == (count,):
            return pages
    pages = np.zeros(count, _PAGE)
    pages["size"] = -2
    return pages


def _write(book: Path, pages: NDArray[np.void], unread: Sequence[int] | NDArray[np.int64]) -> None:
    """Keep what is known, as far as that is possible; a book lost is only read anew."""
    kept = pages.copy()
    young = np.maximum(kept["changed"], kept["status"]) > time.time_ns() - _YOUNG
    kept["size"][young] = -2
    kept["size"][unread] = -2
    temporary = book.with_name(f".{os.getpid()}.{book.name}")
    with suppress(OSError):
        book.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as opened:
            np.save(opened, kept)
        temporary.replace(book)
        books = sorted(book.parent.glob("*.npy"), key=lambda path: path.stat().st_mtime)
        for old in books[:-_BOOKS]:
            old.unlink()
