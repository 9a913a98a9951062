"""Studies trained by real processes: to the end, interrupted, killed and resumed."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.studies.errors import StudyError
from engine.studies.folder import StudyDirectory
from engine.studies.outcomes import Outcomes
from engine.studies.study import Study
from engine.training.events import Steps
from engine.training.rundir import RunDirectory
from engine.workers.conductor import Conductor
from engine.workers.handles import StudyHandle
from engine.workers.messages import Pause, Resume, Stop
from tests.engine.studies.drawing import sweep

WaitFor = Callable[..., float]


def conduct(conductor: Conductor, until: Callable[[], object] = lambda: False) -> None:
    """Train until something holds, or to the end."""
    limit = time.monotonic() + 60
    while not conductor.done and not until():
        conductor.look()
        time.sleep(0.02)
        assert time.monotonic() < limit


def made(study: Study, path: Path) -> Outcomes:
    folder = StudyDirectory.create_at(path / "Studie é", study)
    folder.update(threads=1)
    return Outcomes(folder, study)


def losses_of(run: RunDirectory) -> list[float]:
    events, _ = run.events()
    return [loss for event in events if isinstance(event, Steps) for loss in event.losses]


def statuses(outcomes: Outcomes) -> list[str]:
    outcomes.look()
    return [item.status for item in outcomes.all]


def test_a_study_trains_every_run_and_survives_one_that_fails(
    runtime: Path, tmp_path: Path
) -> None:
    study = sweep("optimizer.learning_rate=0.01,100", "optimizer=sgd", seeds=1, batch_size=16)
    outcomes = made(study, tmp_path)
    # One was made but never begun, as where the power went off.
    early = outcomes.folder.begin(study, study.trials[0])
    conductor = Conductor(outcomes.folder)
    conduct(conductor)
    outcomes.look()
    good, bad = outcomes.all
    assert good.status == "finished" and good.last is not None
    assert good.last.val_accuracy is not None and good.last.val_accuracy > 0.5
    assert bad.status == "failed" and "lower the learning rate" in bad.message
    assert early.weights_file.is_file()
    assert outcomes.folder.runner().status == "finished"
    assert outcomes.folder.runner().pid == 0
    assert (outcomes.done, outcomes.part, outcomes.seconds_left()) == (2, 1.0, 0.0)


def test_an_interrupted_study_goes_on_and_has_the_losses_of_one_that_was_not(
    runtime: Path, tmp_path: Path
) -> None:
    study = sweep("batch_size=8,16", epochs=3)
    outcomes = made(study, tmp_path)
    first = outcomes.folder.run_of(study, study.trials[0])
    conductor = Conductor(outcomes.folder)
    conduct(conductor, lambda: first.events_file.is_file() and losses_of(first))
    conductor.stop()
    conduct(conductor)
    assert outcomes.folder.runner().status == "stopped"
    assert statuses(outcomes) == ["stopped", "waiting"]
    outcomes.folder.update(at_once=2)
    conduct(Conductor(outcomes.folder))
    assert statuses(outcomes) == ["finished", "finished"]
    whole = made(study, tmp_path / "whole")
    conduct(Conductor(whole.folder))
    for trial in study.trials:
        one, other = (item.folder.run_of(study, trial) for item in (outcomes, whole))
        assert losses_of(one) == losses_of(other)
        assert one.weights_file.read_bytes() == other.weights_file.read_bytes()
    # What is finished is not trained again.
    written = first.weights_file.stat().st_mtime_ns
    conduct(Conductor(outcomes.folder))
    assert first.weights_file.stat().st_mtime_ns == written


def test_a_full_disk_ends_a_study_and_deletes_no_run_of_it(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = sweep("batch_size=8,16", epochs=3)
    outcomes = made(study, tmp_path)
    first = outcomes.folder.run_of(study, study.trials[0])
    conductor = Conductor(outcomes.folder)
    conduct(conductor, lambda: first.events_file.is_file() and losses_of(first))
    conductor.stop()
    conduct(conductor)
    before = first.events_file.read_bytes()

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("engine.training.standing._find_room", full)
    conduct(Conductor(outcomes.folder))
    assert first.events_file.read_bytes() == before
    assert "no space left" in outcomes.folder.runner().message


def test_a_run_whose_living_process_does_not_answer_is_not_deleted(
    runtime: Path, tmp_path: Path
) -> None:
    study = sweep("batch_size=8,16", epochs=1)
    outcomes = made(study, tmp_path)
    run = outcomes.folder.begin(study, study.trials[0])
    run.update(status="running", pid=os.getpid(), address="nowhere")
    conduct(Conductor(outcomes.folder))
    assert run.source_file.is_file()
    said = outcomes.folder.runner().message
    assert f"is trained by process {os.getpid()}, which does not answer" in said


def test_a_process_of_its_own_trains_on_without_a_window_and_obeys_the_next(
    runtime: Path, tmp_path: Path, wait_for: WaitFor
) -> None:
    study = sweep("batch_size=8,16", epochs=100_000)
    outcomes = made(study, tmp_path)
    handle = StudyHandle.spawn_warm()
    handle.start(outcomes.folder.path)
    wait_for(lambda: statuses(outcomes)[0] == "running")
    assert outcomes.folder.runner().pid == handle.pid
    with pytest.raises(StudyError, match=f"is being trained by process {handle.pid}; stop that"):
        Conductor(outcomes.folder)
    handle.close()
    other = StudyHandle.attach(outcomes.folder.path)
    other.send(Pause())
    wait_for(lambda: statuses(outcomes)[0] == "paused")
    assert outcomes.folder.runner().status == "paused"
    other.send(Resume())
    wait_for(lambda: statuses(outcomes)[0] == "running")
    other.send(Stop())
    wait_for(lambda: not other.alive())
    other.close()
    assert statuses(outcomes) == ["stopped", "waiting"]
    assert outcomes.folder.runner().status == "stopped"


def test_a_killed_conductor_leaves_its_run_going_and_the_next_one_finds_it(
    runtime: Path, tmp_path: Path, wait_for: WaitFor
) -> None:
    study = sweep("batch_size=8,16", epochs=100_000)
    outcomes = made(study, tmp_path)
    handle = StudyHandle.spawn_warm()
    handle.start(outcomes.folder.path)
    wait_for(lambda: statuses(outcomes)[0] == "running")
    os.kill(handle.pid, signal.SIGKILL)
    wait_for(lambda: not handle.alive())
    handle.close()
    first = outcomes.folder.run_of(study, study.trials[0])
    pid = first.state().pid
    conductor = Conductor(outcomes.folder)
    conduct(conductor, lambda: len(losses_of(first)) > 20)
    assert first.state().pid == pid
    conductor.stop()
    conduct(conductor)
    assert statuses(outcomes) == ["stopped", "waiting"]
