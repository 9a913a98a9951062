"""Runs are summed up as they are, while they are written, and when they are damaged."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from engine.training.about import change_about
from engine.training.events import (
    Changed,
    EpochEnded,
    Failed,
    Finished,
    Started,
    Steps,
    decode,
    encode,
)
from engine.training.rundir import RunDirectory
from engine.training.summary import CHUNK, Reading, Summary
from tests.engine.training.drawing import run_of, small, trained


def summed_up(run: RunDirectory) -> Summary:
    reading = Reading(run.path)
    reading.look()
    return reading.summary


def epoch(number: int, loss: float, accuracy: float | None) -> EpochEnded:
    return EpochEnded(number, 10 * number, loss, accuracy, loss, accuracy, 1000.0, 1.0)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return run_of(small(seed=7, epochs=3), tmp_path)


def test_a_trained_run_says_what_came_of_it(tmp_path: Path) -> None:
    run, events = trained(small(epochs=2), tmp_path)
    ends = [event for event in events if isinstance(event, EpochEnded)]
    found = summed_up(run)
    assert (found.name, found.status, found.epochs, found.epochs_done) == (
        "Small",
        "finished",
        2,
        2,
    )
    assert found.val_loss == ends[-1].val_loss and found.val_accuracy == ends[-1].val_accuracy
    assert found.best_loss == min(end.val_loss or 0.0 for end in ends)
    assert found.best_accuracy == max(end.val_accuracy or 0.0 for end in ends)
    assert found.step == ends[-1].step
    assert found.parameters == 80 + 2890
    assert (found.data, found.optimizer, found.learning_rate) == ("digits", "Adam", 0.01)
    assert (found.batch_size, found.device, found.trouble) == (64, "cpu", "")
    assert found.seconds is not None and 0 < found.seconds < 100
    assert not found.live


def test_a_run_that_has_not_begun_is_known_by_its_recipe(run: RunDirectory) -> None:
    found = summed_up(run)
    assert (found.status, found.seed, found.epochs, found.epochs_done) == ("preparing", 7, 3, 0)
    assert (found.val_loss, found.parameters, found.trouble) == (None, None, "")
    assert found.live


def test_only_what_is_new_is_read(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Reading(run.path)
    run.append(Started("cpu", 1, 3, 10, 90, 10, 61), *[Steps(1, (1.0,), (0.5,), 1.0, 1.0)] * 99)
    assert reading.look()
    assert not reading.look()
    decoded: list[str] = []
    real = decode
    monkeypatch.setattr(
        "engine.training.summary.decode", lambda line: decoded.append(line) or real(line)
    )
    run.append(Steps(9, (1.0,), (0.5,), 1.0, 1.0), Steps(10, (1.0,), (0.5,), 1.0, 1.0))
    run.append(epoch(1, 0.7, 0.6))
    assert reading.look()
    assert [json.loads(line)["event"] for line in decoded] == ["EpochEnded", "Steps"]
    assert (reading.summary.step, reading.summary.val_accuracy) == (10, 0.6)
    assert reading.summary.parameters == 61


def test_the_best_epoch_is_not_the_last(run: RunDirectory) -> None:
    run.append(epoch(1, 0.9, 0.5), epoch(2, 0.4, 0.8), epoch(3, 0.6, 0.7))
    found = summed_up(run)
    assert (found.val_loss, found.val_accuracy) == (0.6, 0.7)
    assert (found.best_loss, found.best_accuracy) == (0.4, 0.8)


def test_without_accuracy_there_is_a_loss_alone(run: RunDirectory) -> None:
    run.append(epoch(1, 0.9, None), Finished(0.5))
    found = summed_up(run)
    assert (found.val_loss, found.best_accuracy, found.test_loss) == (0.9, None, 0.5)


def test_a_story_longer_than_what_is_read_at_a_time_is_read_whole(run: RunDirectory) -> None:
    line = Steps(1, (0.123456789,) * 500, (0.5,) * 500, 1000.0, 5.0)
    run.append(*[line] * 300)
    run.append(epoch(1, 0.5, 0.5))
    run.append(*[line] * 300)
    assert run.events_file.stat().st_size > 2 * CHUNK
    assert summed_up(run).epochs_done == 1


def test_a_last_line_that_is_being_written_waits(run: RunDirectory) -> None:
    reading = Reading(run.path)
    whole = encode(epoch(1, 0.5, 0.6)) + "\n"
    with run.events_file.open("a") as file:
        file.write(whole[:50])
        file.flush()
        reading.look()
        assert (reading.summary.epochs_done, reading.summary.trouble) == (0, "")
        file.write(whole[50:])
    assert reading.look()
    assert reading.summary.epochs_done == 1


def test_events_that_were_replaced_are_read_from_their_beginning(run: RunDirectory) -> None:
    run.append(epoch(1, 0.5, 0.9), epoch(2, 0.5, 0.9))
    reading = Reading(run.path)
    reading.look()
    run.events_file.write_text(encode(epoch(1, 0.7, 0.3)) + "\n")
    assert reading.look()
    found = reading.summary
    assert (found.epochs_done, found.best_accuracy, found.best_loss) == (1, 0.3, 0.7)


def test_a_run_that_was_taken_back_and_has_gone_on_is_read_from_its_beginning(
    run: RunDirectory,
) -> None:
    run.append(epoch(1, 0.5, 0.6))
    checkpoint = run.events_file.stat().st_size
    run.append(epoch(2, 0.2, 0.9))
    reading = Reading(run.path)
    reading.look()
    run.take_back(checkpoint)
    run.append(Changed(10, 5, 0.1), *(epoch(number, 0.4, 0.7) for number in range(2, 6)))
    assert reading.look()
    found = reading.summary
    assert (found.epochs_done, found.epochs, found.best_accuracy) == (5, 5, 0.7)


def test_a_forked_run_names_what_it_came_from(run: RunDirectory) -> None:
    run.update(parent="/runs/first", parent_step=120)
    assert (summed_up(run).parent, summed_up(run).parent_step) == ("/runs/first", 120)


def test_a_name_given_later_is_seen(run: RunDirectory) -> None:
    reading = Reading(run.path)
    reading.look()
    change_about(run, name="First", tags=["a"])
    assert reading.look()
    assert (reading.summary.name, reading.summary.about.tags) == ("First", ("a",))


def test_the_end_tells_of_the_test_images(run: RunDirectory) -> None:
    run.append(epoch(1, 0.9, 0.6), Finished(0.8, 0.7))
    found = summed_up(run)
    assert (found.test_loss, found.test_accuracy) == (0.8, 0.7)


def test_a_failure_keeps_its_sentence(run: RunDirectory) -> None:
    run.append(Failed("The loss became nan."))
    run.update(status="failed", message="The loss became nan.")
    assert summed_up(run).message == "The loss became nan."


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("run.json", b"", "run.json cannot be read"),
        ("run.json", b"{", "run.json cannot be read"),
        ("run.json", b"[" * 100_000, "run.json cannot be read"),
        ("run.json", b'{"status": "dancing"}', "run.json cannot be read"),
        ("run.json", b"\xff\xfe\x00", "run.json cannot be read"),
        ("about.json", b"{", "about.json is damaged"),
        ("project.convo", b"", "project.convo cannot be opened: it is empty"),
        ("project.convo", b"\x89PNG", "project.convo cannot be opened"),
        ("events.jsonl", b"\x00\x01\n\n{}\n", "2 lines of"),
        ("events.jsonl", b'{"event": "Steps", "step": 3\n', "1 line of"),
        ("events.jsonl", b'{"event": "Danced", "step": 3}\n', "1 line of"),
    ],
)
def test_a_damaged_file_is_named_and_the_rest_is_read(
    run: RunDirectory, name: str, content: bytes, sentence: str
) -> None:
    run.append(epoch(1, 0.5, 0.9))
    (run.path / name).write_bytes(content)
    found = summed_up(run)
    assert sentence in found.trouble and str(run.path) in found.trouble
    assert found.trouble.count("\n") == 0
    assert found.network == "Small"
    if name != "events.jsonl":
        assert found.epochs_done == 1
    if name == "run.json":
        assert (found.status, found.live) == ("unreadable", False)


@pytest.mark.parametrize("name", ["run.json", "project.convo", "events.jsonl"])
def test_a_missing_file_is_named_and_found_again(run: RunDirectory, name: str) -> None:
    file, aside = run.path / name, run.path / "aside"
    file.rename(aside)
    reading = Reading(run.path)
    reading.look()
    assert name in reading.summary.trouble
    aside.rename(file)
    assert reading.look()
    assert reading.summary.trouble == ""
    assert reading.summary.network == "Small"


def test_a_folder_in_the_place_of_a_file_is_no_end(run: RunDirectory) -> None:
    run.events_file.unlink()
    run.events_file.mkdir()
    assert "events.jsonl cannot be read: it is a folder." in summed_up(run).trouble


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions bind no root")
def test_a_file_that_may_not_be_read_is_tried_again(run: RunDirectory) -> None:
    run.events_file.chmod(0)
    reading = Reading(run.path)
    reading.look()
    assert "you have no permission" in reading.summary.trouble
    run.events_file.chmod(0o600)
    assert reading.look() and reading.summary.trouble == ""


def test_a_run_that_has_gone_is_said_to_have_gone(run: RunDirectory) -> None:
    reading = Reading(run.path)
    reading.look()
    run.path.rename(run.path.with_name("moved"))
    assert reading.look()
    assert reading.summary.trouble == f"{run.path} is not there any more."
    assert not reading.look()
