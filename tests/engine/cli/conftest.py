from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import main
import resources
from engine.layers.catalogue import layer
from engine.network import edits, storage

ROOT = Path(__file__).parents[3]


@dataclass
class Said:
    """What a command ended with and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture
def lenet() -> Path:
    return resources.TEMPLATES / "lenet5.convo"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The tiny template, in a folder and under a name that scripts stumble over."""
    path = tmp_path / "ein Ordner" / "größe 1.convo"
    path.parent.mkdir()
    path.write_bytes((resources.TEMPLATES / "tiny_cnn.convo").read_bytes())
    return path


@pytest.fixture
def broken(tmp_path: Path, lenet: Path) -> Path:
    """LeNet-5 without its Flatten, with a kernel that does not fit, and a title in Greek."""
    project = edits.remove_and_reconnect(storage.load(lenet), ["flatten1"])
    project = edits.set_layer(project, "conv3", layer("Conv2d", kernel_size=9))
    path = tmp_path / "broken.convo"
    storage.save(edits.set_title(project, "conv3", "μέγα"), path)
    return path


@pytest.fixture
def convoscope(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """The command line, in this process."""

    def run(*arguments: object) -> Said:
        code = main.main([str(item) for item in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run


@pytest.fixture
def refused(convoscope: Callable[..., Said]) -> Callable[..., str]:
    """The sentence with which a command line is refused."""

    def run(*arguments: object) -> str:
        said = convoscope(*arguments)
        assert said.code == 2
        assert said.out == ""
        assert said.err.count("\n") == 1
        assert said.err.startswith("convoscope")
        return said.err

    return run


@pytest.fixture
def script() -> Callable[..., subprocess.CompletedProcess[str]]:
    """`python main.py`, as anybody would call it."""

    def run(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "main.py"), *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, encoding="utf-8", timeout=240, check=False, **options
        )

    return run
