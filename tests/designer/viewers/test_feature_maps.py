"""The feature-map viewer: what it asks, what it shows, and with a real lab."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.lab import Lab
from designer.viewers.feature_maps import VIEWER, FeatureMaps
from designer.workshop import Workshop
from engine.network import edits
from engine.workers.messages import Observation, Observe

PATIENCE = 60_000


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Observe | None]:
    """Every standing question; no worker hears of them."""
    questions: list[Observe | None] = []
    monkeypatch.setattr(Lab, "watch", lambda self, question, viewer="": questions.append(question))
    return questions


@pytest.fixture
def workshop(qtbot: QtBot) -> Iterator[Workshop]:
    made = Workshop()
    yield made
    made.close()


@pytest.fixture
def viewer(
    lenet: Document, workshop: Workshop, asked: list[Observe | None], qtbot: QtBot
) -> FeatureMaps:
    widget = FeatureMaps(lenet, workshop)
    qtbot.addWidget(widget)
    widget.resize(900, 300)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def answer(
    node: str, activation: np.ndarray, sample: int = 0, weights: str = "step 120"
) -> Observation:
    probabilities = np.full(10, 0.01, np.float32)
    probabilities[3] = 0.91
    return Observation(
        node=node,
        sample=sample,
        samples=50,
        activation=activation.astype(np.float32),
        image=np.full((1, 32, 32), 128, np.uint8),
        label=3,
        probabilities=probabilities,
        weights=weights,
        viewer=VIEWER,
    )


def test_it_asks_for_the_first_maps_when_shown_and_for_nothing_when_hidden(
    viewer: FeatureMaps, asked: list[Observe | None]
) -> None:
    assert asked == [Observe(sample=0, node="conv1", viewer=VIEWER)]
    viewer.hide()
    assert asked[-1] is None
    viewer.show()
    assert asked[-1] == Observe(sample=0, node="conv1", viewer=VIEWER)


def test_it_follows_the_selection_until_it_is_pinned(
    lenet: Document, viewer: FeatureMaps, asked: list[Observe | None]
) -> None:
    lenet.select(["pool1"])
    assert viewer.node == "pool1"
    assert viewer.nodes.currentText() == "pool1"
    QTest.mouseClick(viewer.follow, Qt.MouseButton.LeftButton)
    lenet.select(["conv2"])
    assert viewer.node == "pool1"
    assert asked[-1] == Observe(sample=0, node="pool1", viewer=VIEWER)


def test_choosing_a_node_selects_it_on_the_canvas(lenet: Document, viewer: FeatureMaps) -> None:
    viewer.nodes.setFocus()
    QTest.keyClick(viewer.nodes, Qt.Key.Key_Down)
    assert lenet.selection == ("tanh1",)


def test_samples_are_turned_with_buttons_and_keys(
    viewer: FeatureMaps, workshop: Workshop, asked: list[Observe | None]
) -> None:
    workshop.lab.observed.emit(answer("conv1", np.zeros((6, 28, 28))))
    QTest.mouseClick(viewer.next, Qt.MouseButton.LeftButton)
    QTest.mouseClick(viewer.next, Qt.MouseButton.LeftButton)
    QTest.mouseClick(viewer.previous, Qt.MouseButton.LeftButton)
    assert asked[-1] and asked[-1].sample == 1
    viewer.sample.setFocus()
    viewer.sample.selectAll()
    QTest.keyClicks(viewer.sample, "999")
    QTest.keyClick(viewer.sample, Qt.Key.Key_Return)
    assert asked[-1].sample == 49
    assert viewer.sample.text() == "49"


def test_maps_label_and_prediction_are_shown(viewer: FeatureMaps, workshop: Workshop) -> None:
    maps = np.random.default_rng(0).standard_normal((6, 28, 28))
    workshop.lab.observed.emit(answer("conv1", maps))
    assert viewer.grid.isVisible()
    assert viewer.grid.values.shape == (6, 28, 28)
    assert viewer.grid.scale.signed
    assert viewer.input.label == "3"
    assert viewer.input.predictions[0] == ("3", pytest.approx(0.91))
    assert viewer.readout.whole == "conv1 · 6×28×28"


def test_the_pointed_value_is_told_with_what_it_sees(
    viewer: FeatureMaps, workshop: Workshop
) -> None:
    maps = np.arange(6 * 28 * 28).reshape(6, 28, 28) / 1000
    workshop.lab.observed.emit(answer("conv1", maps))
    QTest.mouseMove(viewer.grid.viewport(), viewer.grid.cell(2).center().toPoint())
    spot = viewer.grid.spot
    assert spot and spot.channel == 2
    assert viewer.readout.whole.startswith(f"channel 2, row {spot.row}, column {spot.column} = ")
    field = viewer.input._field
    assert field and (field.left(), field.top()) == (spot.column, spot.row)
    assert (field.width(), field.height()) == (5, 5)


def test_short_vectors_are_bars_and_long_ones_a_grid(
    viewer: FeatureMaps, workshop: Workshop, lenet: Document
) -> None:
    lenet.select(["dense2"])
    workshop.lab.observed.emit(answer("dense2", np.linspace(-1, 1, 10)))
    assert viewer.bars.isVisible() and not viewer.colors.isVisible()
    assert not viewer.grab().isNull()
    lenet.select(["flatten1"])
    workshop.lab.observed.emit(answer("flatten1", np.linspace(-1, 1, 120)))
    assert viewer.grid.isVisible()
    assert viewer.grid.values.shape == (120, 1, 1)


def test_answers_to_others_and_of_the_past_are_passed_over(
    viewer: FeatureMaps, workshop: Workshop, lenet: Document
) -> None:
    lenet.select(["pool1"])
    workshop.lab.observed.emit(answer("conv1", np.zeros((6, 28, 28))))
    assert viewer.observation is None
    assert viewer.empty.isVisible()


def test_which_weights_are_shown_is_told(viewer: FeatureMaps, workshop: Workshop) -> None:
    assert viewer.weights.text() == "untrained weights"
    workshop.lab.weights_changed.emit("step 120")
    assert viewer.weights.text() == "weights after step 120"
    workshop.lab.weights_changed.emit("final")
    assert viewer.weights.text() == "final weights"


def test_a_broken_network_says_what_is_wrong(lenet: Document, viewer: FeatureMaps) -> None:
    lenet.do("Break", lambda p: edits.remove_and_reconnect(p, ["flatten1"]))
    assert viewer.empty.isVisible()
    assert viewer.empty.hint.text() == lenet.analysis.problems[0].message
    lenet.undo()
    assert viewer.empty.hint.text() == "The lab is starting."


def test_a_deleted_node_gives_way_to_another(lenet: Document, viewer: FeatureMaps) -> None:
    lenet.select(["tanh3"])
    lenet.do("Remove", lambda p: edits.remove_and_reconnect(p, ["tanh3"]))
    assert viewer.node == "conv1"


def test_a_real_lab_fills_the_viewer(
    lenet: Document, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="convoscope"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    workshop = Workshop()
    widget = FeatureMaps(lenet, workshop)
    qtbot.addWidget(widget)
    try:
        workshop.warm_up()
        workshop.set_project(lenet.project, lenet.source)
        widget.show()
        qtbot.waitUntil(lambda: widget.observation is not None, timeout=PATIENCE)
        assert widget.grid.values.shape == (6, 28, 28)
        first = widget.observation
        lenet.select(["dense2"])
        qtbot.waitUntil(widget.bars.isVisible, timeout=PATIENCE)
        QTest.mouseClick(widget.next, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(
            lambda: widget.observation is not None and widget.observation.sample == 1,
            timeout=PATIENCE,
        )
        assert first and (first.image != widget.observation.image).any()
    finally:
        widget.hide()
        workshop.close()
        shutil.rmtree(folder, ignore_errors=True)
