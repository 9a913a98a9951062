"""Two processes train what one trains with the same batches, to rounding."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.project import Project
from engine.recipe.adamw import AdamW
from engine.recipe.augmentation.horizontal_flip import HorizontalFlip
from engine.recipe.augmentation.mixup import Mixup
from engine.recipe.augmentation.shift import Shift
from engine.recipe.cross_entropy import CrossEntropyLoss
from engine.recipe.rmsprop import RMSprop
from engine.recipe.sgd import SGD
from engine.training.control import Control
from engine.training.events import EpochEnded, Event, Failed, Started, Steps
from engine.training.loop import train
from engine.training.rundir import RunDirectory
from engine.training.standing import checkpoints, reopen
from tests.engine.training.drawing import chain, run_of, small

ROOT = Path(__file__).parents[4]
NORMALISED = (
    layer("Input", shape=(1, 8, 8)),
    layer("Conv2d", out_channels=4, kernel_size=3),
    layer("BatchNorm2d"),
    layer("ReLU"),
    layer("Flatten"),
    layer("Linear", out_features=10),
    layer("Output"),
)
DROPPING = (*NORMALISED[:4], layer("Dropout", p=0.3), *NORMALISED[4:])
STEADY = SGD(learning_rate=0.05, momentum=0.9)


def drawn(layers: Sequence[object], **recipe: object) -> Project:
    return edits.set_recipe(chain(*layers), small(**recipe).recipe)  # type: ignore[arg-type]


# 1,527 images: batches of 50 leave 27 over, and those of 89 and 218 exactly 14 and 1.
CASES = {
    "plain": small(epochs=2, batch_size=50, optimizer=STEADY),
    "adamw, three batches a step": small(
        batch_size=40, accumulate=3, optimizer=AdamW(learning_rate=0.003)
    ),
    "rmsprop, clipped": small(batch_size=64, clip_norm=0.5, optimizer=RMSprop(learning_rate=0.001)),
    "augmented": small(
        batch_size=50,
        optimizer=STEADY,
        augmentations=(Shift(pixels=2), HorizontalFlip(), Mixup(alpha=0.4)),
    ),
    "one image left over": small(batch_size=218, optimizer=STEADY),
    "classes balanced, odd parts": small(
        batch_size=51, optimizer=STEADY, loss=CrossEntropyLoss(balanced=True)
    ),
    "averaged weights": small(batch_size=64, ema_decay=0.9, optimizer=STEADY),
    "normalised": drawn(NORMALISED, epochs=2, batch_size=50, optimizer=STEADY),
    "normalised, one image left over": drawn(NORMALISED, batch_size=109, optimizer=STEADY),
}
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


def pair(folder: Path, runs: Sequence[RunDirectory]) -> None:
    """Train the runs, one after the other, with two processes."""
    folder.mkdir()
    command = [sys.executable, "-P", str(Path(__file__).with_name("pair.py"))]
    environment = {"PYTHONPATH": str(ROOT), "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    paths = [str(run.path) for run in runs]
    processes = [
        subprocess.Popen(
            [*command, str(rank), str(folder), *paths],
            env={**os.environ, **environment},
            stderr=subprocess.PIPE,
        )
        for rank in range(2)
    ]
    for process in processes:
        try:
            said = process.communicate(timeout=100)[1]
        finally:
            process.kill()
        assert process.returncode == 0, said.decode()


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


def losses(run: RunDirectory) -> list[float]:
    return [loss for event in told(run, Steps) for loss in event.losses]


def told(run: RunDirectory, kind: type[Event]) -> list:
    return [event for event in run.events()[0] if isinstance(event, kind)]


@pytest.mark.parametrize("name", CASES)
def test_two_processes_have_the_losses_and_the_weights_of_one(
    both: dict[str, tuple[RunDirectory, RunDirectory]], name: str
) -> None:
    alone, shared = both[name]
    assert shared.state().status == "finished", shared.state().message
    assert told(shared, Started)[0].processes == 2
    assert losses(shared) == pytest.approx(losses(alone), abs=1e-5)
    one, two = load_file(alone.weights_file), load_file(shared.weights_file)
    assert one.keys() == two.keys()
    for tensor, values in one.items():
        np.testing.assert_allclose(two[tensor], values, atol=1e-5, err_msg=tensor)


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
    assert broken.state().status == "stopped"
    assert int(checkpoints(broken)[-1].name) == 17
    (broken.path / "stop-after").unlink()
    reopen(broken)
    pair(tmp_path / "meetings", [broken])
    assert broken.state().status == "finished"
    assert losses(broken) == losses(whole)
    one, two = load_file(whole.weights_file), load_file(broken.weights_file)
    for tensor, values in one.items():
        np.testing.assert_array_equal(two[tensor], values, err_msg=tensor)
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
    (failed,), (one,) = told(wild, Failed), told(alone, Failed)
    assert failed.node
    assert (failed.node, failed.step) == (one.node, one.step)
    assert failed.message.partition(";")[0] == one.message.partition(";")[0]
