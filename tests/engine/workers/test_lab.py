"""The lab as a process: its answers, what it refuses, and its death."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.codegen import write
from engine.data.catalogue import load
from engine.data.choice import DataChoice
from engine.interop.weights import save_weights
from engine.network import edits
from engine.network.project import Project
from engine.network.storage import dumps
from engine.recipe.augmentation.horizontal_flip import HorizontalFlip
from engine.recipe.recipe import Recipe
from engine.training.build import build
from engine.workers.desk import DEATHS, LabDesk
from engine.workers.handles import LabHandle
from engine.workers.lab import Mailbox
from engine.workers.messages import (
    Augment,
    Augmented,
    Load,
    Loaded,
    Message,
    Observation,
    Observe,
    Pause,
    Ping,
    Pong,
    Refused,
)

WaitFor = Callable[..., float]
Kind = TypeVar("Kind", bound=Message)


@pytest.fixture
def network(make_project: Callable[..., Project]) -> Load:
    return described(make_project())


def described(project: Project) -> Load:
    source = write(project)
    return Load(
        source.text, source.class_name, source.places, (1, 16, 16), project.data.name, seed=5
    )


class Asked:
    """A lab, and everything it has answered."""

    def __init__(self, lab: LabHandle, wait_for: WaitFor) -> None:
        self.lab = lab
        self._wait_for = wait_for
        self.answers: list[Message] = []

    def ask(self, question: Message, kind: type[Kind]) -> Kind:
        number = self.lab.ask(question)
        found: list[Message] = []

        def answered() -> bool:
            self.answers += self.lab.poll()
            found[:] = [
                item
                for item in self.answers
                if item.number == number and isinstance(item, (kind, Refused))
            ]
            return bool(found)

        self._wait_for(answered, 60)
        assert isinstance(found[0], kind), found[0]
        return found[0]


@pytest.fixture(scope="module")
def lab(shared_runtime: Path) -> Iterator[LabHandle]:
    """One lab for many tests; each gives it the network that it is about."""
    lab = LabHandle.spawn()
    yield lab
    lab.close()


@pytest.fixture
def asked(lab: LabHandle, wait_for: WaitFor) -> Asked:
    return Asked(lab, wait_for)


def test_it_tells_activation_image_label_and_prediction(asked: Asked, network: Load) -> None:
    assert asked.ask(network, Loaded).weights == "untrained"
    seen = asked.ask(Observe(12, "conv1", viewer="maps"), Observation)
    images = load(DataChoice("digits"), (1, 16, 16))
    torch.manual_seed(5)
    module = build(network.source_text, network.class_name).eval()
    pixels = torch.from_numpy(images.train.images[12:13]).float()
    with torch.no_grad():
        normalised = (pixels / 255 - images.mean[0]) / images.std[0]
        normalised = normalised.contiguous(memory_format=torch.channels_last)
        conv1 = module.get_submodule("conv1")
        expected = functional.conv2d(normalised, conv1.weight, conv1.bias, padding=1)[0]  # pyright: ignore
        probabilities = module(normalised).softmax(1)[0]
    np.testing.assert_allclose(seen.activation, expected.numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(seen.probabilities, probabilities.numpy(), rtol=1e-5)
    np.testing.assert_array_equal(seen.image, images.train.images[12])
    assert seen.label == images.train.labels[12]
    assert (seen.node, seen.sample, seen.samples, seen.viewer) == ("conv1", 12, 1797, "maps")
    assert not seen.thumbnails


def test_every_node_can_be_observed_and_has_a_thumbnail(asked: Asked, network: Load) -> None:
    asked.ask(network, Loaded)
    shapes = {"image": (1, 16, 16), "add": (4, 16, 16), "pool": (4, 8, 8), "flatten": (256,)}
    for node, shape in shapes.items():
        assert asked.ask(Observe(0, node), Observation).activation.shape == shape
    seen = asked.ask(Observe(0, "", thumbnails=True), Observation)
    assert seen.activation.size == 0
    assert set(seen.thumbnails) == set(network.places)
    assert seen.thumbnails["pool"].shape == (4, 8, 8)
    assert seen.thumbnails["output"].shape == (1, 1, 10)


def test_weights_are_read_again_when_their_file_changes(
    asked: Asked, network: Load, tmp_path: Path
) -> None:
    file = tmp_path / "snäp shot.safetensors"
    asked.ask(replace(network, weights=str(file)), Loaded)
    first = asked.ask(Observe(0, "dense"), Observation)
    assert first.weights == "untrained"
    for step in (120, 240):
        torch.manual_seed(step)
        save_weights(build(network.source_text, network.class_name), file, {"step": str(step)})
        seen = asked.ask(Observe(0, "dense"), Observation)
        assert seen.weights == f"step {step}"
        assert not np.array_equal(seen.activation, first.activation)
        first = seen


def test_weights_that_do_not_fit_are_named_and_the_network_stays_untrained(
    asked: Asked, network: Load, make_project: Callable[..., Project], tmp_path: Path
) -> None:
    file = tmp_path / "weights.safetensors"
    save_weights(build(network.source_text, network.class_name), file, {})
    assert asked.ask(replace(network, weights=str(file)), Loaded).weights == "final"
    wider = edits.set_parameters(make_project(), "conv1", out_channels=8)
    wider = edits.set_parameters(wider, "conv2", out_channels=8)
    answer = asked.ask(replace(described(wider), weights=str(file)), Loaded)
    assert answer.weights == "untrained"
    assert "conv1" in answer.message
    assert asked.ask(Observe(0, "conv1"), Observation).activation.shape == (8, 16, 16)


def test_what_cannot_be_answered_is_refused_and_the_lab_lives_on(
    asked: Asked, network: Load
) -> None:
    def refusal(question: Message) -> str:
        return asked.ask(question, Refused).message

    assert "lab does not understand Pause" in refusal(Pause())
    assert refusal(replace(network, source_text="import os"))
    assert "No network is loaded" in refusal(Observe(0, "conv1"))
    asked.ask(network, Loaded)
    assert "conv9 puts nothing out" in refusal(Observe(0, "conv9"))
    assert "choose one from 0 to 1,796" in refusal(Observe(1797, "conv1"))
    assert "choose one from 0" in refusal(Observe(-1, "conv1"))
    asked.ask(replace(network, data="flowers"), Loaded)
    assert "flowers" in refusal(Observe(0, "conv1"))
    asked.ask(replace(network, folder="/nowhere"), Loaded)
    assert "/nowhere" in refusal(Observe(0, "conv1"))
    asked.ask(network, Loaded)
    asked.ask(Observe(0, "conv1"), Observation)
    assert asked.ask(Ping(), Pong)


def test_it_is_nicer_than_the_trainer_and_uses_one_thread(asked: Asked, network: Load) -> None:
    asked.ask(network, Loaded)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, asked.lab.pid) == min(19, own + 10)


def test_a_newer_question_of_a_viewer_overtakes_the_older_one() -> None:
    mailbox = Mailbox()
    load = Load("", "", {}, (1,), "digits")
    for sample in range(3):
        mailbox.put(Observe(sample, "a", viewer="maps"))
        mailbox.put(Observe(sample, "b", viewer="canvas"))
        mailbox.put(replace(load, seed=sample))
    assert mailbox.get() == replace(load, seed=2)
    assert mailbox.get() == Observe(2, "a", viewer="maps")
    assert mailbox.get() == Observe(2, "b", viewer="canvas")


def test_a_flood_of_questions_is_answered_with_the_last(
    asked: Asked, network: Load, wait_for: WaitFor
) -> None:
    asked.ask(network, Loaded)
    asked.ask(Observe(0, "conv1"), Observation)
    asked.answers.clear()
    for sample in range(500):
        last = asked.lab.ask(Observe(sample, "conv1", thumbnails=True))

    def answered() -> bool:
        asked.answers += asked.lab.poll()
        return any(item.number == last for item in asked.answers)

    wait_for(answered)
    assert len(asked.answers) < 500
    numbers = [item.number for item in asked.answers]
    assert numbers == sorted(numbers)


def test_it_imports_nothing_from_where_it_is_started_and_ends_when_its_channel_does(
    runtime: Path, wait_for: WaitFor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch.py").write_text("raise SystemExit('not the real one')")
    monkeypatch.chdir(tmp_path)
    lab = LabHandle.spawn()
    wait_for(lambda: lab.poll() is not None and lab.ready, 60)
    lab.hang_up()
    wait_for(lambda: not lab.alive(), 2)
    lab.close()


@pytest.mark.parametrize("moment", [0.0, 0.2, 0.6, 1.2])
def test_a_lab_that_is_still_loading_ends_at_once(runtime: Path, moment: float) -> None:
    lab = LabHandle.spawn()
    time.sleep(moment)
    begun = time.monotonic()
    lab.close()
    assert time.monotonic() - begun < 1.0


def test_the_desk_starts_a_killed_lab_again_and_repeats_the_standing_question(
    runtime: Path, network: Load, wait_for: WaitFor
) -> None:
    desk = LabDesk()
    seen: list[Observation] = []

    def observed() -> bool:
        seen.extend(item for item in desk.poll() if isinstance(item, Observation))
        return bool(seen)

    desk.load(network)
    desk.watch("maps", Observe(3, "conv1"))
    wait_for(observed, 60)
    first = desk.pid
    seen.clear()
    os.kill(first, signal.SIGKILL)
    wait_for(observed, 60)
    assert desk.pid != first
    assert seen[0].sample == 3
    desk.close()
    assert desk.state == "off"


def test_the_desk_gives_up_a_lab_that_dies_and_dies(
    runtime: Path, network: Load, wait_for: WaitFor
) -> None:
    desk = LabDesk()
    desk.load(network)
    desk.start()
    for _ in range(DEATHS):
        pid = desk.pid
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda pid=pid: (desk.poll(), desk.pid != pid)[1], 5)
    assert desk.state == "failed"
    assert "killed by signal 9" in desk.message
    assert "change the network" in desk.message
    desk.load(replace(network, seed=6))
    wait_for(lambda: (desk.poll(), desk.state == "ready")[1], 60)
    desk.close()


def test_the_desk_asks_a_standing_question_again_at_most_eight_times_a_second(
    runtime: Path, network: Load, wait_for: WaitFor
) -> None:
    desk = LabDesk()
    desk.load(network)
    desk.watch("maps", Observe(3, "conv1"))
    seen: list[Observation] = []

    def poll() -> None:
        desk.refresh()
        seen.extend(item for item in desk.poll() if isinstance(item, Observation))

    wait_for(lambda: (poll(), seen)[1], 60)
    seen.clear()
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        poll()
        time.sleep(0.005)
    assert 2 <= len(seen) <= 9
    desk.watch("maps", None)
    wait_for(lambda: (desk.poll(), not desk.busy)[1])
    desk.close()


def test_it_augments_an_image_while_other_viewers_look_at_maps(asked: Asked, network: Load) -> None:
    asked.ask(network, Loaded)
    project = Project(recipe=Recipe(augmentations=(HorizontalFlip(probability=1.0),)))
    question = Augment(dumps(project), (1, 16, 16), sample=12, draws=3, viewer="augmentations")
    seen = asked.ask(question, Augmented)
    assert seen.images.shape == (3, 1, 16, 16)
    np.testing.assert_array_equal(seen.images, np.stack([seen.image[:, :, ::-1]] * 3))
    assert asked.ask(Observe(12, "conv1", viewer="maps"), Observation).samples == seen.samples
