"""Runs of random networks and recipes go on from random steps, and after kills, to the last bit."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from engine.layers.base import Layer
from engine.layers.catalogue import layer
from engine.network import edits, storage
from engine.network.project import Project
from engine.recipe.augmentation.base import Augmentation
from engine.recipe.cross_entropy import CrossEntropyLoss
from engine.recipe.hinge import MultiMarginLoss
from engine.recipe.recipe import AUGMENTATIONS, INITIALIZATIONS, OPTIMIZERS, SCHEDULES, Recipe
from engine.training.control import Control
from engine.training.loop import train
from engine.training.rundir import RunDirectory
from engine.training.standing import checkpoints, reopen
from tests.engine.training.drawing import StopsAt, chain, run_of
from tests.engine.training.test_resume import epochs, equal, losses

ROOT = Path(__file__).parents[3]
RATES = {"SGD": 0.03, "RMSprop": 0.001, "Muon": 0.005, "Adagrad": 0.02}
SIZES = {"Shift": {"pixels": 1}, "Cutout": {"size": 3}}
SWITCHES = ("amsgrad", "centered", "nesterov", "decoupled_weight_decay")


def drawn(chance: random.Random) -> Project:
    """A small network with whatever remembers, and a recipe of whatever there is but compiling."""
    project = chain(*layers(chance))
    convolutions = [name for name in project.network.nodes if name.startswith("conv2d")]
    if chance.random() < 0.3:
        project = edits.set_learning(project, convolutions[1:], rate=chance.choice([0.1, 3.0]))
    if chance.random() < 0.2:
        project = edits.set_frozen(project, convolutions[:1], True)
    return edits.set_recipe(project, recipe(chance))


def layers(chance: random.Random) -> list[Layer]:
    """From digits to ten scores."""
    norms = [layer("BatchNorm2d"), layer("GroupNorm", num_groups=2), layer("InstanceNorm2d")]
    found = [layer("Input", shape=(1, 8, 8))]
    found.append(layer("Conv2d", out_channels=chance.choice([4, 6]), kernel_size=3, padding=1))
    found.append(chance.choice(norms))
    found.append(layer(chance.choice(["ReLU", "PReLU", "GELU"])))
    found += [layer("Dropout2d", p=0.2)] * chance.randint(0, 1)
    found.append(layer("Conv2d", out_channels=4, kernel_size=3))
    found += [layer("BatchNorm2d")] * chance.randint(0, 1)
    found += [layer("Flatten"), layer("Dropout", p=0.3), layer("Linear", out_features=10)]
    return [*found, layer("Output")]


def recipe(chance: random.Random) -> Recipe:
    kind = chance.choice(list(OPTIMIZERS.values()))
    switches = {name: True for name in SWITCHES if name in kind().values and chance.random() < 0.5}
    optimizer = kind().changed(learning_rate=RATES.get(kind.kind(), 0.003), **switches)
    schedule = chance.choice(list(SCHEDULES.values()))(warmup=chance.choice([0.0, 0.5, 1.3]))
    if schedule.watches:
        schedule = schedule.changed(patience=0, threshold=0.2)
    weights = tuple(1 + number / 3 for number in range(10))
    return Recipe(
        epochs=chance.randint(2, 4),
        batch_size=chance.choice([13, 32, 50]),
        validation=chance.choice([0.0, 0.15, 0.4]),
        seed=chance.randint(0, 9999),
        device="cpu",
        initialization=chance.choice(INITIALIZATIONS[:-1]),
        accumulate=chance.choice([1, 1, 2, 3]),
        clip_norm=chance.choice([None, 0.5]),
        ema_decay=chance.choice([None, 0.9, 0.99]),
        patience=chance.choice([None, None, 1]),
        precision=chance.choice(["off", "off", "bf16"]),
        channels_last=chance.random() < 0.8,
        deterministic=chance.random() < 0.3,
        checkpoint_every=chance.choice([3, 7, 11]),
        keep_checkpoints=chance.choice([1, 2, 5]),
        augmentations=augmentations(chance),
        schedule=schedule,
        loss=chance.choice([CrossEntropyLoss(class_weights=weights), MultiMarginLoss(p="2")]),
        optimizer=optimizer,
    )


def augmentations(chance: random.Random) -> tuple[Augmentation, ...]:
    made: list[Augmentation] = []
    for name, kind in AUGMENTATIONS.items():
        values: dict[str, Any] = SIZES.get(name, {})
        if chance.random() < 0.3:
            made.append(kind(**values))
    return tuple(sorted(made, key=lambda item: item.mixes))


def told(run: RunDirectory) -> tuple[list[float], list[tuple[object, ...]]]:
    events = run.events()[0]
    return losses(events), epochs(events)


def assert_same(run: RunDirectory, whole: RunDirectory, what: str) -> None:
    """Every loss, and every tensor: of the weights, and of the last checkpoint, optimiser and all."""
    assert run.state().status == "finished", f"{what}: {run.state().message}"
    assert told(run) == told(whole), what
    assert equal(load_file(run.weights_file), load_file(whole.weights_file)), what
    for name in ("weights.safetensors", "training.safetensors"):
        last, other = (checkpoints(item)[-1] / name for item in (run, whole))
        assert equal(load_file(last), load_file(other)), f"{what}: {name}"


def command(*words: object) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = [sys.executable, "main.py", "train", *map(str, words)]
    return subprocess.Popen(arguments, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)


def killed_again_and_again(
    project: Path, threads: int, out: Path, steps: int, chance: random.Random
) -> None:
    """Train by the command line, killed up to three times in its midst and taken up again."""
    process = command(project, "--threads", threads, "--out", out)
    for _ in range(3):
        wanted, deadline = chance.randrange(1, max(2, steps - 1)), time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            found = checkpoints(RunDirectory(out))
            if found and int(found[-1].name) >= wanted:
                time.sleep(0.05 * chance.random())
                process.kill()
            time.sleep(0.003)
        if process.wait(60) == 0 or RunDirectory(out).state().status == "finished":
            return  # Perhaps killed when there was nothing left to do.
        process = command("--resume", out)
    assert process.wait(100) == 0


def test_random_runs_go_on_from_random_steps_and_after_kills(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    thorough = request.config.getoption("--thorough")
    for number in range(20 if thorough else 1):
        chance = random.Random(number)
        project = drawn(chance)
        threads = chance.choice([1, 2]) if thorough else 1  # Two on a busy machine take minutes.
        base = tmp_path / str(number)
        before = torch.get_num_threads()
        runs: list[RunDirectory] = []
        for _ in range(2):
            runs.append(run_of(project, base))
            runs[-1].update(threads=threads)
        whole, run = runs
        train(whole, Control())
        assert whole.state().status == "finished", f"{number}: {whole.state().message}"
        steps = len(told(whole)[0])
        ends = [steps // project.recipe.epochs * epoch for epoch in range(1, project.recipe.epochs)]
        train(run, StopsAt(chance.choice([chance.randrange(1, steps), *ends])))
        assert run.state().status == "stopped"
        if thorough:
            assert command("--resume", run.path).wait(200) == 0
        else:
            reopen(run)
            train(run, Control())
        torch.set_num_threads(before)
        assert_same(run, whole, f"{number}, stopped")
        if thorough:
            file = base / "project.convo"
            storage.save(project, file)
            killed_again_and_again(file, threads, base / "killed", steps, chance)
            assert_same(RunDirectory(base / "killed"), whole, f"{number}, killed")
