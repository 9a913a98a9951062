"""Every gesture by a real mouse, and that Escape leaves nothing of it behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from designer.canvas.view import CanvasView
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.network import Link
from engine.network.project import Project

from .conftest import Hand, links

EMPTY = QPointF(480, 172)
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_a_drag_moves_a_card_in_one_step_of_undo(canvas: CanvasView, hand: Hand) -> None:
    start = hand.body("conv1")
    hand.carry(start, start + QPointF(37, 293))
    assert canvas.document.project.placement["conv1"] == (300, 0)
    hand.release(start + QPointF(37, 293))
    assert canvas.document.project.placement["conv1"] == (340, 300)
    canvas.document.undo()
    assert canvas.document.project.placement["conv1"] == (300, 0)
    assert canvas.canvas.nodes["conv1"].at == QPointF(300, 0)


def test_a_card_snaps_to_the_height_of_its_neighbours_ports(canvas: CanvasView, hand: Hand) -> None:
    start = hand.body("relu1")
    hand.drag(start, start + QPointF(400, 204))
    assert canvas.document.project.placement["relu1"] == (1000, 200)


def test_escape_takes_a_move_back(canvas: CanvasView, hand: Hand) -> None:
    before = canvas.document.project
    start = hand.body("conv1")
    hand.carry(start, start + QPointF(90, 90))
    assert canvas.canvas.nodes["conv1"].at != QPointF(300, 0)
    hand.key(Qt.Key.Key_Escape)
    assert canvas.canvas.nodes["conv1"].at == QPointF(300, 0)
    hand.release(start + QPointF(90, 90))
    assert canvas.document.project is before
    assert canvas.document.selection == ()
    assert canvas.gesture is None


def test_a_drag_moves_the_whole_selection(canvas: CanvasView, hand: Hand) -> None:
    canvas.document.select(["conv1", "relu1"])
    start = hand.body("relu1")
    hand.drag(start, start + QPointF(0, 320))
    placement = canvas.document.project.placement
    assert placement["conv1"][1] == placement["relu1"][1] == 320


def test_a_click_selects_and_shift_adds_and_takes_away(canvas: CanvasView, hand: Hand) -> None:
    hand.click(hand.body("conv1"))
    assert canvas.document.selection == ("conv1",)
    hand.click(hand.body("relu1"), SHIFT)
    assert canvas.document.selection == ("conv1", "relu1")
    hand.click(hand.body("conv1"), SHIFT)
    assert canvas.document.selection == ("relu1",)
    hand.click(EMPTY)
    assert canvas.document.selection == ()


def test_a_box_selects_what_it_touches(canvas: CanvasView, hand: Hand) -> None:
    hand.drag(QPointF(250, 172), QPointF(700, 260))
    assert canvas.document.selection == ("dense1", "output1")


def test_escape_takes_a_box_back(canvas: CanvasView, hand: Hand) -> None:
    canvas.document.select(["conv1"])
    hand.carry(QPointF(250, 172), QPointF(700, 260))
    hand.key(Qt.Key.Key_Escape)
    hand.release(QPointF(700, 260))
    assert canvas.document.selection == ("conv1",)
    assert canvas.gesture is None


def test_a_link_drawn_from_an_output_to_an_input_replaces_what_fed_it(
    canvas: CanvasView, hand: Hand
) -> None:
    hand.drag(hand.port("conv1", "out"), hand.port("flatten1", "in"))
    assert Link("conv1", "flatten1") in links(canvas)
    assert Link("relu1", "flatten1") not in links(canvas)


def test_a_link_can_be_drawn_backwards_from_a_free_input(canvas: CanvasView, hand: Hand) -> None:
    canvas.document.do("cut", lambda p: edits.disconnect(p, [Link("conv1", "relu1")]))
    hand.drag(hand.port("relu1", "in"), hand.port("conv1", "out"))
    assert Link("conv1", "relu1") in links(canvas)


def test_a_link_dropped_on_a_card_takes_the_port_that_suits(canvas: CanvasView, hand: Hand) -> None:
    canvas.document.do("cut", lambda p: edits.disconnect(p, [Link("conv1", "relu1")]))
    hand.drag(hand.port("conv1", "out"), hand.body("relu1"))
    assert Link("conv1", "relu1") in links(canvas)


def test_a_link_taken_off_its_input_and_dropped_on_nothing_is_cut(
    canvas: CanvasView, hand: Hand
) -> None:
    hand.drag(hand.port("relu1", "in"), EMPTY)
    assert Link("conv1", "relu1") not in links(canvas)
    assert not canvas.adding.open


def test_a_link_taken_off_its_input_can_go_to_another(canvas: CanvasView, hand: Hand) -> None:
    hand.drag(hand.port("relu1", "in"), hand.port("flatten1", "in"))
    assert Link("conv1", "flatten1") in links(canvas)
    assert Link("conv1", "relu1") not in links(canvas)
    assert canvas.document.undo_label == "Link conv1 to flatten1"


def test_a_link_put_back_where_it_was_is_no_edit(canvas: CanvasView, hand: Hand) -> None:
    before = canvas.document.project
    hand.carry(hand.port("relu1", "in"), EMPTY)
    hand.move(hand.port("relu1", "in"))
    hand.release(hand.port("relu1", "in"))
    assert canvas.document.project is before


@pytest.mark.parametrize(("node", "side"), [("conv1", "out"), ("relu1", "in")])
def test_escape_takes_a_link_drag_back(
    canvas: CanvasView, hand: Hand, node: str, side: str
) -> None:
    before = canvas.document.project
    hand.carry(hand.port(node, side), EMPTY)
    assert canvas.gesture is not None
    hand.key(Qt.Key.Key_Escape)
    assert canvas.gesture is None
    assert canvas.canvas.links.hidden is None
    hand.release(EMPTY)
    assert canvas.document.project is before
    assert not canvas.adding.open


def test_a_link_that_would_make_a_loop_is_refused_with_a_sentence(
    canvas: CanvasView, hand: Hand
) -> None:
    told: list[str] = []
    canvas.document.refused.connect(told.append)
    before = canvas.document.project
    hand.carry(hand.port("relu1", "out"), hand.port("conv1", "in"))
    assert canvas.gesture is not None and "loop" in canvas.gesture.hint
    hand.release(hand.port("conv1", "in"))
    assert canvas.document.project is before
    assert len(told) == 1 and "one way" in told[0]


def test_a_port_that_does_not_fit_tells_why_while_the_link_is_in_the_hand(
    canvas: CanvasView, hand: Hand
) -> None:
    hand.carry(hand.port("conv1", "out"), hand.port("dense1", "in"))
    assert canvas.gesture is not None
    assert "dense1" in canvas.gesture.hint
    assert canvas.gesture.tone == "error"
    hand.key(Qt.Key.Key_Escape)


def test_a_link_dropped_on_nothing_asks_for_a_layer_and_links_it(
    canvas: CanvasView, hand: Hand
) -> None:
    hand.drag(hand.port("conv1", "out"), QPointF(620, 150))
    popup = canvas.adding.popup
    assert popup is not None
    QTest.keyClicks(popup.field, "maxpool")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    assert not canvas.adding.open
    (name,) = canvas.document.selection
    assert canvas.document.project.network.nodes[name].kind == "MaxPool2d"
    assert Link("conv1", name) in links(canvas)
    assert Link("conv1", "relu1") in links(canvas)


def test_the_middle_button_pans_and_escape_goes_back(canvas: CanvasView, hand: Hand) -> None:
    viewport, before = canvas.viewport(), canvas.offset
    QTest.mousePress(viewport, Qt.MouseButton.MiddleButton, pos=QPoint(300, 300))
    QTest.mouseMove(viewport, QPoint(340, 330))
    assert canvas.offset == before - QPoint(40, 30)
    hand.key(Qt.Key.Key_Escape)
    assert canvas.offset == before
    QTest.mouseRelease(viewport, Qt.MouseButton.MiddleButton, pos=QPoint(340, 330))
    assert canvas.offset == before


def test_space_and_the_left_button_pan(canvas: CanvasView, hand: Hand) -> None:
    before = canvas.offset
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    QTest.mouseMove(canvas.viewport(), QPoint(250, 310))
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(250, 310))
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.offset == before + QPoint(50, -10)
    assert canvas.document.selection == ()


def test_a_change_of_the_document_ends_a_gesture(canvas: CanvasView, hand: Hand) -> None:
    canvas.document.do("move", lambda p: edits.move(p, {"relu1": (600.0, 40.0)}))
    start = hand.body("conv1")
    hand.carry(start, start + QPointF(60, 60))
    canvas.document.undo()
    assert canvas.gesture is None
    assert canvas.canvas.nodes["conv1"].at == QPointF(300, 0)


def test_a_card_deleted_under_a_gesture_does_no_harm(canvas: CanvasView, hand: Hand) -> None:
    start = hand.body("conv1")
    hand.carry(start, start + QPointF(60, 60))
    canvas.document.do("remove", lambda p: edits.remove(p, ["conv1"]))
    hand.release(start)
    assert "conv1" not in canvas.canvas.nodes


def test_a_double_click_on_nothing_searches_and_escape_closes_the_search(
    canvas: CanvasView, hand: Hand
) -> None:
    before = canvas.document.project
    hand.double_click(EMPTY)
    popup = canvas.adding.popup
    assert popup is not None
    QTest.keyClick(popup.field, Qt.Key.Key_Escape)
    assert not canvas.adding.open
    assert canvas.document.project is before


def test_the_repair_under_a_card_is_a_button(canvas: CanvasView, hand: Hand) -> None:
    canvas.document.do("break", lambda p: edits.remove_and_reconnect(p, ["flatten1"]))
    item = canvas.canvas.nodes["dense1"]
    assert item.face.severity == "error"
    assert item.face.fixes
    hand.click(item.at + item.pose.fixes[0].center())
    assert canvas.document.analysis.valid


def test_a_click_selects_a_link_and_delete_cuts_it(canvas: CanvasView, hand: Hand) -> None:
    link = Link("conv1", "relu1")
    hand.click(canvas.canvas.links.wires[link].course.middle)
    assert canvas.canvas.links.selected == link
    hand.key(Qt.Key.Key_Delete)
    assert link not in links(canvas)
    assert canvas.canvas.links.selected is None


def test_a_link_is_taken_up_by_the_end_that_is_nearer(canvas: CanvasView, hand: Hand) -> None:
    start, end = hand.port("conv1", "out"), hand.port("relu1", "in")
    near_target = start + (end - start) * 0.7
    hand.drag(near_target, hand.port("flatten1", "in"))
    assert Link("conv1", "flatten1") in links(canvas)


def test_a_right_click_selects_the_card_and_asks_for_a_menu(canvas: CanvasView, hand: Hand) -> None:
    from PySide6.QtGui import QContextMenuEvent
    from PySide6.QtWidgets import QApplication

    asked: list[object] = []
    canvas.menu_requested.connect(lambda where, what: asked.append(what))
    for at in (hand.body("relu1"), EMPTY):
        spot = hand.spot(at)
        event = QContextMenuEvent(
            QContextMenuEvent.Reason.Mouse, spot, canvas.viewport().mapToGlobal(spot)
        )
        QApplication.sendEvent(canvas.viewport(), event)
    assert asked == ["node", "canvas"]
    assert canvas.document.selection == ("relu1",)


def test_a_third_branch_joins_a_concat_at_its_spare_port(
    make_canvas: Callable[[Project], CanvasView], hand: Hand, canvas: CanvasView
) -> None:
    canvas.document.do("add", lambda p: edits.add(p, layer("Add"), (900.0, 0.0)))
    canvas.fit()
    for source in ("conv1", "relu1"):
        spare = len(canvas.canvas.nodes["add1"].face.inputs) - 1
        hand.drag(hand.port(source, "out"), hand.port("add1", "in", spare))
    assert Link("conv1", "add1", 0, 0) in links(canvas)
    assert Link("relu1", "add1", 0, 1) in links(canvas)
    assert len(canvas.canvas.nodes["add1"].face.inputs) == 3
