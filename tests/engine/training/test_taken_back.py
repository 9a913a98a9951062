"""A run that cannot be gone on with keeps all of what it has told."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from engine.training.control import Control
from engine.training.events import Failed, Resumed
from engine.training.loop import train
from engine.training.rundir import RunDirectory, UnwritableError
from engine.training.standing import checkpoints, reopen
from tests.engine.training.drawing import run_of, small


def full(*_args: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def killed(tmp_path: Path) -> RunDirectory:
    """A run that has told of more than its newest checkpoint holds."""
    run = run_of(small(epochs=2, checkpoint_every=10, keep_checkpoints=3), tmp_path)
    train(run, Control())
    shutil.rmtree(checkpoints(run)[-1])
    run.update(status="failed", message="It was killed.")
    return run


@pytest.mark.parametrize("place", ["os.posix_fallocate", "engine.training.rundir.replace_file"])
def test_a_run_is_left_as_it_was_where_there_is_no_room_to_go_on(
    killed: RunDirectory, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = killed.events_file.read_bytes(), killed.state(), checkpoints(killed)
    monkeypatch.setattr(place, full, raising=False)
    if place.startswith("os") and not hasattr(os, "fork"):
        pytest.skip("room is found by another call here")
    with pytest.raises(UnwritableError, match="cannot be written"):
        reopen(killed)
    assert (killed.events_file.read_bytes(), killed.state(), checkpoints(killed)) == before
    assert not list(killed.path.glob("taken-back-*"))


def test_what_was_cut_off_is_told_again_where_the_run_fails_before_it_goes_on(
    killed: RunDirectory,
) -> None:
    before = killed.events()[0]
    reopen(killed)
    assert len(killed.events()[0]) < len(before)
    killed.source_file.write_text("no module")
    train(killed, Control())
    events = killed.events()[0]
    assert events[: len(before)] == before and isinstance(events[-1], Failed)
    assert not list(killed.path.glob("taken-back-*"))


def test_what_was_cut_off_is_forgotten_once_the_run_goes_on(killed: RunDirectory) -> None:
    step = reopen(killed).step
    assert list(killed.path.glob("taken-back-*"))
    train(killed, Control())
    assert not list(killed.path.glob("taken-back-*"))
    assert Resumed(step) in killed.events()[0]
    assert killed.state().status == "finished"


def test_what_a_killed_trainer_has_left_cut_off_is_put_back_by_the_next(
    killed: RunDirectory,
) -> None:
    before = killed.events_file.read_bytes()
    killed.take_back(len(before) // 2)
    killed.take_back(len(before) // 3)
    killed.put_back()
    assert killed.events_file.read_bytes() == before
