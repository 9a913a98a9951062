"""Runs that two processes train together, beside those that one trains."""

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
from engine.training.events import Event, Failed, Steps
from engine.training.rundir import RunDirectory
from engine.training.standing import checkpoints, reopen
from tests.engine.training.drawing import chain, small

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


def losses(run: RunDirectory) -> list[float]:
    return [loss for event in told(run, Steps) for loss in event.losses]


def told(run: RunDirectory, kind: type[Event]) -> list:
    return [event for event in run.events()[0] if isinstance(event, kind)]


def equal(one: RunDirectory, two: RunDirectory, within: float) -> None:
    """Fail unless two runs have the same losses and the same weights, within a bound."""
    assert losses(two) == pytest.approx(losses(one), abs=within)
    first, second = load_file(one.weights_file), load_file(two.weights_file)
    assert first.keys() == second.keys()
    for tensor, values in first.items():
        np.testing.assert_allclose(second[tensor], values, atol=within, rtol=0, err_msg=tensor)


def gone_on_with(broken: RunDirectory, folder: Path) -> None:
    """Let two processes go on with a run that was stopped after step 17; fail unless it comes to its end."""
    assert broken.state().status == "stopped"
    assert int(checkpoints(broken)[-1].name) == 17
    (broken.path / "stop-after").unlink()
    reopen(broken)
    pair(folder, [broken])
    assert broken.state().status == "finished"


def fail_alike(one: RunDirectory, two: RunDirectory) -> None:
    """Fail unless two runs have diverged at the same step and node, for the same reason."""
    (first,), (second,) = told(one, Failed), told(two, Failed)
    assert second.node
    assert (second.node, second.step) == (first.node, first.step)
    assert second.message.partition(";")[0] == first.message.partition(";")[0]
