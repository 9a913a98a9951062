"""Bad input and sudden deaths: a sentence that names place and cure, nothing lost, the window lives on."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from designer.app import MainWindow
from engine.network import edits, storage
from engine.network.project import DataChoice
from tests.acceptance.hand import Hand

HOSTILE = {
    "empty": b"",
    "truncated": b'{\n  "schema_version": 1,\n  "name": "LeNet-5",\n  "nodes": {"in',
    "binary": bytes(range(256)) * 8,
    "newer": b'{"schema_version": 99, "name": "x", "nodes": {}, "links": []}',
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "not a number": b'{"schema_version": NaN}',
    "unknown layer": b'{"schema_version": 1, "name": "x", "nodes": {"a": {"kind": "Eval"}}, "links": []}',
    "code for a name": b'{"schema_version": 1, "name": "x", "nodes": {"__import__(1)": {"kind": "ReLU"}}, "links": []}',
}


@pytest.fixture
def lenet(hand: Hand) -> MainWindow:
    hand.window.files.restore()
    return hand.window


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_bad_file_is_named_and_leaves_the_open_network_as_it_is(
    lenet: MainWindow, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"{kind}.convo"
    path.write_bytes(HOSTILE[kind])
    before = lenet.document.project
    assert lenet.files.open(path) is False
    assert lenet.document.project is before
    assert path.name in lenet.toast.text
    assert lenet.toast.isVisible()


def test_a_missing_file_is_named(lenet: MainWindow, tmp_path: Path) -> None:
    assert lenet.files.open(tmp_path / "gone.convo") is False
    assert "gone.convo" in lenet.toast.text


def failure(window: MainWindow) -> str:
    """The sentence that says why a run has failed: in the panel that is in front, and there alone."""
    assert window.training.failure.isVisible() and not window.toast.isVisible()
    return window.training.failure_text.text()


def test_a_missing_dataset_fails_the_run_with_its_place_and_cure(
    lenet: MainWindow, hand: Hand
) -> None:
    folder = "/nowhere/mnist"
    lenet.document.do("Data", lambda p: edits.set_data(p, DataChoice("mnist", folder)))
    lenet.train()
    hand.wait(lambda: lenet.workshop.status == "failed")
    assert folder in failure(lenet)
    lenet.document.undo()
    assert lenet.workshop.status == "idle" and not lenet.training.failure.isVisible()
    lenet.document.do("Less", lambda p: edits.set_recipe(p, p.recipe.changed(epochs=1)))
    lenet.train()
    hand.wait(lambda: lenet.workshop.status == "finished")


def test_a_device_that_is_not_there_is_said(lenet: MainWindow, hand: Hand) -> None:
    lenet.document.do("Device", lambda p: edits.set_recipe(p, p.recipe.changed(device="mps")))
    lenet.train()
    hand.wait(lambda: lenet.workshop.status == "failed")
    assert "mps" in failure(lenet).lower()


def test_a_failure_is_told_over_the_canvas_where_the_training_panel_is_not_seen(
    lenet: MainWindow, hand: Hand
) -> None:
    lenet.document.do("Device", lambda p: edits.set_recipe(p, p.recipe.changed(device="mps")))
    lenet.train()
    lenet.docks["Code"].raise_()
    hand.wait(lambda: lenet.workshop.status == "failed")
    assert lenet.toast.isVisible() and "mps" in lenet.toast.text.lower()


def test_a_trainer_killed_in_mid_epoch_is_told_and_keeps_the_last_snapshot(
    lenet: MainWindow, hand: Hand
) -> None:
    lenet.document.do("Long", lambda p: edits.set_recipe(p, p.recipe.changed(epochs=500)))
    lenet.train()
    hand.wait(lambda: lenet.training.record.steps > 20)
    run = lenet.workshop.run
    assert run is not None
    os.kill(run.state().pid, signal.SIGKILL)
    hand.wait(lambda: lenet.workshop.status == "failed")
    assert "killed by signal 9" in failure(lenet)
    assert "go on from its checkpoint of step " in failure(lenet)
    assert run.snapshot_file.is_file()
    assert run.snapshot_file.is_file()
    assert lenet.isVisible()
    assert lenet.document.analysis.parameters == 61_706


def test_what_was_not_saved_comes_back_after_closing(
    hand: Hand, lenet: MainWindow, data_home: Path
) -> None:
    lenet.document.do("Kernel", lambda p: edits.set_parameters(p, "conv1", kernel_size=3))
    changed = lenet.document.project
    lenet.close()
    assert json.loads((data_home / "session.json").read_text())["modified"] is True
    again = MainWindow(lenet.settings)
    hand.qtbot.addWidget(again)
    again.files.restore()
    assert again.document.project == changed
    assert again.document.modified
    again.close()


def test_a_network_replaced_before_it_was_saved_is_among_the_recent_files(
    lenet: MainWindow,
) -> None:
    lenet.document.do("Kernel", lambda p: edits.set_parameters(p, "conv1", kernel_size=3))
    changed = lenet.document.project
    lenet.new()
    (kept,) = lenet.files.unsaved()
    assert storage.load(kept) == changed
    lenet.files.open(kept)
    assert lenet.document.project == changed
    assert lenet.document.modified
    assert lenet.document.path is None


def test_a_save_that_fails_says_so_and_keeps_the_unsaved_mark(
    lenet: MainWindow, tmp_path: Path
) -> None:
    lenet.document.do("Kernel", lambda p: edits.set_parameters(p, "conv1", kernel_size=3))
    blocked = tmp_path / "a file"
    blocked.write_text("in the way")
    assert lenet.files.save_to(blocked / "net.convo") is False
    assert lenet.document.modified
    assert "net.convo" in lenet.toast.text


def test_a_training_outlives_the_window_and_the_next_window_picks_it_up(
    lenet: MainWindow, hand: Hand
) -> None:
    lenet.document.do("Long", lambda p: edits.set_recipe(p, p.recipe.changed(epochs=2000)))
    lenet.train()
    hand.wait(lambda: lenet.training.record.steps > 20)
    run = lenet.workshop.run
    assert run is not None
    steps = lenet.training.record.steps
    lenet.close()
    again = MainWindow(lenet.settings)
    hand.qtbot.addWidget(again)
    again.start(None)
    hand.wait(lambda: again.workshop.status == "running" and again.training.record.steps > steps)
    assert again.workshop.run == run
    again.workshop.stop()
    hand.wait(lambda: again.workshop.status == "stopped")
    assert run.weights_file.is_file()
    again.close()
