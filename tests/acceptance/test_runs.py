"""Runs, by hand in the real window: trained, found again, opened, compared, gone on with, deleted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

import resources
from designer import session
from designer.compare.window import CompareWindow
from designer.runlist.rows import NAME
from engine.network import edits, storage
from engine.training.rundir import RunDirectory
from engine.training.standing import checkpoints
from tests.acceptance.hand import LEFT, Hand
from tests.acceptance.test_whole_way import show_tab


@pytest.fixture(autouse=True)
def trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's trash, in a place of the test's own."""
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def train(hand: Hand, epochs: int, kernels: int) -> RunDirectory:
    """Train the tiny template, a little changed, to its end."""
    window = hand.window
    project = storage.load(resources.TEMPLATES / "tiny_cnn.convo")
    project = edits.set_recipe(project, replace(project.recipe, epochs=epochs, device="cpu"))
    window.files.begin(edits.set_parameters(project, "conv1", out_channels=kernels))
    hand.click(window.bar.train)
    hand.wait(lambda: window.workshop.status == "finished")
    assert window.workshop.run is not None
    return window.workshop.run


def click_run(hand: Hand, row: int) -> None:
    table = hand.window.runs.table
    at = table.visualRect(hand.window.runs.model.index(row, NAME)).center()
    QTest.mouseClick(table.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, at)
    table.setFocus()


def test_a_run_is_found_opened_as_it_was_compared_and_deleted(hand: Hand) -> None:
    window = hand.window
    first, second = train(hand, 1, 4), train(hand, 2, 6)
    drawn = edits.set_name(window.document.project, "Unsaved")
    window.document.do("Rename", lambda _: drawn)
    assert window.document.modified
    show_tab(hand, "Runs")
    runs = window.runs
    hand.wait(lambda: [run.path for run in runs.model.shown] == [second.path, first.path])

    # Enter opens the network as it was; what was not saved is kept.
    click_run(hand, 1)
    hand.press(Qt.Key.Key_Return)
    assert window.document.project == first.project()
    kept = [storage.load(path) for path in session.replaced_folder().glob("*.convo")]
    assert drawn in kept
    hand.wait(lambda: len(window.training.record.epochs_ended) == 1)
    assert window.workshop.run == first and window.training.state.text() == "Finished"

    # Space marks both; their curves and differences are there.
    runs.table.selectAll()
    hand.press(Qt.Key.Key_Space)
    hand.click(runs.head.buttons["Curves"])
    hand.wait(lambda: runs.curves is not None and len(runs.curves.key.values[0]) == 2)
    hand.click(runs.head.buttons["Differences"])
    rows = dict(runs.differences.model.rows)
    assert rows["epochs"] == ("2", "1") and rows["conv1 out channels"] == ("6", "4")
    hand.click(runs.differences.beside)
    beside = window.findChild(CompareWindow)
    assert beside is not None and beside.isVisible()
    assert [side.project.recipe.epochs for side in beside.sides] == [2, 1]
    beside.close()
    window.activateWindow()
    hand.wait(window.isActiveWindow)

    # Delete takes the run away, and what is shown of it.
    hand.click(runs.head.buttons["List"])
    click_run(hand, 1)
    hand.press(Qt.Key.Key_Delete)
    assert not first.path.exists()
    assert window.workshop.status == "idle" and window.workshop.run is None


def test_the_code_and_weights_of_a_run_are_exported(hand: Hand, tmp_path: Path) -> None:
    window = hand.window
    run = train(hand, 1, 4)
    window.new()
    window.files.export_run(run, tmp_path / "net.py")
    assert window.toast.text == "Exported net.py and net.safetensors"
    assert (tmp_path / "net.py").read_text().startswith('"""')
    window.files.export_run(run, tmp_path / "net.txt")
    assert "does not end in .py" in window.toast.text


def test_a_stopped_run_goes_on_and_a_checkpoint_is_forked(hand: Hand) -> None:
    window, workshop = hand.window, hand.window.workshop
    project = storage.load(resources.TEMPLATES / "tiny_cnn.convo")
    recipe = replace(project.recipe, epochs=10_000, device="cpu")
    window.files.begin(edits.set_recipe(project, recipe))
    hand.click(window.bar.train)
    hand.wait(lambda: len(window.training.record.epochs_ended) >= 1)
    workshop.stop()
    hand.wait(lambda: workshop.status == "stopped")
    run = workshop.run
    assert run is not None
    ended = len(window.training.record.epochs_ended)
    window.new()
    show_tab(hand, "Runs")
    runs = window.runs
    hand.wait(lambda: len(runs.model.shown) == 1 and runs.model.shown[0].status == "stopped")
    click_run(hand, 0)
    runs.table.menu_requested.emit(QPoint(0, 0))
    menu = next(item for item in runs.findChildren(QMenu) if item.isVisible())
    next(action for action in menu.actions() if action.text().startswith("Go on")).trigger()
    menu.close()
    hand.wait(lambda: len(window.training.record.epochs_ended) > ended)
    assert workshop.run == run and window.document.project == run.project()
    workshop.stop()
    hand.wait(lambda: workshop.status == "stopped")

    folder = checkpoints(run)[-1]
    runs.fork_wanted.emit(runs.model.shown[0], folder)
    hand.wait(lambda: workshop.status == "running")
    assert workshop.run is not None and workshop.run != run
    assert workshop.run.state().parent == str(run.path)
    workshop.stop()
    hand.wait(lambda: workshop.status == "stopped")
