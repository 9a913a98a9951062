"""The code panel."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.panels.code import CodePanel
from designer.style import theme
from engine.codegen import Source
from engine.network import edits


@pytest.fixture
def panel(lenet: Document, qtbot: QtBot) -> CodePanel:
    widget = CodePanel(lenet)
    qtbot.addWidget(widget)
    widget.resize(900, 260)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def line_of(panel: CodePanel, text: str) -> int:
    lines = panel.view.toPlainText().split("\n")
    return next(place for place, line in enumerate(lines) if text in line)


def click(panel: CodePanel, line: int) -> None:
    view = panel.view
    view.verticalScrollBar().setValue(line)
    block = view.document().findBlockByNumber(line)
    box = view.blockBoundingGeometry(block).translated(view.contentOffset())
    at = QPoint(60, round(box.center().y()))
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_the_whole_file_is_shown_and_copied(lenet: Document, panel: CodePanel) -> None:
    assert lenet.source
    assert panel.view.toPlainText() == lenet.source.text.rstrip("\n")
    QTest.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == lenet.source.text


def test_a_click_on_a_line_selects_its_node(lenet: Document, panel: CodePanel) -> None:
    click(panel, line_of(panel, "nn.Conv2d(6, 16"))
    assert lenet.selection == ("conv2",)


def test_selecting_a_node_marks_its_lines_and_scrolls_to_them(
    lenet: Document, panel: CodePanel
) -> None:
    lenet.select(["dense2"])
    line = line_of(panel, "nn.Linear(84, 10")
    assert line + 1 in panel.view._selected
    top = panel.view.firstVisibleBlock().blockNumber()
    assert top <= line <= top + 30


def test_an_edit_changes_only_the_lines_that_differ(
    lenet: Document, panel: CodePanel, qtbot: QtBot
) -> None:
    lenet.do("Widen", lambda p: edits.set_parameters(p, "conv1", out_channels=8))
    qtbot.waitUntil(lambda: "nn.Conv2d(1, 8" in panel.view.toPlainText())
    assert lenet.source
    assert panel.view.toPlainText() == lenet.source.text.rstrip("\n")
    lenet.do("Remove", lambda p: edits.remove_and_reconnect(p, ["tanh1"]))
    qtbot.waitUntil(lambda: "tanh1" not in panel.view.toPlainText())
    assert panel.view.toPlainText() == lenet.source.text.rstrip("\n")
    lenet.undo()
    qtbot.waitUntil(lambda: "tanh1" in panel.view.toPlainText())
    assert panel.view.toPlainText() == lenet.source.text.rstrip("\n")


def test_a_broken_network_shows_its_first_problem_with_the_fix(
    lenet: Document, panel: CodePanel, qtbot: QtBot
) -> None:
    lenet.do("Break", lambda p: edits.remove_and_reconnect(p, ["flatten1"]))
    qtbot.waitUntil(lambda: not panel.view.isVisible())
    (card,) = panel.problems.cards
    assert "dense1" in card.problem.message
    QTest.mouseClick(card.buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(panel.view.isVisible)


def test_nothing_is_written_while_it_is_hidden(
    lenet: Document, panel: CodePanel, qtbot: QtBot
) -> None:
    panel.hide()
    lenet.do("Widen", lambda p: edits.set_parameters(p, "conv1", out_channels=8))
    assert "nn.Conv2d(1, 8" not in panel.view.toPlainText()
    panel.show()
    assert "nn.Conv2d(1, 8" in panel.view.toPlainText()


@pytest.mark.parametrize("length", [2500])
def test_a_long_file_is_shown_and_changed_quickly(panel: CodePanel, length: int) -> None:
    lines = [
        f"        self.conv{i} = nn.Conv2d(1, {i}, kernel_size=3)  # text" for i in range(length)
    ]
    view = panel.view
    view.show_source(Source("\n".join(lines), "Net", {}, {}))
    lines[1200] = "        self.other = nn.ReLU()"
    start = time.process_time()
    view.show_source(Source("\n".join(lines), "Net", {}, {}))
    assert time.process_time() - start < 0.1
    assert view.toPlainText() == "\n".join(lines)


def test_texts_of_several_lines_stay_texts(panel: CodePanel) -> None:
    text = '"""One\ntwo"""\nclass Net:\n    x = \'a\' + "b"  # c'
    panel.view.show_source(Source(text, "Net", {}, {}))
    document = panel.view.document()
    pooled = theme().tokens.families["pooling"]
    for place in (0, 1):
        (form, *_) = document.findBlockByNumber(place).layout().formats()
        assert form.format.foreground().color().name() == pooled
    states = [document.findBlockByNumber(place).userState() for place in range(4)]
    assert states == [1, 0, 0, 0]


def test_it_follows_the_theme(panel: CodePanel) -> None:
    light = panel.grab().toImage()
    theme().apply("dark")
    assert panel.grab().toImage() != light
