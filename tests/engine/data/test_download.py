"""Downloads are checked, told of, kept, and explained when they fail."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engine.data import DataChoice, DataError, describe
from engine.data.download import Download, cache_folder, fetch

DATASET = describe(DataChoice("mnist"))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address on this machine where its files can be had."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield tmp_path, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


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
    assert [path.name for path in place.iterdir()] == ["batch.bin"]


def test_a_file_with_another_hash_is_refused(served: tuple[Path, str]) -> None:
    folder, address = served
    (folder / "images.gz").write_bytes(b"something else")
    item = Download(f"{address}/images.gz", "images.gz", known(b"the right one"))
    with pytest.raises(DataError, match="MNIST cannot be downloaded"):
        fetch(DATASET, [item], lambda *_: None)
    assert not (cache_folder(DATASET) / "images.gz").exists()


def test_without_a_network_the_sentence_says_where_to_put_the_files() -> None:
    item = Download("http://127.0.0.1:9/images.gz", "images.gz", known(b""))
    with pytest.raises(
        DataError, match=r"put train-images-idx3-ubyte.gz, .* into (.*), or"
    ) as error:
        fetch(DATASET, [item], lambda *_: None)
    assert str(cache_folder(DATASET)) in str(error.value)
