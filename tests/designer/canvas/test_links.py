"""Links: cut by a stroke, bent by reroute points, walked by keys, marked where broken or muted."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

from designer.canvas.card import FAR
from designer.canvas.view import CanvasView
from designer.style import theme
from engine.network import edits
from engine.network.network import Link

from .conftest import Hand, links

CTRL = Qt.KeyboardModifier.ControlModifier
RIGHT = Qt.MouseButton.RightButton


def stroke(hand: Hand, *points: QPointF, let_go: bool = True) -> None:
    hand.press(points[0], CTRL, RIGHT)
    viewport = hand.view.viewport()
    for before, after in pairwise(points):
        for part in range(1, 7):
            spot = QPointF(hand.spot(before + (after - before) * (part / 6)))
            event = QMouseEvent(
                QEvent.Type.MouseMove,
                spot,
                QPointF(viewport.mapToGlobal(spot.toPoint())),
                Qt.MouseButton.NoButton,
                RIGHT,
                CTRL,
            )
            QApplication.sendEvent(viewport, event)
    if let_go:
        hand.release(points[-1], CTRL, RIGHT)


def middle(view: CanvasView, link: Link) -> QPointF:
    return view.canvas.links.wires[link].course.middle


def test_a_stroke_cuts_the_links_it_crosses_in_one_step(canvas: CanvasView, hand: Hand) -> None:
    one, other = Link("input1", "conv1"), Link("conv1", "relu1")
    up, down = QPointF(0, -60), QPointF(0, 60)
    stroke(
        hand,
        middle(canvas, one) + up,
        middle(canvas, one) + down,
        middle(canvas, other) + QPointF(0, 70),
        middle(canvas, other) + up,
    )
    assert links(canvas) == {
        Link("relu1", "flatten1"),
        Link("flatten1", "dense1"),
        Link("dense1", "output1"),
    }
    assert canvas.document.undo_label == "Cut 2 links"
    canvas.document.undo()
    assert {one, other} <= links(canvas)


def test_escape_takes_a_stroke_back_and_it_opens_no_menu(canvas: CanvasView, hand: Hand) -> None:
    before = canvas.document.project
    asked: list[str] = []
    canvas.menu_requested.connect(lambda where, what: asked.append(what))
    link = Link("conv1", "relu1")
    up, down = middle(canvas, link) - QPointF(0, 60), middle(canvas, link) + QPointF(0, 60)
    stroke(hand, up, down, let_go=False)
    spot = hand.spot(up)
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, spot, canvas.viewport().mapToGlobal(spot), CTRL
    )
    QApplication.sendEvent(canvas.viewport(), event)
    assert canvas.gesture is not None and canvas.gesture.hint == "Cut 1 link"
    assert not canvas.grab().isNull()
    hand.key(Qt.Key.Key_Escape)
    hand.release(down, CTRL, RIGHT)
    assert canvas.document.project is before
    assert canvas.gesture is None and asked == []


def test_a_stroke_works_from_afar(canvas: CanvasView, hand: Hand) -> None:
    canvas.zoom_to(FAR * 0.8)
    link = Link("conv1", "relu1")
    stroke(hand, middle(canvas, link) - QPointF(0, 90), middle(canvas, link) + QPointF(0, 90))
    assert link not in links(canvas)


def test_the_links_of_the_selection_are_cut_by_a_command(canvas: CanvasView) -> None:
    canvas.document.select(["conv1"])
    canvas.cut_links()
    assert not canvas.canvas.links_of(["conv1"])
    canvas.document.undo()
    canvas.document.select(())
    canvas.select_link(Link("conv1", "relu1"))
    canvas.cut_links()
    assert Link("conv1", "relu1") not in links(canvas)


def test_a_double_click_on_a_link_bends_it_there(canvas: CanvasView, hand: Hand) -> None:
    at = middle(canvas, Link("conv1", "relu1"))
    hand.double_click(at)
    (name,) = canvas.document.selection
    assert canvas.document.project.network.nodes[name].kind == "Reroute"
    assert {Link("conv1", name), Link(name, "relu1")} <= links(canvas)
    card = canvas.canvas.nodes[name].card
    assert (card.width(), card.height()) == (20, 20)
    assert (card.center() - at).manhattanLength() < 4


def test_a_reroute_is_dragged_selected_and_deleted_like_a_card(
    canvas: CanvasView, hand: Hand
) -> None:
    canvas.insert_reroute(Link("conv1", "relu1"))
    (name,) = canvas.document.selection
    canvas.document.select(())
    item = canvas.canvas.nodes[name]
    start = item.card.center()
    hand.drag(start, start + QPointF(0, 100))
    assert canvas.document.project.placement[name][1] == pytest.approx(start.y() + 90, abs=12)
    assert canvas.document.selection == (name,)
    canvas.document.select(())
    hand.click(canvas.canvas.nodes[name].card.center())
    assert canvas.document.selection == (name,)
    hand.key(Qt.Key.Key_Delete)
    assert Link("conv1", "relu1") in links(canvas)
    assert name not in canvas.canvas.nodes


def test_a_link_can_branch_off_at_a_reroute(canvas: CanvasView, hand: Hand) -> None:
    canvas.insert_reroute(Link("conv1", "relu1"))
    (name,) = canvas.document.selection
    beside = canvas.canvas.nodes[name].card.center() + QPointF(14, 0)
    hand.drag(beside, hand.port("flatten1", "in"))
    assert Link(name, "flatten1") in links(canvas)


def test_a_reroute_shows_no_text_at_any_zoom(canvas: CanvasView) -> None:
    canvas.insert_reroute(Link("conv1", "relu1"), QPointF(550, -200))
    (name,) = canvas.document.selection
    canvas.document.select(())
    item = canvas.canvas.nodes[name]
    assert item.pose.note == () and item.pose.fixes == ()
    path = canvas.canvas.links.wires[Link("conv1", name)].course.path
    assert (path.pointAtPercent(1) - item.card.center()).manhattanLength() < 1e-6


def test_keys_walk_through_the_links_of_a_node(canvas: CanvasView) -> None:
    canvas.document.select(["conv1"])
    seen: list[Link | None] = []
    for _ in range(3):
        canvas.picking.step_link(1)
        seen.append(canvas.picking.link)
    assert seen == [Link("input1", "conv1"), Link("conv1", "relu1"), Link("input1", "conv1")]
    assert canvas.document.selection == ()
    canvas.picking.step_link(-1)
    assert canvas.picking.link == Link("conv1", "relu1")


def test_a_layer_is_put_into_the_selected_link_by_keys(canvas: CanvasView, hand: Hand) -> None:
    from PySide6.QtTest import QTest

    canvas.select_link(Link("conv1", "relu1"))
    hand.key(Qt.Key.Key_Tab)
    popup = canvas.adding.popup
    assert popup is not None and "between conv1 and relu1" in popup.field.placeholderText()
    labels = {popup.model.item(row).text() for row in range(popup.model.rowCount())}
    assert "BatchNorm2d" in labels and "Output" not in labels and "Dense" not in labels
    QTest.keyClicks(popup.field, "batchnorm")
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    (name,) = canvas.document.selection
    assert {Link("conv1", name), Link(name, "relu1")} <= links(canvas)


def test_a_link_that_brings_a_wrong_shape_is_drawn_as_broken_and_says_why(
    canvas: CanvasView, hand: Hand
) -> None:
    canvas.document.do("break", lambda p: edits.remove_and_reconnect(p, ["flatten1"]))
    link = Link("relu1", "dense1")
    assert canvas.canvas.links.wires[link].state == "broken"
    at = middle(canvas, link)
    canvas.grab()
    error = QColor(theme().tokens.error)
    shot = canvas.grab().toImage()
    spot = canvas.mapFromScene(at)
    colors = {
        shot.pixelColor(spot.x() + dx, spot.y() + dy).name()
        for dx in range(-14, 15)
        for dy in range(-4, 5)
    }
    assert error.name() in colors
    hand.move(at)
    assert canvas.hovering.told is not None
    assert "dense1 needs a vector" in canvas.hovering.told[0]
    hand.move(QPointF(480, 172))
    assert canvas.hovering.told is None
    canvas.document.undo()
    assert all(wire.state == "" for wire in canvas.canvas.links.wires.values())


def test_a_button_under_a_card_tells_what_it_leads_to(canvas: CanvasView, hand: Hand) -> None:
    canvas.document.do("break", lambda p: edits.remove_and_reconnect(p, ["flatten1"]))
    item = canvas.canvas.nodes["dense1"]
    before = canvas.document.project
    hand.move(item.at + item.pose.fixes[0].center())
    assert canvas.hovering.told is not None
    text = canvas.hovering.told[0]
    assert "→" in text and "flatten1" in text and "Nothing is broken then." in text
    assert canvas.document.project is before
    assert not canvas.grab().isNull()


def test_links_of_a_muted_node_are_marked_with_it(canvas: CanvasView) -> None:
    canvas.document.do("mute", lambda p: edits.set_mode(p, ["relu1"], "muted"))
    states = {link: wire.state for link, wire in canvas.canvas.links.wires.items()}
    assert states[Link("conv1", "relu1")] == states[Link("relu1", "flatten1")] == "muted"
    assert states[Link("input1", "conv1")] == ""


def test_a_link_back_to_a_lower_row_keeps_clear_of_the_cards_when_it_is_bent(
    canvas: CanvasView,
) -> None:
    document = canvas.document
    places = {"conv1": (2000.0, 2000.0), "relu1": (1700.0, 2400.0)}
    document.do("Move", lambda p: edits.move(p, places))
    link = Link("conv1", "relu1")
    wire = canvas.canvas.links.wires[link]
    canvas.insert_reroute(link, wire.course.middle)
    bend = document.selection[0]
    canvas.insert_reroute(Link(bend, "relu1"))
    for made in links(canvas):
        if "reroute" not in made.source + made.target:
            continue
        path = canvas.canvas.links.wires[made].course.path
        spots = [path.pointAtPercent(part / 100) for part in range(101)]
        for name, node in canvas.canvas.nodes.items():
            inner = node.card.adjusted(2, 2, -2, -2)
            if "reroute" not in name:
                assert not any(inner.contains(spot) for spot in spots), (made, name)
