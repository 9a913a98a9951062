"""A private place for the sockets of each test, and the proof that nothing stays behind in it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


def processes(mark: str) -> list[str]:
    """Command lines of living workers that were given an address inside `mark`."""
    found: list[str] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if "engine.workers" in line and mark in line:
            found.append(f"{entry.name}: {line}")
    return found


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The user's runtime folder; when the test is over no worker and no socket may be left of it."""
    # Not tmp_path, which can be too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="convoscope test é"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    deadline = time.monotonic() + 5
    while processes(str(folder)) and time.monotonic() < deadline:
        time.sleep(0.02)
    left = sorted(path.name for path in folder.rglob("*") if path.is_file() or path.is_socket())
    alive = processes(str(folder))
    shutil.rmtree(folder)
    assert not alive
    assert not left
