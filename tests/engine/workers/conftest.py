"""A private place for the sockets of each test, and the proof that nothing stays behind in it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from engine.codegen import write
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.network import Link
from engine.network.project import Project
from engine.recipe.recipe import Recipe
from engine.training.rundir import RunDirectory


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


@contextmanager
def private_runtime() -> Iterator[Path]:
    """A runtime folder of one's own; when it is left, no worker and no socket may be in it."""
    # Not tmp_path, which can be too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="convoscope test é"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        yield folder
    deadline = time.monotonic() + 5
    while processes(str(folder)) and time.monotonic() < deadline:
        time.sleep(0.02)
    left = sorted(path.name for path in folder.rglob("*") if path.is_file() or path.is_socket())
    alive = processes(str(folder))
    shutil.rmtree(folder)
    assert not alive
    assert not left


@pytest.fixture
def runtime() -> Iterator[Path]:
    """The user's runtime folder, for one test."""
    with private_runtime() as folder:
        yield folder


@pytest.fixture(scope="module")
def shared_runtime() -> Iterator[Path]:
    """The user's runtime folder, for the tests of one file."""
    with private_runtime() as folder:
        yield folder


def small_project(epochs: int = 100_000, **recipe: object) -> Project:
    """A network that takes digits and a residual, small enough that a step takes a millisecond."""
    layers = {
        "image": layer("Input", shape=(1, 16, 16)),
        "conv1": layer("Conv2d", out_channels=4, kernel_size=3, padding=1),
        "relu1": layer("ReLU"),
        "conv2": layer("Conv2d", out_channels=4, kernel_size=3, padding=1),
        "add": layer("Add"),
        "pool": layer("MaxPool2d", kernel_size=2),
        "flatten": layer("Flatten"),
        "dense": layer("Linear", out_features=10),
        "output": layer("Output"),
    }
    project = Project(name="Kleines Netz", recipe=Recipe(epochs=epochs, **recipe))  # pyright: ignore[reportArgumentType]
    for name, item in layers.items():
        project = edits.add(project, item, (0.0, 0.0), name)
    path = ["image", "conv1", "relu1", "conv2", "add", "pool", "flatten", "dense", "output"]
    for source, target in pairwise(path):
        project = edits.connect(project, Link(source, target))
    return edits.connect(project, Link("relu1", "add", 0, 1))


@pytest.fixture(scope="session")
def make_project() -> Callable[..., Project]:
    return small_project


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., RunDirectory]:
    """A run directory, in a place with blanks and letters that are not ASCII, that nobody trains yet."""

    def make(**recipe: object) -> RunDirectory:
        project = small_project(**recipe)  # pyright: ignore[reportArgumentType]
        return RunDirectory.create(tmp_path / "Läufe von heute", project, write(project).text)

    return make


@pytest.fixture(scope="session")
def wait_for() -> Callable[..., float]:
    """Wait until something holds; the seconds that it took."""

    def wait(holds: Callable[[], object], seconds: float = 30.0) -> float:
        begun = time.monotonic()
        while not holds():
            if time.monotonic() - begun > seconds:
                pytest.fail(f"nothing happened within {seconds} s")
            time.sleep(0.005)
        return time.monotonic() - begun

    return wait
