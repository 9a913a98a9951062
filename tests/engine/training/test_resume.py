"""A run that was broken off goes on as if nothing had happened, to the last bit."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save

from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.project import Project
from engine.recipe.adagrad import Adagrad
from engine.recipe.adam import Adam
from engine.recipe.adamw import AdamW
from engine.recipe.augmentation.cutout import Cutout
from engine.recipe.augmentation.mixup import Mixup
from engine.recipe.augmentation.rotation import Rotation
from engine.recipe.augmentation.shift import Shift
from engine.recipe.muon import Muon
from engine.recipe.nadam import NAdam
from engine.recipe.one_cycle import OneCycleLR
from engine.recipe.plateau import ReduceLROnPlateau
from engine.recipe.rmsprop import RMSprop
from engine.recipe.sgd import SGD
from engine.training.control import Control
from engine.training.events import EpochEnded, Event, Steps, Stopped
from engine.training.loop import train
from engine.training.rundir import RunDirectory, RunError
from engine.training.standing import (
    TRAINING,
    WEIGHTS,
    Standing,
    checkpoints,
    newest_whole,
    read_standing,
    reopen,
    whole,
    write_checkpoint,
)
from tests.engine.training.drawing import StopsAt, chain, run_of, small, trained

PER_EPOCH = 24


def varied(**recipe: object) -> Project:
    """A network with everything that remembers: running statistics and dropout."""
    project = chain(
        layer("Input", shape=(1, 8, 8)),
        layer("Conv2d", out_channels=4, kernel_size=3),
        layer("BatchNorm2d"),
        layer("ReLU"),
        layer("Dropout", p=0.3),
        layer("Flatten"),
        layer("Linear", out_features=10),
        layer("Output"),
    )
    return edits.set_recipe(project, small(**recipe).recipe)


def losses(events: list[Event]) -> list[float]:
    return [loss for event in events if isinstance(event, Steps) for loss in event.losses]


def epochs(events: list[Event]) -> list[tuple[object, ...]]:
    return [
        (event.epoch, event.step, event.train_loss, event.train_accuracy, event.val_loss)
        for event in events
        if isinstance(event, EpochEnded)
    ]


def equal(left: Mapping[str, torch.Tensor], right: Mapping[str, torch.Tensor]) -> bool:
    return left.keys() == right.keys() and all(
        torch.equal(left[name], right[name]) for name in left
    )


def finished(run: RunDirectory) -> tuple[list[Event], dict[str, torch.Tensor]]:
    train(run, Control())
    assert run.state().status == "finished", run.state().message
    return run.events()[0], load_file(run.weights_file)


RECIPES: dict[str, dict[str, object]] = {
    "adam": {"optimizer": Adam(learning_rate=0.01)},
    "adamw": {"optimizer": AdamW(learning_rate=0.01), "schedule": OneCycleLR()},
    "sgd": {"optimizer": SGD(learning_rate=0.05, momentum=0.9, nesterov=True)},
    "nadam": {"optimizer": NAdam(learning_rate=0.01)},
    "rmsprop": {"optimizer": RMSprop(learning_rate=0.001)},
    "adagrad": {"optimizer": Adagrad(learning_rate=0.01)},
    "muon": {"optimizer": Muon(learning_rate=0.01)},
    "average": {"ema_decay": 0.9, "clip_norm": 1.0},
    "gathered": {"accumulate": 3, "batch_size": 16},
    "plateau": {"schedule": ReduceLROnPlateau(patience=0), "validation": 0.0, "epochs": 4},
    "bf16": {"precision": "bf16"},
    "augmented": {"augmentations": (Shift(pixels=1), Rotation(), Cutout(size=2), Mixup())},
}


@pytest.mark.parametrize("name", RECIPES)
def test_a_resumed_run_equals_one_that_was_never_broken_off(name: str, tmp_path: Path) -> None:
    project = varied(**{"epochs": 3, "seed": 5, **RECIPES[name]})
    whole_events, whole_weights = finished(run_of(project, tmp_path))
    draw = random.Random(name)
    steps = len(losses(whole_events))
    for step in draw.sample(range(1, steps), 2):
        run = run_of(project, tmp_path)
        train(run, StopsAt(step))
        assert run.state().status == "stopped"
        stopped = run.events()[0][-1]
        assert isinstance(stopped, Stopped) and 0 < stopped.step < steps
        assert reopen(run).step == stopped.step
        events, weights = finished(run)
        assert losses(events) == losses(whole_events)
        assert epochs(events) == epochs(whole_events)
        assert equal(weights, whole_weights)


def test_a_killed_run_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    project = varied(epochs=2, checkpoint_every=10, keep_checkpoints=3)
    run = run_of(project, tmp_path / "whole")
    whole_events, whole_weights = finished(run)
    # As a kill leaves it: the files of step 30, and events that go on.
    for folder in checkpoints(run)[::-1]:
        if read_standing(folder).step > 30:
            shutil.rmtree(folder)
    run.update(status="running")
    assert reopen(run).step == 30
    assert len(losses(run.events()[0])) == 30
    events, weights = finished(run)
    assert losses(events) == losses(whole_events)
    assert epochs(events) == epochs(whole_events)
    assert equal(weights, whole_weights)


def test_the_newest_checkpoints_are_kept_and_the_best(tmp_path: Path) -> None:
    run = run_of(varied(epochs=4, checkpoint_every=7, keep_checkpoints=2), tmp_path)
    events, _ = finished(run)
    found = {read_standing(folder).step: read_standing(folder) for folder in checkpoints(run)}
    ends = [event for event in events if isinstance(event, EpochEnded)]
    best = min(ends, key=lambda event: event.val_loss or 0.0)
    assert set(found) == {91, 96, best.step}
    assert found[best.step].check == best.val_loss


def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path) -> None:
    run = run_of(varied(epochs=1, checkpoint_every=10), tmp_path)
    finished(run)
    *_, before, last = checkpoints(run)
    file = last / "training.safetensors"
    data = bytearray(file.read_bytes())
    data[-3] ^= 1
    file.write_bytes(data)
    found = newest_whole(run)
    assert found is not None and found[0] == before
    assert "it is damaged, take an earlier checkpoint" in run.log_file.read_text()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("step", -5, "says step -5, but it is that of step 20"),
        ("batch", -1, "says batch -1, but it must be 0 or more"),
        ("epochs", 0, "says epochs 0, but it must be 1 or more"),
        ("events", -1, "says events -1, but it must be 0 or more"),
        ("rate", -0.1, "says rate -0.1, but it must be above 0 and at most 100"),
    ],
)
def test_a_checkpoint_that_was_edited_to_nonsense_is_passed_over(
    name: str, value: float, sentence: str, tmp_path: Path
) -> None:
    run = run_of(varied(), tmp_path)
    for step in (10, 20):
        write_checkpoint(run, Standing(step, 0, step, 1, 0.01), b"weights", b"training")
    before, last = checkpoints(run)
    file = last / "checkpoint.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), name: value}))
    with pytest.raises(RunError, match=sentence):
        read_standing(last)
    assert (newest_whole(run) or [None])[0] == before
    file.write_text("[" * 100_000)
    assert (newest_whole(run) or [None])[0] == before


def test_a_run_whose_checkpoints_are_all_damaged_is_left_as_it_is(tmp_path: Path) -> None:
    run = run_of(varied(epochs=1, checkpoint_every=10), tmp_path)
    events, _ = finished(run)
    for folder in checkpoints(run):
        (folder / "weights.safetensors").write_bytes(b"")
    train(run, Control())
    assert "no checkpoint that is whole: those of step" in run.state().message
    assert losses(run.events()[0]) == losses(events)


def test_a_checkpoint_without_random_numbers_is_refused_in_a_sentence(tmp_path: Path) -> None:
    run = run_of(varied(epochs=1, checkpoint_every=10), tmp_path)
    finished(run)
    last = checkpoints(run)[-1]
    training = load_file(last / "training.safetensors")
    del training["random/cpu"]
    write_checkpoint(
        run, read_standing(last), (last / "weights.safetensors").read_bytes(), save(training)
    )
    run.update(status="running")
    train(run, Control())
    assert "holds no state of the random numbers that can be taken up" in run.state().message


def test_a_finished_run_is_extended(tmp_path: Path) -> None:
    run = run_of(varied(epochs=1), tmp_path)
    finished(run)
    with pytest.raises(RunError, match="has trained all of its 1 epochs; ask for more"):
        reopen(run)
    reopen(run, epochs=3, rate=0.001)
    events, _ = finished(run)
    assert [event.epoch for event in events if isinstance(event, EpochEnded)] == [1, 2, 3]


def test_without_a_checkpoint_there_is_no_going_on(tmp_path: Path) -> None:
    run = run_of(varied(), tmp_path)
    with pytest.raises(RunError, match="has no checkpoint to go on from"):
        reopen(run)


def test_a_checkpoint_of_which_only_the_plan_changes_is_at_no_moment_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = trained(small(epochs=1), tmp_path)
    folder = checkpoints(run)[-1]
    standing = read_standing(folder)
    tensors = [(folder / name).read_bytes() for name in (WEIGHTS, TRAINING)]

    def moved(_temporary: Path, _folder: Path) -> Path:
        raise AssertionError

    monkeypatch.setattr("engine.training.standing._into_place", moved)
    assert write_checkpoint(run, replace(standing, rate=0.5), *tensors) == folder
    assert whole(folder).rate == 0.5
    assert not list(run.checkpoints_folder.glob(".*"))


def test_a_checkpoint_that_was_put_aside_for_another_when_the_process_was_killed_is_gone_on_from(
    tmp_path: Path,
) -> None:
    run, _ = trained(small(epochs=1), tmp_path)
    *others, folder = checkpoints(run)
    for other in others:
        shutil.rmtree(other)
    folder.rename(folder.with_name(f".old-{folder.name}"))
    (run.checkpoints_folder / ".new-torn").mkdir()
    run.update(status="running")
    assert reopen(run, epochs=2).step == int(folder.name)
    train(run, Control())
    assert run.state().status == "finished"
    assert int(checkpoints(run)[-1].name) == 2 * int(folder.name)
