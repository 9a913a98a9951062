"""The training panel, fed with a run's events."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.panels.training import TrainingPanel
from designer.topbar import TopBar
from designer.workshop import Workshop
from engine.network import edits
from engine.recipe.mse import MSELoss
from engine.training.events import (
    EpochEnded,
    Event,
    Failed,
    Finished,
    Measured,
    Preparing,
    Started,
    Steps,
)


@pytest.fixture
def panel(lenet: Document, workshop: Workshop, qtbot: QtBot) -> TrainingPanel:
    widget = TrainingPanel(lenet, workshop)
    qtbot.addWidget(widget)
    widget.resize(900, 260)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def story(epochs: int = 2) -> list[Event]:
    events: list[Event] = [Started("cpu", 1, epochs, 10, 320, 32, 61706)]
    for epoch in range(1, epochs + 1):
        events += [
            Steps(10 * epoch, (1.0 / epoch,) * 10, (0.5,) * 10, 12430.0, 75.0),
            EpochEnded(epoch, 10 * epoch, 0.5, 0.5, 0.4, 0.9 + epoch / 100, 12430.0, 75.0),
        ]
    return events


def test_before_the_first_run_it_says_what_to_do(panel: TrainingPanel, qtbot: QtBot) -> None:
    assert panel.empty.isVisible()
    assert "Press Train" in panel.empty.hint.text()
    with qtbot.waitSignal(panel.train_requested):
        QTest.mouseClick(panel.train, Qt.MouseButton.LeftButton)


def test_a_broken_network_cannot_be_trained(lenet: Document, panel: TrainingPanel) -> None:
    lenet.do("Break", lambda p: edits.remove_and_reconnect(p, ["flatten1"]))
    assert not panel.train.isEnabled()
    lenet.undo()
    assert panel.train.isEnabled()


def test_preparing_tells_what_is_done(
    panel: TrainingPanel, workshop: Workshop, qtbot: QtBot
) -> None:
    workshop._set_status("preparing")
    workshop.events.emit([Preparing("Reading MNIST", 0.5)])
    qtbot.waitUntil(lambda: panel.empty.hint.text() == "Reading MNIST")
    assert panel.bar.value() == 500


def test_a_run_before_its_first_step_does_not_ask_for_train_again(
    lenet: Document, panel: TrainingPanel, workshop: Workshop, qtbot: QtBot
) -> None:
    bar = TopBar(lenet, workshop, defaultdict(lambda: QAction(panel)), panel)
    workshop._set_status("preparing")
    workshop._set_status("running")
    workshop.events.emit(story()[:1])
    qtbot.waitUntil(lambda: panel.empty.title.text() == "Training")
    assert "Press Train" not in panel.empty.hint.text()
    assert bar.caption.text() == "Epoch 1 of 2"
    workshop.events.emit(story()[1:2])
    assert bar.caption.text() == "Epoch 1 of 2 · 1 min 15 s left"


def test_a_run_is_shown_live(panel: TrainingPanel, workshop: Workshop, qtbot: QtBot) -> None:
    workshop._set_status("preparing")
    workshop._set_status("running")
    workshop.events.emit(story())
    qtbot.waitUntil(lambda: panel.curves is not None and panel.curves.isVisible())
    assert panel.figures.whole == (
        "epoch 2 of 2 · 12,430 images/s · 1 min 15 s left · best validation 92.0 % in epoch 2"
    )
    assert panel.state.text() == "Training"
    assert panel.curves
    assert panel.curves.second.legend.entries[1][1] == "92.0 %"


def test_a_run_without_accuracy_shows_its_speed_beside_the_loss(
    lenet: Document, panel: TrainingPanel, workshop: Workshop, qtbot: QtBot, tmp_path: Path
) -> None:
    lenet.do("Rebuild", lambda p: edits.set_recipe(p, replace(p.recipe, loss=MSELoss())))
    workshop._set_status("preparing")
    workshop._set_status("running")
    told: list[Event] = [Started("cpu", 1, 2, 10, 320, 32, 741, "mean squared error", False)]
    for epoch in (1, 2):
        told += [
            Steps(10 * epoch, (0.5 / epoch,) * 10, (), 12430.0, 75.0),
            EpochEnded(epoch, 10 * epoch, 0.5, None, 0.4 / epoch, None, 12430.0, 75.0),
        ]
    workshop.events.emit(told)
    qtbot.waitUntil(lambda: panel.curves is not None and panel.curves.isVisible())
    assert panel.curves
    assert panel.curves.second.what == "speeds"
    assert panel.curves.chooser.text() == "Throughput"
    offered = [item.text() for item in panel.curves.chooser.menu().actions() if item.isEnabled()]
    assert offered == ["Throughput"]
    assert panel.curves.loss.item.getAxis("left").labelText == "mean squared error"
    assert panel.figures.whole.endswith("best validation loss 0.2 in epoch 2")
    qtbot.waitUntil(panel.exporter.isVisible)
    panel.export(tmp_path / "curves.png")
    workshop.events.emit([Finished(0.15, None, "Ended after epoch 2: enough.")])
    workshop._set_status("finished")
    assert panel.figures.whole.endswith("test loss 0.15 · Ended after epoch 2: enough")
    # The next run knows an accuracy again.
    workshop._set_status("preparing")
    workshop._set_status("running")
    workshop.events.emit(story())
    qtbot.waitUntil(lambda: panel.curves is not None and panel.curves.second.what == "accuracy")
    assert panel.curves.loss.item.getAxis("left").labelText == "cross-entropy (nats)"
    qtbot.waitUntil(panel.exporter.isVisible)


def sampled() -> list[Event]:
    events = story()
    rows: tuple[tuple[float | None, ...], ...] = ((), (), (), (), ())
    events.insert(2, Measured(10, 1.5, 2e-3, 312_000_000, (), *rows))
    events.insert(4, Measured(20, 0.5, 1e-3, 313_000_000, (), *rows))
    events[3] = replace(events[3], val_top5=0.995)
    events[1] = replace(events[1], rate=0.003)
    return events


@pytest.mark.parametrize(
    ("title", "axis", "told"),
    [
        ("Learning rate", "learning rate", "0.003"),
        ("Gradient norm", "gradient norm (L2)", "0.5"),
        ("Update to weight", "|update| / |weight|", "0.001"),
        ("Throughput", "images/s", "12,430/s"),
        ("Memory", "memory (MB)", "313 MB"),
    ],
)
def test_beside_the_loss_something_else_can_be_drawn(
    panel: TrainingPanel,
    workshop: Workshop,
    qtbot: QtBot,
    tmp_path: Path,
    title: str,
    axis: str,
    told: str,
) -> None:
    workshop._set_status("running")
    workshop.events.emit(sampled())
    qtbot.waitUntil(lambda: panel.curves is not None and panel.curves.isVisible())
    assert panel.curves
    assert panel.curves.second.legend.entries[2][:2] == ("among the first five", "99.5 %")
    action = next(i for i in panel.curves.chooser.menu().actions() if i.text() == title)
    assert action.isEnabled()
    action.trigger()
    QTest.keyClick(panel.smoothing, Qt.Key.Key_Home)
    plot = panel.curves.second
    assert plot.item.getAxis("left").labelText == axis
    assert [value for _, value, _ in plot.legend.entries] == [told]
    assert panel.curves.chooser.text() == title and action.isChecked()
    assert panel.second_log.isVisible()
    assert panel.second_log.isChecked() == (title in ("Gradient norm", "Update to weight"))
    panel.export(tmp_path / "curves.svg")
    assert f">{title}<" in (tmp_path / "curves.svg").read_text(encoding="utf-8")


def test_in_a_low_panel_the_axes_are_named_where_there_is_room(
    panel: TrainingPanel, workshop: Workshop, qtbot: QtBot
) -> None:
    workshop._set_status("running")
    workshop.events.emit(story())
    qtbot.waitUntil(lambda: panel.curves is not None and panel.curves.isVisible())
    assert panel.curves
    panel.resize(900, 420)
    QApplication.processEvents()
    loss = panel.curves.loss
    assert loss.legend.unit == ""
    panel.resize(900, 174)
    QApplication.processEvents()
    assert loss.legend.unit == "cross-entropy (nats)"
    below = loss.item.getAxis("bottom")
    assert below.label.isVisible() and below.label.pos().x() < 0
    # Nothing of it is cut: the whole axis fits below the plot.
    assert below.sceneBoundingRect().bottom() <= loss.plot.height() + 1


def test_before_an_autoencoder_is_trained_no_accuracy_is_promised(
    lenet: Document, panel: TrainingPanel
) -> None:
    lenet.do("Rebuild", lambda p: edits.set_recipe(p, replace(p.recipe, loss=MSELoss())))
    panel.hide()
    panel.show()
    assert "Press Train to see the loss" in panel.empty.hint.text()


def test_the_buttons_fit_the_state(
    panel: TrainingPanel, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for name in ("pause", "resume", "stop"):
        monkeypatch.setattr(workshop, name, lambda name=name: asked.append(name))
    workshop._set_status("running")
    assert not panel.train.isVisible()
    QTest.mouseClick(panel.pause, Qt.MouseButton.LeftButton)
    workshop._set_status("paused")
    assert panel.pause.text() == "Resume"
    QTest.mouseClick(panel.pause, Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.stop, Qt.MouseButton.LeftButton)
    assert asked == ["pause", "resume", "stop"]
    workshop._set_status("stopped")
    assert panel.train.isVisible() and not panel.stop.isVisible()


def test_a_failure_is_told_in_its_sentence_and_goes_with_the_next_run(
    panel: TrainingPanel, workshop: Workshop
) -> None:
    workshop._set_status("running")
    workshop.events.emit([*story(), Failed("The trainer ended; train again.")])
    workshop._set_status("failed")
    assert panel.failure.isVisible()
    assert panel.failure_text.text() == "The trainer ended; train again."
    workshop._set_status("preparing")
    assert not panel.failure.isVisible()


def test_a_failure_is_over_when_something_else_would_be_trained(
    lenet: Document, panel: TrainingPanel, workshop: Workshop
) -> None:
    workshop.set_project(lenet.project, lenet.source)
    workshop._set_status("running")
    workshop.events.emit([*story(), Failed("The loss became nan.")])
    workshop._set_status("failed")
    assert panel.tells("The loss became nan.") and not panel.tells("Another one.")
    lenet.do("Move", lambda p: edits.move(p, {"conv1": (5.0, 5.0)}))
    workshop.set_project(lenet.project, lenet.source)
    assert panel.state.text() == "Failed"
    lenet.do("Set epochs", lambda p: edits.set_recipe(p, replace(p.recipe, epochs=9)))
    workshop.set_project(lenet.project, lenet.source)
    assert panel.state.text() == "Ready"
    assert not panel.failure.isVisible()


def test_the_end_tells_the_test_accuracy(
    panel: TrainingPanel, workshop: Workshop, qtbot: QtBot
) -> None:
    workshop._set_status("running")
    workshop.events.emit([*story(), Finished(0.1, 0.981)])
    workshop._set_status("finished")
    assert panel.figures.whole.endswith("test 98.1 %")
    assert "left" not in panel.figures.whole


def test_what_happens_while_it_is_hidden_is_there_when_it_comes_back(
    panel: TrainingPanel, workshop: Workshop, qtbot: QtBot
) -> None:
    panel.hide()
    workshop._set_status("running")
    workshop.events.emit(story())
    assert panel.curves is None
    panel.show()
    qtbot.waitUntil(lambda: panel.curves is not None and panel.curves.isVisible())
    assert panel.record.steps == 20


def test_smoothing_is_set_with_the_keyboard(
    panel: TrainingPanel, workshop: Workshop, qtbot: QtBot
) -> None:
    workshop._set_status("running")
    workshop.events.emit(story())
    qtbot.waitUntil(lambda: panel.curves is not None)
    QTest.keyClick(panel.smoothing, Qt.Key.Key_Home)
    assert panel.window_steps == 1
    assert panel.curves and panel.curves.loss.legend.note == ""
    QTest.keyClick(panel.smoothing, Qt.Key.Key_End)
    assert panel.curves.loss.legend.note == "mean of 1,000 steps"


def test_curves_are_exported_by_their_ending(
    panel: TrainingPanel, workshop: Workshop, qtbot: QtBot, tmp_path: Path
) -> None:
    workshop._set_status("running")
    workshop.events.emit(story())
    qtbot.waitUntil(lambda: panel.curves is not None)
    for ending in ("png", "svg", "csv"):
        with qtbot.waitSignal(panel.said) as said:
            panel.export(tmp_path / f"curves.{ending}")
        assert said.args == [f"The curves are in {tmp_path / f'curves.{ending}'}."]
        assert (tmp_path / f"curves.{ending}").stat().st_size > 100
    with qtbot.waitSignal(panel.said) as said:
        panel.export(tmp_path / "nowhere" / "curves.csv")
    assert said.args and "could not be written" in said.args[0]


def test_a_thousand_points_a_second_late_in_a_long_run_cost_little(
    panel: TrainingPanel, workshop: Workshop, qtbot: QtBot
) -> None:
    # An hour of a thousand steps a second has gone by. CPU time, since others share the machine.
    workshop._set_status("running")
    panel.record.add([Started("cpu", 1, 2000, 3600, 1, 1, 1)])
    part = tuple(0.001 * (place % 700) for place in range(40_000))
    for end in range(40_000, 3_600_001, 40_000):
        panel.record.add([Steps(end, part, part, 1.0, 1.0)])
    workshop.events.emit([Preparing("", 1.0)])
    qtbot.waitUntil(lambda: panel.curves is not None and panel.curves.isVisible())
    step = panel.record.steps
    spent: list[float] = []
    until = time.perf_counter() + 3
    while time.perf_counter() < until:
        step += 33
        workshop.events.emit([Steps(step, part[:33], part[:33], 1000.0, 1.0)])
        start = time.process_time()
        QApplication.processEvents()
        spent.append(time.process_time() - start)
        time.sleep(0.03)
    spent.sort()
    assert panel.record.steps == step
    assert spent[int(len(spent) * 0.99)] < 0.1
