"""Two processes train what one trains with the same batches, to rounding."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.recipe.augmentation.mixup import Mixup
from engine.recipe.augmentation.shift import Shift
from engine.recipe.sgd import SGD
from engine.training.control import Control
from engine.training.events import EpochEnded, Started
from engine.training.loop import train
from engine.training.rundir import RunDirectory
from tests.engine.training.distributed.pairing import (
    CASES,
    DROPPING,
    drawn,
    equal,
    fail_alike,
    gone_on_with,
    losses,
    pair,
    told,
)
from tests.engine.training.drawing import run_of, small

REMEMBERING = drawn(
    DROPPING, epochs=2, batch_size=50, ema_decay=0.9, augmentations=(Shift(pixels=1),)
)
OTHERS = {
    "whole": REMEMBERING,
    "broken off": REMEMBERING,
    "few": small(batch_size=3, augmentations=(Mixup(alpha=0.4),)),
    "wild": small(optimizer=SGD(learning_rate=100.0)),
}
"""What is trained by two processes alone."""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[RunDirectory, RunDirectory]]:
    """Every case, trained by one process and by two."""
    base = tmp_path_factory.mktemp("runs")
    found: dict[str, tuple[RunDirectory, RunDirectory]] = {}
    for name, project in CASES.items():
        alone, shared = run_of(project, base / "alone"), run_of(project, base / "shared")
        train(alone, Control())
        found[name] = alone, shared
    for name, project in OTHERS.items():
        run = run_of(project, base / "others")
        found[name] = run, run
    (found["broken off"][1].path / "stop-after").write_text("17")
    pair(base / "meetings", [shared for _, shared in found.values()])
    return found


@pytest.mark.parametrize("name", CASES)
def test_two_processes_have_the_losses_and_the_weights_of_one(
    both: dict[str, tuple[RunDirectory, RunDirectory]], name: str
) -> None:
    alone, shared = both[name]
    assert shared.state().status == "finished", shared.state().message
    assert told(shared, Started)[0].processes == 2
    equal(alone, shared, within=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_two_processes_tell_the_figures_of_one(
    both: dict[str, tuple[RunDirectory, RunDirectory]], name: str
) -> None:
    for one, two in zip(*(told(run, EpochEnded) for run in both[name]), strict=True):
        assert two.train_loss == pytest.approx(one.train_loss, abs=1e-5)
        assert two.val_loss == pytest.approx(one.val_loss, abs=1e-5)
        # An image on the edge may be told otherwise.
        assert two.train_accuracy == pytest.approx(one.train_accuracy, abs=0.003)
        assert two.val_accuracy == pytest.approx(one.val_accuracy, abs=0.01)


def test_what_one_process_cannot_tell_from_two_is_not_rounded_away(
    both: dict[str, tuple[RunDirectory, RunDirectory]],
) -> None:
    """The comparisons above would see a process that trained with half of the batch."""
    one, two = (losses(both[name][0]) for name in ("plain", "averaged weights"))
    assert max(abs(a - b) for a, b in zip(one, two, strict=False)) > 0.01


def test_two_processes_go_on_to_the_last_bit_where_they_were_stopped(
    both: dict[str, tuple[RunDirectory, RunDirectory]], tmp_path: Path
) -> None:
    whole, broken = both["whole"][1], both["broken off"][1]
    gone_on_with(broken, tmp_path / "meetings")
    equal(whole, broken, within=0)
    assert "random numbers" in told(whole, Started)[0].remark


def test_what_cannot_be_divided_is_said_in_one_sentence(
    both: dict[str, tuple[RunDirectory, RunDirectory]],
) -> None:
    assert both["few"][1].state().message == (
        "The recipe's batch of 3 images cannot be divided, in pairs since images are mixed, among 2 "
        "processes; set the batch size to 4 at least, or processes to 1."
    )


def test_two_processes_that_diverge_name_the_step_and_the_node_that_one_names(
    both: dict[str, tuple[RunDirectory, RunDirectory]], tmp_path: Path
) -> None:
    wild = both["wild"][1]
    alone = run_of(OTHERS["wild"], tmp_path)
    train(alone, Control())
    fail_alike(alone, wild)
