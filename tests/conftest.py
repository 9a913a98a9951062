"""What every test shares: an offscreen Qt, a data folder of its own, and the `--thorough` budget."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="draw thousands of examples per test")


def pytest_configure(config: pytest.Config) -> None:
    """What passed once passes again: only a thorough run draws examples that nobody has seen."""
    settings.register_profile("steady", derandomize=True)
    settings.load_profile("default" if config.getoption("--thorough") else "steady")


@pytest.fixture(autouse=True)
def data_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data folder, new and empty for every test."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("CONVOSCOPE_HOME", str(folder))
    return folder


def shared(name: str) -> Path:
    """A folder of real data beside the project; skips the test where it is not there."""
    folder = SHARED_DATA / name
    if not folder.is_dir():
        pytest.skip(f"needs the real data in {name}")
    return folder
