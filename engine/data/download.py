"""Downloads into the user's cache, checked by hash, with progress."""

from __future__ import annotations

import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.data.dataset import DataError, Dataset, Progress
from engine.data.home import home


@dataclass(frozen=True)
class Download:
    """A file on the net with its known hash (`md5:...`); of an archive, the `members` that are wanted."""

    url: str
    name: str
    known: str
    members: tuple[str, ...] = ()


class _Bar:
    """What pooch tells of its progress, told on."""

    def __init__(self, message: str, progress: Progress) -> None:
        self.total: float = 0
        self._message = message
        self._progress = progress
        self._had = 0

    def update(self, size: int) -> None:
        self._had += size
        self._progress(self._message, min(1.0, self._had / self.total) if self.total else 0.0)

    def reset(self) -> None:
        self._had = 0

    def close(self) -> None:
        pass


def cache_folder(dataset: Dataset) -> Path:
    """Where a downloaded dataset lies, or is to be put by hand; it may not exist yet."""
    return home() / "data" / dataset.name


def fetch(dataset: Dataset, downloads: Sequence[Download], progress: Progress) -> Path:
    """The folder with all of a dataset's files, downloading those that are missing; raises `DataError`."""
    folder = cache_folder(dataset)
    wanted = [item for item in downloads if not _complete(folder, item)]
    if not wanted:
        return folder
    import pooch as untyped  # pyright: ignore[reportMissingTypeStubs]

    pooch: Any = untyped
    pooch.get_logger().setLevel("WARNING")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for item in wanted:
            bar = _Bar(f"Downloading {item.name}", progress)
            loader = pooch.HTTPDownloader(progressbar=bar, timeout=20)
            pooch.retrieve(item.url, item.known, item.name, folder, downloader=loader)
            if item.members:
                _unpack(folder / item.name, item.members)
    except (OSError, ValueError, tarfile.TarError) as error:
        # pooch and requests raise these: no connection, no file, another hash.
        raise DataError(
            f"{dataset.title} cannot be downloaded ({type(error).__name__}); put "
            f"{', '.join(dataset.files)} into {folder}, or name a folder that has them."
        ) from error
    return folder


def _complete(folder: Path, item: Download) -> bool:
    return all((folder / name).is_file() for name in item.members or (item.name,))


def _unpack(archive: Path, members: Sequence[str]) -> None:
    """Put the wanted files of an archive beside it, whatever folder they are in there, and drop it."""
    with tarfile.open(archive) as opened:
        for entry in opened:
            name = entry.name.rpartition("/")[2]
            content = opened.extractfile(entry) if name in members else None
            if content is not None:
                temporary = archive.with_name(f".{name}.part")
                temporary.write_bytes(content.read())
                temporary.replace(archive.with_name(name))
    archive.unlink()
