"""Everything the mouse can do, the keyboard can."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from designer.canvas import walk
from designer.canvas.view import CanvasView
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.network import Link
from engine.network.project import Project

from .conftest import Hand, links

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_arrows_walk_along_links(canvas: CanvasView, hand: Hand) -> None:
    hand.key(Qt.Key.Key_Right)
    assert canvas.document.selection == ("input1",)
    for expected in ("conv1", "relu1", "flatten1"):
        hand.key(Qt.Key.Key_Right)
        assert canvas.document.selection == (expected,)
    hand.key(Qt.Key.Key_Left)
    assert canvas.document.selection == ("relu1",)
    hand.key(Qt.Key.Key_Down)
    assert canvas.document.selection == ("output1",)


def test_shift_and_arrows_select_more(canvas: CanvasView, hand: Hand) -> None:
    canvas.document.select(["input1"])
    hand.key(Qt.Key.Key_Right, SHIFT)
    hand.key(Qt.Key.Key_Right, SHIFT)
    assert canvas.document.selection == ("input1", "conv1", "relu1")


def test_up_and_down_lead_to_siblings_first() -> None:
    project = edits.add(Project(), layer("Input"), (0.0, 100.0))
    for number, y in enumerate((0.0, 100.0, 200.0)):
        project = edits.append(project, layer("Conv2d"), "input1", (300.0 + number, y))
    project = edits.add(project, layer("ReLU"), (300.0, 60.0))
    assert walk.step(project, "conv2", "up") == "conv1"
    assert walk.step(project, "conv2", "down") == "conv3"
    assert walk.step(project, "conv3", "down") is None
    assert walk.step(project, "input1", "right") == "conv2"


def test_ctrl_and_arrows_nudge_in_one_step_of_undo(canvas: CanvasView, hand: Hand) -> None:
    canvas.document.select(["conv1"])
    for _ in range(3):
        hand.key(Qt.Key.Key_Down, CTRL)
    assert canvas.document.project.placement["conv1"] == (300, 60)
    canvas.document.undo()
    assert canvas.document.project.placement["conv1"] == (300, 0)


def test_tab_adds_behind_the_selection(canvas: CanvasView, hand: Hand) -> None:
    canvas.document.select(["conv1"])
    hand.key(Qt.Key.Key_Tab)
    popup = canvas.adding.popup
    assert popup is not None and popup.field.hasFocus()
    QTest.keyClicks(popup.field, "batch")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    (name,) = canvas.document.selection
    assert canvas.document.project.network.nodes[name].kind == "BatchNorm2d"
    assert Link("conv1", name) in links(canvas)
    assert canvas.hasFocus()


def test_the_search_offers_only_what_fits_and_arrows_choose(canvas: CanvasView, hand: Hand) -> None:
    canvas.document.select(["flatten1"])
    hand.key(Qt.Key.Key_Tab)
    popup = canvas.adding.popup
    assert popup is not None
    labels = {popup.model.item(row).text() for row in range(popup.model.rowCount())}
    assert "Dense" in labels and "ReLU" in labels
    assert "Conv2d" not in labels and "Input" not in labels
    first = popup.list.currentIndex().row()
    QTest.keyClick(popup.field, Qt.Key.Key_Down)
    assert popup.list.currentIndex().row() == first + 1
    QTest.keyClick(popup.field, Qt.Key.Key_Up)
    QTest.keyClick(popup.field, Qt.Key.Key_Up)
    assert popup.list.currentIndex().row() == popup.model.rowCount() - 1


def test_a_search_for_nothing_says_so(canvas: CanvasView, hand: Hand) -> None:
    hand.key(Qt.Key.Key_Tab)
    popup = canvas.adding.popup
    assert popup is not None
    QTest.keyClicks(popup.field, "zzz")
    assert popup.empty.isVisible() and "zzz" in popup.empty.text()
    before = canvas.document.project
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert canvas.document.project is before
    assert canvas.adding.open


def test_delete_removes_and_the_other_delete_reconnects(canvas: CanvasView, hand: Hand) -> None:
    canvas.document.select(["relu1"])
    canvas.delete_and_reconnect()
    assert Link("conv1", "flatten1") in links(canvas)
    canvas.document.select(["conv1"])
    hand.key(Qt.Key.Key_Delete)
    assert "conv1" not in canvas.canvas.nodes
    assert not any("conv1" in (link.source, link.target) for link in canvas.canvas.links.wires)


def test_copy_and_paste_keep_the_links_between_and_select_the_copies(
    canvas: CanvasView, hand: Hand
) -> None:
    canvas.document.select(["conv1", "relu1"])
    canvas.copy()
    canvas.paste()
    first, second = canvas.document.selection
    assert Link(first, second) in links(canvas)
    assert len(canvas.canvas.nodes) == 8
    canvas.document.select(["conv1"])
    canvas.cut()
    assert "conv1" not in canvas.canvas.nodes
    assert "Conv2d" in QGuiApplication.clipboard().text()


def test_a_clipboard_without_layers_is_told_in_a_sentence(canvas: CanvasView) -> None:
    told: list[str] = []
    canvas.document.refused.connect(told.append)
    QGuiApplication.clipboard().setText("hello")
    before = canvas.document.project
    canvas.paste()
    QGuiApplication.clipboard().setText("")
    canvas.paste()
    assert canvas.document.project is before
    assert len(told) == 2


def test_duplicate_puts_a_copy_below_where_it_lies_on_no_other_card(canvas: CanvasView) -> None:
    maps = np.full((4, 8, 8), 128, np.uint8)
    canvas.set_thumbnails(dict.fromkeys(canvas.canvas.nodes, maps))
    for name in ("conv1", "relu1", "conv1"):
        canvas.document.select([name])
        canvas.duplicate()
    canvas.document.select(["conv1", "dense1"])
    canvas.copy()
    canvas.paste()
    canvas.set_thumbnails(dict.fromkeys(canvas.canvas.nodes, maps))
    cards = [item.card for item in canvas.canvas.nodes.values()]
    assert len(cards) == 11
    assert not any(a.intersects(b) for a in cards for b in cards if a is not b)


def test_select_all_and_escape(canvas: CanvasView, hand: Hand) -> None:
    canvas.select_all()
    assert len(canvas.document.selection) == 6
    hand.key(Qt.Key.Key_Escape)
    assert canvas.document.selection == ()


def test_shift_tab_leaves_the_canvas(
    make_canvas: Callable[[Project], CanvasView], canvas: CanvasView
) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_Backtab, SHIFT)
    assert not canvas.adding.open
