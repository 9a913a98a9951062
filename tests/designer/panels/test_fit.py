"""The panel "Make it fit"."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.panels.fit import FitPanel
from designer.panels.fit_results import CANDIDATE
from engine.network import edits


@pytest.fixture
def panel(lenet: Document, qtbot: QtBot) -> FitPanel:
    widget = FitPanel(lenet)
    qtbot.addWidget(widget)
    widget.resize(312, 800)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def wish(panel: FitPanel, name: str, text: str) -> None:
    field = panel.findChild(QLineEdit, name)
    assert field is not None
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def found(panel: FitPanel, qtbot: QtBot) -> list[str]:
    qtbot.waitUntil(lambda: not panel.searching, timeout=30_000)
    return [panel.results.item(row).text() for row in range(panel.results.count())]


def spot(panel: FitPanel, row: int) -> QPoint:
    return panel.results.visualItemRect(panel.results.item(row)).center()


def facts(panel: FitPanel) -> dict[str, str]:
    return {fact.label: fact.text for fact in panel.preview._shown}


def test_without_a_selection_it_says_what_to_do(panel: FitPanel) -> None:
    assert panel.empty.isVisible()
    assert "Select a layer" in panel.empty.hint.text()


def test_a_selection_is_named_with_its_shapes(lenet: Document, panel: FitPanel) -> None:
    lenet.select(["conv1"])
    assert panel.title.whole == "conv1"
    assert panel.flow.whole == "1×32×32 → 6×28×28"
    lenet.select(["conv1", "tanh1", "pool1"])
    assert panel.title.whole == "3 layers selected"
    assert panel.flow.whole == "1×32×32 → 6×14×14"


def test_a_wish_is_met_with_one_step_of_undo(
    lenet: Document, panel: FitPanel, qtbot: QtBot
) -> None:
    before = lenet.project
    lenet.select(["conv1"])
    box = panel.findChild(QCheckBox, "keep")
    assert box is not None
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    assert found(panel, qtbot)[0] == "conv1: padding 0 → 2"
    assert "ways found" in panel.said.text()
    panel.results.setFocus()
    QTest.keyClick(panel.results, Qt.Key.Key_Return)
    assert lenet.project == edits.set_parameters(before, "conv1", padding=2)
    assert lenet.undo_label == "Fit conv1"
    assert panel.said.text() == "Applied: conv1: padding 0 → 2."
    assert panel.results.count() == 0
    lenet.undo()
    assert lenet.project is before
    assert lenet.undo_label == ""


def test_the_pointer_previews_and_a_double_click_applies(
    lenet: Document, panel: FitPanel, qtbot: QtBot
) -> None:
    lenet.select(["conv1"])
    wish(panel, "size", "32")
    names = found(panel, qtbot)
    smaller = names.index("conv1: kernel size 5 → 1")
    assert facts(panel)["Output"] == "6×28×28 → 6×32×32"
    assert facts(panel)["Receptive field"] == "5 px"
    viewport = panel.results.viewport()
    QTest.mouseMove(viewport, spot(panel, smaller))
    assert facts(panel)["Receptive field"] == "5 px → 1 px"
    assert lenet.undo_label == ""
    at = spot(panel, smaller)
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=at)
    content = lenet.project.network.nodes["conv1"].content
    assert content.values["kernel_size"] == 1


def test_the_button_applies_the_chosen_row(lenet: Document, panel: FitPanel, qtbot: QtBot) -> None:
    lenet.select(["conv1"])
    wish(panel, "size", "32")
    found(panel, qtbot)
    panel.results.setFocus()
    QTest.keyClick(panel.results, Qt.Key.Key_Down)
    chosen = panel.results.chosen
    assert chosen is not None
    QTest.mouseClick(panel.apply_button, Qt.MouseButton.LeftButton)
    assert lenet.undo_label == "Fit conv1"
    assert panel.said.text() == f"Applied: {chosen.changes}."


def test_what_would_break_is_said_before_it_is_applied(
    lenet: Document, panel: FitPanel, qtbot: QtBot
) -> None:
    lenet.select(["conv1"])
    wish(panel, "size", "14")
    assert "conv1: stride 1 → 2" in found(panel, qtbot)
    assert facts(panel)["Breaks"] == "conv3"
    assert "All parameters" not in facts(panel)


def test_wishes_may_be_typed_short_or_as_arithmetic(
    lenet: Document, panel: FitPanel, qtbot: QtBot
) -> None:
    lenet.select(["conv3"])
    wish(panel, "parameters", "5 k")
    assert panel.goal.parameters_at_most == 5000
    assert found(panel, qtbot)
    wish(panel, "parameters", "2 * 4000")
    assert panel.goal.parameters_at_most == 8000
    combo = panel.findChild(QComboBox, "counted")
    assert combo is not None
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert panel.goal.counted == "network"
    qtbot.waitUntil(lambda: not panel.searching, timeout=30_000)


def test_a_blank_field_is_no_wish(lenet: Document, panel: FitPanel, qtbot: QtBot) -> None:
    lenet.select(["conv1"])
    wish(panel, "size", "32")
    assert found(panel, qtbot)
    wish(panel, "size", " ")
    assert panel.goal.empty
    assert panel.results.count() == 0


def test_what_cannot_be_is_said_with_the_nearest(
    lenet: Document, panel: FitPanel, qtbot: QtBot
) -> None:
    lenet.select(["pool2"])
    wish(panel, "size", "40")
    (near,) = found(panel, qtbot)
    assert near.startswith("pool2: ")
    assert "No setting gives a size of 40×40 px; the nearest is 11×11 px." in panel.said.text()
    lenet.select(["dense1"])
    wish(panel, "size", "3")
    assert found(panel, qtbot) == []
    assert "the output is a vector of 84" in panel.said.text()


def test_results_go_when_what_they_were_about_changes(
    lenet: Document, panel: FitPanel, qtbot: QtBot
) -> None:
    lenet.select(["conv1"])
    wish(panel, "size", "32")
    assert found(panel, qtbot)
    lenet.select(["conv2"])
    assert panel.results.count() == 0
    wish(panel, "size", "14")
    assert found(panel, qtbot)
    lenet.do("Change", lambda p: edits.set_parameters(p, "conv2", out_channels=5))
    assert panel.results.count() == 0


def test_a_long_search_shows_progress_and_escape_keeps_what_it_has(
    lenet: Document, panel: FitPanel, qtbot: QtBot
) -> None:
    lenet.select([name for name in lenet.project.network.nodes if name != "input1"])
    wish(panel, "parameters", "30 k")
    qtbot.waitUntil(panel.cancel.isVisible, timeout=10_000)
    assert panel.progress.isVisible()
    qtbot.waitUntil(lambda: panel.results.count() > 0, timeout=10_000)
    QTest.keyClick(panel.results, Qt.Key.Key_Escape)
    assert not panel.searching
    assert not panel.cancel.isVisible()
    assert panel.results.count() > 0
    assert " of " in panel.said.text()


def test_a_search_leaves_the_window_alive(lenet: Document, panel: FitPanel, qtbot: QtBot) -> None:
    lenet.select(["conv1", "conv2"])
    ticks = []
    from PySide6.QtCore import QTimer

    timer = QTimer(panel, interval=0)
    timer.timeout.connect(lambda: ticks.append(1))
    timer.start()
    wish(panel, "parameters", "1 k")
    qtbot.waitUntil(lambda: len(ticks) > 5 and panel.searching, timeout=10_000)
    panel.stop()
    timer.stop()


def test_each_row_keeps_its_candidate(lenet: Document, panel: FitPanel, qtbot: QtBot) -> None:
    lenet.select(["conv1"])
    wish(panel, "size", "32")
    found(panel, qtbot)
    for row in range(panel.results.count()):
        item = panel.results.item(row)
        assert item.data(CANDIDATE).changes == item.text()
