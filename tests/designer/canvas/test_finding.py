"""Nodes found by typing, also inside blocks, and views to go back to."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

import resources
from designer.canvas.finding import search
from designer.canvas.view import CanvasView
from designer.document import Document
from engine.network import edits, storage
from engine.network.grouping import group

from .conftest import Hand, chain

SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_every_word_must_stand_in_name_kind_title_or_settings() -> None:
    project = edits.set_title(chain(), "relu1", "First bend")
    project = edits.set_parameters(project, "conv1", kernel_size=5)
    assert search(project, "CONV") == ("conv1",)
    assert search(project, "bend first") == ("relu1",)
    assert search(project, "kernel_size=5") == ("conv1",)
    assert search(project, "dense") == ("dense1",)
    assert search(project, "conv nothing") == ()
    assert search(project, " ") == ()


def test_nodes_inside_blocks_are_found_by_their_paths() -> None:
    project, name = group(chain(), ["conv1", "relu1"])
    assert search(project, "relu") == (f"{name}/relu1",)


def test_enter_steps_through_the_matches_and_escape_lights_nothing(
    canvas: CanvasView, hand: Hand
) -> None:
    plain = canvas.grab().toImage()
    canvas.finder.open()
    QTest.keyClicks(canvas.finder.field, "1")
    assert canvas.finder.count.text() == "6 matches"
    assert canvas.grab().toImage() != plain
    seen: list[str] = []
    for _ in range(2):
        QTest.keyClick(canvas.finder.field, Qt.Key.Key_Return)
        seen += canvas.document.selection
    assert seen == ["input1", "conv1"]
    assert canvas.finder.count.text() == "2 of 6"
    QTest.keyClick(canvas.finder.field, Qt.Key.Key_Return, SHIFT)
    assert canvas.document.selection == ("input1",)
    QTest.keyClick(canvas.finder.field, Qt.Key.Key_Escape)
    assert not canvas.finder.isVisible() and canvas.hasFocus()
    canvas.document.select(())
    assert canvas.grab().toImage() == plain


def test_a_match_inside_a_block_is_gone_to(canvas: CanvasView) -> None:
    name = ""

    def edit(project):  # type: ignore[no-untyped-def]
        nonlocal name
        grouped, name = group(project, ["conv1", "relu1"])
        return grouped

    canvas.document.do("group", edit)
    canvas.finder.open()
    QTest.keyClicks(canvas.finder.field, "relu")
    assert not canvas.grab().isNull()
    QTest.keyClick(canvas.finder.field, Qt.Key.Key_Return)
    assert canvas.document.scope == (name,)
    assert canvas.document.selection == ("relu1",)
    assert canvas.finder.field.hasFocus()


def test_the_count_follows_the_network(canvas: CanvasView) -> None:
    canvas.finder.open()
    QTest.keyClicks(canvas.finder.field, "relu")
    assert canvas.finder.count.text() == "1 match"
    canvas.document.do("gone", lambda p: edits.remove(p, ["relu1"]))
    assert canvas.finder.count.text() == "none"


@pytest.mark.parametrize("how", ["keys", "mouse"])
def test_views_can_be_gone_back_and_forward_through(
    canvas: CanvasView, qtbot: QtBot, how: str
) -> None:
    travel = canvas.travel

    def go(by: int) -> None:
        if how == "keys":
            travel.step(by)
        else:
            button = Qt.MouseButton.BackButton if by < 0 else Qt.MouseButton.ForwardButton
            QTest.mouseClick(canvas.viewport(), button, pos=QPoint(300, 300))

    first = canvas.zoom, canvas.offset
    travel.note()
    canvas.document.select(["conv1"])
    canvas.zoom_to_selection()
    travel.note()
    second = canvas.zoom, canvas.offset
    canvas.zoom_to(0.4)
    go(-1)
    assert (canvas.zoom, canvas.offset) == second
    go(-1)
    assert (canvas.zoom, canvas.offset) == first
    assert not travel.can_go_back
    go(-1)
    assert (canvas.zoom, canvas.offset) == first
    go(1)
    assert (canvas.zoom, canvas.offset) == second
    go(1)
    assert canvas.zoom == 0.4
    assert not travel.can_go_forward


def test_a_view_counts_once_it_has_come_to_rest(canvas: CanvasView, qtbot: QtBot) -> None:
    canvas.travel.note()
    canvas.zoom_to(0.5)
    canvas.zoom_to(0.7)
    qtbot.waitUntil(lambda: not canvas.travel._rest.isActive(), timeout=5000)
    canvas.travel.step(-1)
    assert canvas.zoom not in (0.5, 0.7)
    assert not canvas.travel.can_go_back


def test_a_view_of_a_block_is_gone_back_to(qtbot: QtBot, light: None) -> None:
    document = Document(storage.load(Path(resources.TEMPLATES) / "googlenet.convo"))
    view = CanvasView(document)
    document.setParent(view)
    qtbot.addWidget(view)
    view.resize(900, 600)
    view.show()
    view.travel.note()
    (name, *_) = [n for n in document.shown.network.nodes if view.entering.instance(n)]
    view.entering.enter(name)
    view.travel.note()
    view.travel.step(-1)
    assert document.scope == ()
    view.travel.step(1)
    assert document.scope == (name,)
    assert view.visible_rect().contains(QPointF(view.canvas.extent().center()))
