"""A recipe may have the network compiled: the run is the same to rounding, and says what was done."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from engine.training.events import Event, Started, Steps
from tests.engine.training.drawing import small, trained

pytestmark = pytest.mark.filterwarnings("default")


def losses(events: list[Event]) -> list[float]:
    return [loss for event in events if isinstance(event, Steps) for loss in event.losses]


@pytest.mark.skipif(not shutil.which("g++"), reason="torch.compile wants a compiler")
def test_a_compiled_run_has_the_losses_of_a_plain_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "cache"))
    _, plain = trained(small(epochs=1), tmp_path / "plain")
    run, told = trained(small(epochs=1, compile="measure"), tmp_path / "compiled")
    assert run.state().status == "finished", run.state().message
    assert losses(told) == pytest.approx(losses(plain), rel=1e-3, abs=1e-4)
    started = next(event for event in told if isinstance(event, Started))
    assert "ompiled, since a step takes" in started.remark


def test_where_it_cannot_be_compiled_the_run_says_so_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(module: object) -> object:
        def call(inputs: object) -> object:
            raise RuntimeError("InvalidCxxCompiler: no C++ compiler was found.\nand more")

        return call

    monkeypatch.setattr(torch, "compile", fails)
    run, told = trained(small(epochs=1, compile="on"), tmp_path)
    assert run.state().status == "finished"
    started = next(event for event in told if isinstance(event, Started))
    assert started.remark == (
        "Not compiled, since torch.compile failed here (InvalidCxxCompiler: no C++ compiler was found)."
    )
    _, plain = trained(small(epochs=1), tmp_path)
    assert losses(told) == losses(plain)
