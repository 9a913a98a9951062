"""The problems panel and the status bar: what is wrong, and its cure within one click."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.panels.problems import MOST, ProblemsPanel
from designer.panels.status import StatusPanel
from designer.workshop import Workshop
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.project import Project
from engine.training.events import Started, Steps


def break_it(document: Document) -> None:
    document.do("Break", lambda p: edits.remove_and_reconnect(p, ["flatten1"]))


def test_a_whole_network_has_no_problems(lenet: Document, qtbot: QtBot) -> None:
    panel = ProblemsPanel(lenet)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.empty.isVisible()
    assert panel.empty.title.text() == "No problems"


def test_a_click_selects_the_node_and_a_button_mends_it(lenet: Document, qtbot: QtBot) -> None:
    panel = ProblemsPanel(lenet)
    qtbot.addWidget(panel)
    panel.resize(700, 260)
    panel.show()
    break_it(lenet)
    card = panel.cards.cards[0]
    QTest.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(30, 10))
    assert lenet.selection == ("dense1",)
    QTest.mouseClick(card.buttons[0], Qt.MouseButton.LeftButton)
    assert lenet.analysis.valid
    assert panel.empty.isVisible()
    assert lenet.undo_label


def test_the_keyboard_reaches_problem_and_fix(lenet: Document, qtbot: QtBot) -> None:
    panel = ProblemsPanel(lenet)
    qtbot.addWidget(panel)
    panel.show()
    break_it(lenet)
    card = panel.cards.cards[0]
    card.setFocus()
    QTest.keyClick(card, Qt.Key.Key_Return)
    assert lenet.selection == ("dense1",)
    QTest.keyClick(card.buttons[0], Qt.Key.Key_Space)
    assert lenet.analysis.valid


def test_very_many_problems_are_shown_from_the_top(lenet: Document, qtbot: QtBot) -> None:
    panel = ProblemsPanel(lenet)
    qtbot.addWidget(panel)
    panel.show()

    def litter(project: Project) -> Project:
        for place in range(MOST + 20):
            project = edits.add(project, layer("ReLU"), (0.0, 60.0 * place))
        return project

    lenet.do("Litter", litter)
    assert len(lenet.analysis.problems) > MOST
    assert len(panel.cards.cards) == MOST
    assert panel.more.isVisible()


def test_the_status_bar_sums_the_network_up(
    lenet: Document, workshop: Workshop, qtbot: QtBot
) -> None:
    panel = StatusPanel(lenet, workshop)
    qtbot.addWidget(panel)
    text = panel.sentence.whole
    assert text.startswith("Valid · 61,706 parameters · 0.42 M MACs · ")
    assert text.endswith("receptive field 32 px")


def test_the_status_bar_mends_the_first_problem(
    lenet: Document, workshop: Workshop, qtbot: QtBot
) -> None:
    panel = StatusPanel(lenet, workshop)
    qtbot.addWidget(panel)
    panel.resize(900, 28)
    panel.show()
    break_it(lenet)
    assert panel.sentence.whole == lenet.analysis.problems[0].message
    QTest.mouseClick(panel, Qt.MouseButton.LeftButton, pos=QPoint(12, 14))
    assert lenet.selection == ("dense1",)
    QTest.mouseClick(panel.fix, Qt.MouseButton.LeftButton)
    assert lenet.analysis.valid
    assert panel.sentence.whole.startswith("Valid")


def test_a_long_sentence_is_cut_where_the_room_ends(
    lenet: Document, workshop: Workshop, qtbot: QtBot
) -> None:
    panel = StatusPanel(lenet, workshop)
    qtbot.addWidget(panel)
    panel.resize(420, 28)
    panel.show()
    break_it(lenet)
    qtbot.waitUntil(lambda: panel.sentence.text().endswith("…"))
    assert panel.sentence.toolTip() == panel.sentence.whole


def test_the_status_bar_follows_the_run(lenet: Document, workshop: Workshop, qtbot: QtBot) -> None:
    panel = StatusPanel(lenet, workshop)
    qtbot.addWidget(panel)
    assert panel.run.text() == "Ready · device auto"
    workshop._set_status("running")
    workshop.events.emit(
        [Started("cpu", 1, 5, 10, 320, 32, 61706), Steps(12, (1.0,) * 12, (0.5,) * 12, 100.0, 75.0)]
    )
    assert panel.run.text() == "Training on cpu · epoch 2 of 5 · 1 min 15 s left"


def test_the_status_bar_names_the_device_that_is_chosen(
    lenet: Document, workshop: Workshop, qtbot: QtBot
) -> None:
    panel = StatusPanel(lenet, workshop)
    qtbot.addWidget(panel)
    assert panel.run.text() == "Ready · device auto"
    lenet.do("Choose CPU", lambda p: edits.set_recipe(p, p.recipe.changed(device="cpu")))
    assert panel.run.text() == "Ready · device cpu"
