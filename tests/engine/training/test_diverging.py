"""Runs forced to diverge stop within a step, name the node, and leave what they had before."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.layers.catalogue import layer
from engine.network import storage
from engine.network.project import Project
from engine.recipe.adagrad import Adagrad
from engine.recipe.adam import Adam
from engine.recipe.adamw import AdamW
from engine.recipe.augmentation.mixup import Mixup
from engine.recipe.augmentation.rotation import Rotation
from engine.recipe.hinge import MultiMarginLoss
from engine.recipe.mse import MSELoss
from engine.recipe.muon import Muon
from engine.recipe.nadam import NAdam
from engine.recipe.nll import NLLLoss
from engine.recipe.rmsprop import RMSprop
from engine.recipe.sgd import SGD
from engine.training.batches import order_of
from engine.training.events import CheckpointWritten, Failed, Steps
from engine.training.setup import Setup, set_up
from engine.training.standing import checkpoints, newest_whole
from engine.training.updates import NotFiniteError
from tests.engine.training.drawing import SMALL, chain, deep, run_of, trained, with_recipe

TEMPLATES = Path(__file__).parents[3] / "resources" / "templates"


def template(name: str, **values: object) -> Project:
    project = storage.load(TEMPLATES / f"{name}.convo")
    return with_recipe(project, device="cpu", augmentations=(), **values)


RELU = layer("ReLU")
SMALL_NET = chain(*SMALL)
REBUILD = chain(SMALL[0], layer("Conv2d", out_channels=1, kernel_size=3, padding=1), SMALL[-1])
ROOT_OF_SUMS = chain(
    *SMALL[:2], layer("LPPool2d", norm_type=3, kernel_size=2), *SMALL[-3:], name="Root"
)
LOG = chain(*SMALL[:-1], layer("LogSoftmax"), SMALL[-1])

CASES = {
    "SGD": with_recipe(SMALL_NET, optimizer=SGD(learning_rate=100.0, momentum=0.9)),
    "SGD, deep": with_recipe(deep(RELU), optimizer=SGD(learning_rate=100.0)),
    "SGD, deep and linear": with_recipe(deep(), optimizer=SGD(learning_rate=30.0)),
    "SGD, no gain": with_recipe(deep(RELU), optimizer=SGD(learning_rate=10.0), initialization="he"),
    "Nesterov": with_recipe(
        deep(RELU), optimizer=SGD(learning_rate=50.0, momentum=0.9, nesterov=True)
    ),
    "weight decay": with_recipe(SMALL_NET, optimizer=SGD(learning_rate=100.0, weight_decay=10.0)),
    "Adam": with_recipe(deep(RELU, times=20), optimizer=Adam(learning_rate=100.0)),
    "AdamW": with_recipe(deep(RELU, times=20), optimizer=AdamW(learning_rate=100.0)),
    "NAdam": with_recipe(deep(RELU, times=20), optimizer=NAdam(learning_rate=100.0)),
    "RMSprop": with_recipe(deep(RELU, times=20), optimizer=RMSprop(learning_rate=100.0)),
    "Adagrad": with_recipe(deep(RELU, times=20), optimizer=Adagrad(learning_rate=100.0)),
    "Muon": with_recipe(
        deep(RELU, times=20), optimizer=Muon(learning_rate=1.0, adamw_learning_rate=100.0)
    ),
    "MSE": with_recipe(REBUILD, optimizer=SGD(learning_rate=100.0), loss=MSELoss()),
    "hinge": with_recipe(deep(RELU), optimizer=SGD(learning_rate=100.0), loss=MultiMarginLoss()),
    "NLL": with_recipe(deep(RELU), optimizer=SGD(learning_rate=100.0), loss=NLLLoss()),
    "roots of negative sums": with_recipe(ROOT_OF_SUMS, optimizer=SGD(learning_rate=0.01)),
    "accumulation": with_recipe(deep(), optimizer=SGD(learning_rate=100.0), accumulate=3),
    "clipping too far up": with_recipe(deep(), optimizer=SGD(learning_rate=100.0), clip_norm=1e6),
    "running mean": with_recipe(deep(RELU), optimizer=SGD(learning_rate=100.0), ema_decay=0.9),
    "augmented": with_recipe(
        deep(RELU), optimizer=SGD(learning_rate=100.0), augmentations=(Rotation(), Mixup())
    ),
    "bf16": with_recipe(deep(RELU), optimizer=SGD(learning_rate=100.0), precision="bf16"),
    "inside a block": with_recipe(
        template("residual"), optimizer=SGD(learning_rate=100.0, weight_decay=10.0, momentum=0.99)
    ),
}


def steps_of(setup: Setup, project: Project) -> Iterator[None]:
    """Take the run's steps, by a loop of our own."""
    recipe = project.recipe
    step = 0
    setup.module.train()
    for epoch in range(1, 100):
        size, together = recipe.batch_size, recipe.accumulate
        order = order_of(recipe.seed, epoch)
        for pixels, labels in setup.training.cut(size, order, setup.single, together):
            setup.update.take(pixels, labels, recipe.optimizer.learning_rate, step)
            step += 1
            yield


def first_bad(setup: Setup, inputs: torch.Tensor) -> str:
    """The node of the first layer whose output is not finite; else the last."""
    assert setup.source is not None
    places = (*setup.source.places.items(), *setup.source.further)
    nodes = {place.module: name for name, place in places}
    heard: list[tuple[str, bool]] = []
    for path, module in setup.module.named_modules():
        if path in nodes and not any(module.children()):
            module.register_forward_hook(
                lambda _module, _inputs, output, path=path: heard.append(
                    (nodes[path], bool(torch.isfinite(output).all()))
                )
            )
    with torch.no_grad():
        setup.update.forward(inputs)
    return next((name for name, sound in heard if not sound), heard[-1][0])


@pytest.mark.parametrize("name", CASES)
def test_a_run_that_diverges_stops_at_that_step_and_names_the_node(
    name: str, tmp_path: Path
) -> None:
    project = with_recipe(CASES[name], epochs=4)
    run, events = trained(project, tmp_path / "run")
    failed = events[-1]
    assert isinstance(failed, Failed), f"{name} went well"
    told = [loss for event in events if isinstance(event, Steps) for loss in event.losses]
    assert all(map(math.isfinite, told))
    # Another loop over the same steps, and hooks of our own, find the same step and node.
    setup = set_up(run_of(project, tmp_path / "again"), lambda message, fraction: None)
    taken = 0
    try:
        for _ in steps_of(setup, project):
            taken += 1
    except NotFiniteError as error:
        node = first_bad(setup, error.inputs)
    assert (failed.step, len(told)) == (taken + 1, taken)
    assert failed.node == node
    assert failed.node in failed.message
    assert f"at step {taken + 1:,}" in failed.message
    # The last checkpoint is sound.
    assert any(isinstance(event, CheckpointWritten) for event in events)
    found = newest_whole(run)
    assert found is not None and found[1].step <= taken
    assert checkpoints(run)


def test_a_network_that_is_sound_is_not_said_to_diverge(tmp_path: Path) -> None:
    _, events = trained(chain(*SMALL), tmp_path)
    assert not any(isinstance(event, Failed) for event in events)
