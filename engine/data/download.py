"""Downloads into the user's cache, checked by hash, with progress; a broken one is taken up where it broke."""

from __future__ import annotations

import errno
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from engine.data.dataset import DataError, Dataset, Progress
from engine.data.home import home
from engine.data.lock import locked

_TRIES = 4
"""How often in a row a connection may break without a byte being had."""
_CHUNK = 1 << 16
_TIMEOUT = 20
"""Seconds without a byte before a connection counts as broken."""


class _OtherContentError(ValueError):
    """A file whose hash is not the known one."""


@dataclass(frozen=True)
class Download:
    """A file on the net with its known hash (`md5:...`); of an archive, the `members` that are wanted."""

    url: str
    name: str
    known: str
    members: tuple[str, ...] = ()


def cache_folder(dataset: Dataset) -> Path:
    """Where a downloaded dataset lies, or is to be put by hand; it may not exist yet."""
    return home() / "data" / dataset.name


def fetch(dataset: Dataset, downloads: Sequence[Download], progress: Progress) -> Path:
    """The folder with all of a dataset's files, downloading those that are missing; raises `DataError`."""
    folder = cache_folder(dataset)
    if all(_complete(folder, item) for item in downloads):
        return folder
    import tarfile
    import zipfile

    message = f"Waiting for another download of {dataset.title}"
    try:
        with locked(folder / ".lock", lambda: progress(message, 0.0)):
            for item in downloads:
                if not _complete(folder, item):
                    _get(item, folder, progress)
    except (
        OSError,
        EOFError,
        ValueError,
        tarfile.TarError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        # requests raises OSErrors: no connection, no file.
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise DataError(
                f"The disk is full, so {dataset.title} cannot be put into {folder}; make room, or "
                "set CONVOSCOPE_HOME to a folder on another disk."
            ) from error
        raise DataError(
            f"{dataset.title} cannot be downloaded: {_reason(error)}; put {', '.join(dataset.files)} into "
            f"{folder}, or name a folder that has them."
        ) from error
    return folder


def _reason(error: Exception) -> str:
    """What stood in the way of a download, as a part of a sentence."""
    import requests as untyped

    requests: Any = untyped
    if isinstance(error, _OtherContentError):
        return str(error)
    if isinstance(error, requests.RequestException):
        asked = getattr(error, "request", None)
        host = urlsplit(str(getattr(asked, "url", "") or "")).netloc or "the server"
        answer = getattr(error, "response", None)
        if answer is not None:
            return f"{host} answers {answer.status_code} {answer.reason or ''}".strip()
        return f"there is no connection to {host}"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return f"the archive is damaged ({error})"


def _complete(folder: Path, item: Download) -> bool:
    return all((folder / name).is_file() for name in item.members or (item.name,))


def _get(item: Download, folder: Path, progress: Progress) -> None:
    """Put a file, or what is wanted of an archive, into the folder."""
    part = folder / f".{item.name}.part"
    resumed = part.is_file()
    _stream(item, part, progress)
    if not _matches(part, item.known):
        part.unlink()
        if resumed:
            # What an earlier try left may be of another version of the file.
            _stream(item, part, progress)
        if not part.is_file() or not _matches(part, item.known):
            part.unlink(missing_ok=True)
            raise _OtherContentError(f"{item.url} has another content than the known one")
    if item.members:
        _unpack(part, folder, item.members)
        part.unlink()
    else:
        part.replace(folder / item.name)


def _stream(item: Download, part: Path, progress: Progress) -> None:
    """Download into `part`, after what is there of it already."""
    import requests as untyped

    requests: Any = untyped
    left = _TRIES
    while True:
        before = part.stat().st_size if part.is_file() else 0
        try:
            return _append(requests, item, part, before, progress)
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ):
            had = part.is_file() and part.stat().st_size > before
            left = _TRIES if had else left - 1
            if not had and (left == 0 or not before):
                raise


def _append(requests: Any, item: Download, part: Path, before: int, progress: Progress) -> None:
    # Of a packed answer neither the length nor the place of a byte would be known.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={before}-"} if before else {})
    with requests.get(item.url, headers=headers, stream=True, timeout=_TIMEOUT) as answer:
        if answer.status_code == 416:
            # There is nothing after what was had: it is whole, or the hash will say that it is not.
            return
        answer.raise_for_status()
        resumes = answer.status_code == 206
        had = before if resumes else 0
        total = had + int(answer.headers.get("Content-Length") or 0)
        with part.open("ab" if resumes else "wb") as file:
            for chunk in answer.iter_content(_CHUNK):
                file.write(chunk)
                had += len(chunk)
                progress(f"Downloading {item.name}", min(1.0, had / total) if total else 0.0)


def _matches(file: Path, known: str) -> bool:
    import hashlib

    algorithm, _, digest = known.partition(":")
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, algorithm).hexdigest() == digest


def _unpack(archive: Path, folder: Path, members: Sequence[str]) -> None:
    """Put the wanted files of a tar or zip archive into `folder`, whatever folder they are in there."""
    wanted = set(members)
    for name, content in _contents(archive, wanted):
        temporary = folder / f".{name}.part"
        with temporary.open("wb") as file:
            while chunk := content.read(_CHUNK):
                file.write(chunk)
        temporary.replace(folder / name)
        wanted.discard(name)
    if wanted:
        raise ValueError(f"the archive has no {', '.join(sorted(wanted))}")


def _contents(archive: Path, wanted: set[str]) -> Iterator[tuple[str, IO[bytes]]]:
    import tarfile
    import zipfile

    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            for entry in zipped.infolist():
                if (name := entry.filename.rpartition("/")[2]) in wanted:
                    with zipped.open(entry) as content:
                        yield name, content
        return
    with tarfile.open(archive) as tarred:
        for member in tarred:
            name = member.name.rpartition("/")[2]
            content = tarred.extractfile(member) if name in wanted else None
            if content is not None:
                yield name, content
