"""A run pauses, goes on and stops at once, in whatever it is doing, and is none the worse for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from engine.data.dataset import Dataset
from engine.training.build import build
from engine.training.control import Control, Wish
from engine.training.events import (
    Changed,
    EpochEnded,
    Event,
    Finished,
    Paused,
    Resumed,
    Started,
    Steps,
    Stopped,
)
from engine.training.loop import train
from engine.training.losses import Objective
from engine.training.rundir import RunDirectory, RunError
from engine.training.standing import folder_of, read_standing
from tests.engine.training.drawing import run_of, small

PROMPT = 0.3
"""Seconds within which a wish is granted."""


class Watched:
    """A run in another thread."""

    def __init__(self, run: RunDirectory) -> None:
        self.run = run
        self.control = Control()
        self.thread = threading.Thread(target=train, args=(run, self.control))
        self.thread.start()

    def until(self, kind: type[Event], patience: float = 60.0) -> float:
        """Seconds until an event of a kind is there."""
        began = time.perf_counter()
        while not self.has(kind):
            assert time.perf_counter() - began < patience, self.run.events()[0]
            time.sleep(0.005)
        return time.perf_counter() - began

    def has(self, kind: type[Event]) -> bool:
        return any(isinstance(event, kind) for event in self.run.events()[0])

    def end(self) -> list[Event]:
        self.control.stop()
        self.thread.join(60)
        assert not self.thread.is_alive()
        return self.run.events()[0]


def steps_told(events: list[Event]) -> int:
    return sum(len(event.losses) for event in events if isinstance(event, Steps))


def slow(of: Callable[..., object], seconds: float) -> Callable[..., object]:
    def slower(*args: object, **kwargs: object) -> object:
        time.sleep(seconds)
        return of(*args, **kwargs)

    return slower


def test_a_running_training_pauses_and_goes_on_at_once(tmp_path: Path) -> None:
    watched = Watched(run_of(small(epochs=1000), tmp_path))
    watched.until(Steps)
    watched.control.pause()
    assert watched.until(Paused) < PROMPT
    time.sleep(0.1)
    assert watched.run.state().status == "paused"
    assert watched.run.snapshot_file.is_file()
    told = steps_told(watched.run.events()[0])
    time.sleep(0.3)
    assert steps_told(watched.run.events()[0]) == told
    watched.control.resume()
    assert watched.until(Resumed) < PROMPT
    assert watched.run.state().status == "running"
    while steps_told(watched.run.events()[0]) == told:
        time.sleep(0.01)
    events = watched.end()
    paused = next(event for event in events if isinstance(event, Paused))
    assert paused.step == told


def test_a_stopped_training_ends_at_once_and_keeps_its_weights(tmp_path: Path) -> None:
    watched = Watched(run_of(small(epochs=1000), tmp_path))
    watched.until(Steps)
    watched.control.stop()
    assert watched.until(Stopped) < PROMPT
    events = watched.end()
    assert watched.run.state().status == "stopped"
    assert events[-1] == Stopped(steps_told(events))
    module = build(watched.run.source_text()).eval()
    module.load_state_dict(load_file(watched.run.weights_file), strict=True)
    kept = load_file(watched.run.outputs_file)
    assert torch.equal(module(kept["inputs"]), kept["outputs"])


def test_a_paused_training_can_be_stopped(tmp_path: Path) -> None:
    watched = Watched(run_of(small(epochs=1000), tmp_path))
    watched.until(Steps)
    watched.control.pause()
    watched.until(Paused)
    watched.control.stop()
    assert watched.until(Stopped) < PROMPT
    assert not any(isinstance(event, Resumed) for event in watched.end())


def test_a_run_that_was_paused_ends_with_the_weights_of_one_that_was_not(tmp_path: Path) -> None:
    straight = run_of(small(epochs=6), tmp_path)
    train(straight, Control())
    watched = Watched(run_of(small(epochs=6), tmp_path))
    watched.control.pause()
    watched.until(Paused)
    watched.control.resume()
    watched.until(Started)
    watched.control.pause()
    time.sleep(0.05)
    watched.control.resume()
    watched.thread.join(60)
    assert watched.run.state().status == "finished"
    one, other = load_file(straight.weights_file), load_file(watched.run.weights_file)
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("wish", ["pause", "stop"])
def test_a_wish_is_granted_while_images_are_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wish: str
) -> None:
    from engine.data.datasets.digits import Digits

    monkeypatch.setattr(Digits, "read", slow(Digits.read, 1.5))
    assert issubclass(Digits, Dataset)
    watched = Watched(run_of(small(epochs=1000), tmp_path))
    time.sleep(0.4)
    getattr(watched.control, wish)()
    assert watched.until(Paused if wish == "pause" else Stopped) < PROMPT
    if wish == "pause":
        watched.control.resume()
        watched.until(Started)
    events = watched.end()
    assert watched.run.state().status == "stopped"
    assert watched.run.weights_file.is_file() == (steps_told(events) > 0)


def test_a_wish_is_granted_during_a_validation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered = threading.Event()
    objective = Objective.__call__

    def slow_loss(*args: object) -> object:
        if not torch.is_grad_enabled():  # Only the validation learns nothing.
            entered.set()
            time.sleep(0.1)
        return objective(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(Objective, "__call__", slow_loss)
    watched = Watched(run_of(small(epochs=1000), tmp_path))
    assert entered.wait(60)
    watched.control.pause()
    assert watched.until(Paused) < PROMPT
    watched.control.resume()
    assert watched.until(Resumed) < PROMPT
    watched.end()


def test_rate_and_epochs_are_changed_while_it_runs(tmp_path: Path) -> None:
    watched = Watched(run_of(small(epochs=1000), tmp_path))
    watched.until(Steps)
    watched.control.wish(Wish(rate=1e-5, epochs=1))
    watched.thread.join(60)
    events = watched.run.events()[0]
    changed = next(event for event in events if isinstance(event, Changed))
    assert changed.rate == 1e-5
    ends = [event for event in events if isinstance(event, EpochEnded)]
    # The epoch that was being trained came to its end, and no other was begun.
    assert changed.epochs == ends[-1].epoch
    assert isinstance(events[-1], Finished)


def test_a_checkpoint_is_written_on_request_in_a_paused_run_too(tmp_path: Path) -> None:
    watched = Watched(run_of(small(epochs=1000, checkpoint_every=1_000_000), tmp_path))
    watched.until(Steps)
    watched.control.pause()
    watched.until(Paused)
    watched.control.wish(Wish(checkpoint=True))
    paused = next(event for event in watched.run.events()[0] if isinstance(event, Paused))
    deadline = time.perf_counter() + 10
    while not folder_of(watched.run, paused.step).is_dir():
        assert time.perf_counter() < deadline
        time.sleep(0.01)
    watched.end()


def test_what_a_paused_run_is_changed_to_is_in_its_checkpoint(tmp_path: Path) -> None:
    watched = Watched(run_of(small(epochs=1000), tmp_path))
    watched.until(Steps)
    watched.control.pause()
    watched.until(Paused)
    step = next(event.step for event in watched.run.events()[0] if isinstance(event, Paused))
    watched.control.wish(Wish(rate=0.00125))
    watched.control.wish(Wish(epochs=2000))
    deadline = time.perf_counter() + 10
    found = (0.0, 0)
    while found != (0.00125, 2000):
        assert time.perf_counter() < deadline
        time.sleep(0.01)
        with suppress(RunError):
            standing = read_standing(folder_of(watched.run, step))
            found = standing.rate, standing.epochs
    # Nothing that was told before is lost to whoever goes on from there.
    events, _ = watched.run.events()
    assert isinstance(events[-2], Changed)
    assert watched.run.events_file.read_bytes()[: standing.events].endswith(
        b'2000, "rate": 0.00125}\n'
    )
    watched.end()
