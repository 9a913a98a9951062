"""What a repair leads to is told before it is done."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.consequences import consequence
from designer.document import Document
from designer.inspector.parts import ProblemCard
from engine.network import edits
from engine.network.grouping import group


def test_shapes_and_what_stays_broken_are_told(lenet: Document) -> None:
    lenet.do("break", lambda p: edits.remove_and_reconnect(p, ["flatten1"]))
    (problem,) = [item for item in lenet.analysis.problems if item.severity == "error"]
    texts = [consequence(lenet, fix, problem.node) for fix in problem.fixes]
    assert "flatten1: 120×1×1 → 120\ndense1: 120 → 84\nNothing is broken then." in texts
    lenet.do("break more", lambda p: edits.remove(p, ["dense2"]))
    after = [consequence(lenet, fix, problem.node) for fix in problem.fixes]
    assert any("stays" in text or "stay" in text or "Then broken" in text for text in after)


def test_a_repair_that_is_no_longer_possible_says_why(lenet: Document) -> None:
    lenet.do("break", lambda p: edits.remove_and_reconnect(p, ["flatten1"]))
    problem = lenet.analysis.problems[0]
    lenet.do("gone", lambda p: edits.remove(p, ["dense1"]))
    assert "no node" in consequence(lenet, problem.fixes[0], problem.node)


def test_a_repair_inside_a_block_is_told_with_the_shapes_there(lenet: Document) -> None:
    name = ""

    def edit(project):  # type: ignore[no-untyped-def]
        nonlocal name
        grouped, name = group(project, ["tanh3", "flatten1", "dense1"])
        return grouped

    lenet.do("group", edit)
    lenet.enter((name,))
    lenet.do("break", lambda p: edits.remove_and_reconnect(p, ["flatten1"]))
    problem = next(item for item in lenet.shown_analysis.problems if item.fixes)
    texts = [consequence(lenet, fix, problem.node) for fix in problem.fixes]
    assert any("dense1: 120 → 84" in text for text in texts)


def test_the_buttons_of_a_card_tell_it_under_the_pointer_and_with_the_keys(
    lenet: Document, qtbot: QtBot
) -> None:
    lenet.do("break", lambda p: edits.remove_and_reconnect(p, ["flatten1"]))
    card = ProblemCard(lenet, lenet.analysis.problems[0])
    qtbot.addWidget(card)
    card.show()
    before = lenet.project
    button = card.buttons[0]
    QApplication.sendEvent(button, QEvent(QEvent.Type.Enter))
    assert card.preview.isVisible() and "→" in card.preview.text()
    QApplication.sendEvent(button, QEvent(QEvent.Type.Leave))
    assert not card.preview.isVisible()
    button.setFocus()
    qtbot.waitUntil(card.preview.isVisible, timeout=3000)
    assert lenet.project is before
