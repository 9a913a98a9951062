"""Downloads are checked, told of, kept, and explained when they fail."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from engine.data import DataChoice, DataError, describe
from engine.data.download import Download, cache_folder, fetch

DATASET = describe(DataChoice("mnist"))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


class Breaking(Quiet):
    """Knows ranges, and breaks the connection off after 100,000 bytes."""

    ranges: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        content = Path(self.translate_path(self.path)).read_bytes()
        asked = self.headers.get("Range", "")
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-") or 0)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start : start + 100_000])


@pytest.fixture(autouse=True)
def no_ranges_yet() -> None:
    Breaking.ranges.clear()


def visible(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


@contextmanager
def serving(folder: Path, handler: type[Quiet]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address on this machine where its files can be had."""
    with serving(tmp_path, Quiet) as address:
        yield tmp_path, address


def known(content: bytes) -> str:
    return f"md5:{hashlib.md5(content).hexdigest()}"


def test_a_download_is_told_of_and_kept(served: tuple[Path, str]) -> None:
    folder, address = served
    content = bytes(300_000)
    (folder / "images.gz").write_bytes(content)
    told: list[float] = []
    item = Download(f"{address}/images.gz", "images.gz", known(content))
    place = fetch(DATASET, [item], lambda message, fraction: told.append(fraction))
    assert (place / "images.gz").read_bytes() == content
    assert told == sorted(told) and told[-1] == 1.0
    (folder / "images.gz").unlink()
    assert fetch(DATASET, [item], lambda *_: None) == place


def test_the_wanted_files_of_an_archive_are_unpacked_and_no_others(
    served: tuple[Path, str],
) -> None:
    folder, address = served
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in ("inner/batch.bin", "../../evil.bin", "inner/readme.html"):
            entry = tarfile.TarInfo(name)
            entry.size = 4
            archive.addfile(entry, io.BytesIO(b"data"))
    (folder / "all.tar.gz").write_bytes(packed.getvalue())
    item = Download(f"{address}/all.tar.gz", "all.tar.gz", known(packed.getvalue()), ("batch.bin",))
    place = fetch(DATASET, [item], lambda *_: None)
    assert visible(place) == ["batch.bin"]


def test_a_file_with_another_hash_is_refused(served: tuple[Path, str]) -> None:
    folder, address = served
    (folder / "images.gz").write_bytes(b"something else")
    item = Download(f"{address}/images.gz", "images.gz", known(b"the right one"))
    with pytest.raises(
        DataError,
        match=r"MNIST cannot be downloaded: http://127.*gz has another content than the known one; put",
    ):
        fetch(DATASET, [item], lambda *_: None)
    assert not (cache_folder(DATASET) / "images.gz").exists()


def test_without_a_network_the_sentence_says_where_to_put_the_files() -> None:
    item = Download("http://127.0.0.1:9/images.gz", "images.gz", known(b""))
    with pytest.raises(
        DataError,
        match=r"no connection to 127.0.0.1:9; put train-images-idx3-ubyte.gz, .* into (.*), or",
    ) as error:
        fetch(DATASET, [item], lambda *_: None)
    assert str(cache_folder(DATASET)) in str(error.value)


def test_a_file_that_the_server_has_no_longer_is_told_with_its_answer(
    served: tuple[Path, str],
) -> None:
    item = Download(f"{served[1]}/gone.gz", "gone.gz", known(b""))
    with pytest.raises(DataError, match=r"127.0.0.1:\d+ answers 404 File not found; put "):
        fetch(DATASET, [item], lambda *_: None)


def test_of_a_zip_archive_too_only_the_wanted_files_are_kept(served: tuple[Path, str]) -> None:
    folder, address = served
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("gzip/letters.gz", b"letters")
        archive.writestr("../evil.gz", b"evil")
    content = (folder / "all.zip").read_bytes()
    item = Download(f"{address}/all.zip", "all.zip", known(content), ("letters.gz",))
    place = fetch(DATASET, [item], lambda *_: None)
    assert visible(place) == ["letters.gz"]
    assert (place / "letters.gz").read_bytes() == b"letters"


def test_a_connection_that_breaks_is_taken_up_where_it_broke(tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    (tmp_path / "images.gz").write_bytes(content)
    told: list[float] = []
    with serving(tmp_path, Breaking) as address:
        item = Download(f"{address}/images.gz", "images.gz", known(content))
        place = fetch(DATASET, [item], lambda message, fraction: told.append(fraction))
    assert (place / "images.gz").read_bytes() == content
    assert not Breaking.ranges[0] and all(Breaking.ranges[1:]) and len(Breaking.ranges) < 6
    assert told == sorted(told) and told[-1] == 1.0


def test_what_an_ended_download_left_is_not_downloaded_again(tmp_path: Path) -> None:
    class EnoughError(Exception):
        pass

    content = bytes(range(256)) * 1000

    def stop(message: str, fraction: float) -> None:
        if fraction > 0.5:
            raise EnoughError

    (tmp_path / "images.gz").write_bytes(content)
    with serving(tmp_path, Breaking) as address:
        item = Download(f"{address}/images.gz", "images.gz", known(content))
        with pytest.raises(EnoughError):
            fetch(DATASET, [item], stop)
        assert visible(cache_folder(DATASET)) == []
        Breaking.ranges.clear()
        assert (fetch(DATASET, [item], lambda *_: None) / "images.gz").read_bytes() == content
    assert all(Breaking.ranges)


def test_leftovers_of_another_file_are_thrown_away(served: tuple[Path, str]) -> None:
    folder, address = served
    (folder / "images.gz").write_bytes(b"the right one")
    cache_folder(DATASET).mkdir(parents=True)
    (cache_folder(DATASET) / ".images.gz.part").write_bytes(b"an old one")
    item = Download(f"{address}/images.gz", "images.gz", known(b"the right one"))
    assert (fetch(DATASET, [item], lambda *_: None) / "images.gz").read_bytes() == b"the right one"
