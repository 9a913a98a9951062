"""`convoscope runs`, with real runs on disk."""

from __future__ import annotations

import io
import json
import os
import time

import numpy as np
import pytest

from engine.recipe.sgd import SGD
from engine.training.about import About, read_about
from engine.training.events import EpochEnded, Started
from engine.training.rundir import runs_folder
from tests.engine.training.drawing import run_of, small, trained


@pytest.fixture
def make(data_home):
    def made(name="Small", accuracy=0.9, status="finished"):
        run = run_of(small(), runs_folder())
        run.update(name=name, device="cpu")
        run.append(
            Started("cpu", 1, 2, 10, 90, 10, 2970),
            EpochEnded(1, 10, 0.5, 0.5, 0.4, accuracy, 1000.0, 1.0),
        )
        run.update(status=status)
        return run

    return made


def test_without_runs_it_says_where_they_would_lie(convoscope):
    said = convoscope("runs")
    assert said.code == 0
    assert said.out == f"There is no run in {runs_folder()}.\n"
    assert convoscope("runs", "--json").out == "[]\n"


def test_the_list_is_sorted_and_filtered(convoscope, make):
    worse, better = make("Worse", 0.5), make("Better", 0.9)
    make("Unknown", None)
    convoscope("runs", "tag", better.path.name, "paper")
    told = json.loads(convoscope("runs", "--sort", "val_accuracy", "--json").out)
    assert [item["name"] for item in told] == ["Better", "Worse", "Unknown"]
    assert told[1]["path"] == str(worse.path)
    assert (told[0]["tags"], told[0]["best_loss"], told[0]["parameters"]) == (["paper"], 0.4, 2970)
    told = json.loads(convoscope("runs", "--tag", "paper", "--json").out)
    assert [item["name"] for item in told] == ["Better"]
    said = convoscope("runs")
    assert "90.00%" in said.out and "Better" in said.out and "…" not in said.out


def test_a_run_is_shown_with_its_classes_and_what_ails_it(convoscope, data_home):
    project = small(epochs=6, optimizer=SGD(learning_rate=1e-8))
    run, events = trained(project, runs_folder())
    told = json.loads(convoscope("runs", "show", run.path.name, "--json").out)
    assert [item["class"] for item in told["classes"]] == [str(digit) for digit in range(10)]
    matrix = np.array(told["confusion"])
    assert matrix.sum() == sum(item["images"] for item in told["classes"]) == 270
    end = next(event for event in reversed(events) if isinstance(event, EpochEnded))
    assert np.trace(matrix) / 270 == pytest.approx(end.val_accuracy)
    for place, item in enumerate(told["classes"]):
        assert item["recall"] == pytest.approx(matrix[place, place] / item["images"])
    assert [item["ailment"] for item in told["diagnosis"]] == ["RateTooLow"]
    said = convoscope("runs", "show", run.path.name).out
    assert "Learning rate too low: " in said and "recall" in said


def test_a_run_whose_guesses_are_damaged_is_shown_all_the_same(convoscope, make):
    run = make()
    file = run.predictions_file("validation")
    file.parent.mkdir()
    file.write_bytes(b"?")
    said = convoscope("runs", "show", run.path)
    assert said.code == 0 and "validation.safetensors is not a whole" in said.out
    told = json.loads(convoscope("runs", "show", run.path, "--json").out)
    assert "validation.safetensors" in told["trouble"]


def test_a_run_is_named_noted_and_tagged(convoscope, make):
    run = make()
    convoscope("runs", "name", run.path, "Wider [bold]x[/]")
    convoscope("runs", "note", run.path.name, "as in the paper")
    convoscope("runs", "tag", run.path, "a", "b")
    said = convoscope("runs", "tag", run.path, "a", "--remove")
    assert said.out == f"{run.path.name}: Wider [bold]x[/] · as in the paper · #b\n"
    assert read_about(run) == About("Wider [bold]x[/]", "as in the paper", ("b",))


def test_one_run_is_shown(convoscope, make):
    run = make()
    said = convoscope("runs", "show", run.path)
    assert "epochs      1 of 2, 10 steps" in said.out
    assert "validation  loss 0.4000, 90.00%" in said.out
    told = json.loads(convoscope("runs", "show", run.path, "--json").out)
    assert told["status"] == "finished" and told["seconds"] >= 0


def test_a_damaged_run_is_in_the_list_with_its_sentence(convoscope, make):
    run = make()
    run.state_file.write_text("{")
    said = convoscope("runs")
    assert said.code == 0
    assert "unreadable" in said.out and f"{run.state_file} cannot be read" in said.out


def test_a_run_is_deleted_only_when_that_is_wanted(convoscope, refused, make, monkeypatch):
    run, other = make(), make()
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert "add --yes" in refused("runs", "delete", run.path)
    assert run.state_file.is_file()
    assert convoscope("runs", "delete", run.path, "--yes").code == 0
    assert not run.path.exists() and other.path.is_dir()


def test_a_run_that_goes_on_is_not_deleted(refused, make):
    run = make(status="running")
    run.update(pid=os.getpid())
    assert "stop it before you delete it" in refused("runs", "delete", run.path, "--yes")
    assert run.state_file.is_file()


def test_a_run_that_nothing_is_heard_of_is_silent(convoscope, make):
    run = make(status="running")
    assert json.loads(convoscope("runs", "--json").out)[0]["status"] == "running"
    long_ago = time.time() - 3600
    for file in (run.state_file, run.events_file):
        os.utime(file, (long_ago, long_ago))
    assert json.loads(convoscope("runs", "--json").out)[0]["status"] == "silent"
    assert convoscope("runs", "delete", run.path, "--yes").code == 0


def test_what_is_no_run_is_refused(refused, tmp_path):
    assert "has no run.json" in refused("runs", "show", tmp_path)
    assert "is no run" in refused("runs", "name", "nowhere", "x")
    assert "invalid choice" in refused("runs", "--sort", "luck")
