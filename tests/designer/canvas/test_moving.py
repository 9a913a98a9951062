"""Cards dragged with and without keys held: out of a chain, into a link, copied, lined up."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from designer.canvas.gestures.move import Move
from designer.canvas.view import CanvasView
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.network import Link
from engine.network.project import Project

from .conftest import Hand, links

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
BELOW = QPointF(0, 400)


def carry(hand: Hand, start: QPointF, end: QPointF, held: Qt.KeyboardModifier) -> None:
    """Press, and move with keys held; the button stays down."""
    hand.press(start, held)
    for part in (0.3, 0.8, 1.0):
        spot = QPointF(hand.spot(start + (end - start) * part))
        viewport = hand.view.viewport()
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            spot,
            QPointF(viewport.mapToGlobal(spot.toPoint())),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            held,
        )
        QApplication.sendEvent(viewport, event)


def drag(hand: Hand, start: QPointF, end: QPointF, held: Qt.KeyboardModifier) -> None:
    carry(hand, start, end, held)
    hand.release(end, held)


def test_a_drag_with_ctrl_takes_a_card_out_and_the_chain_closes(
    canvas: CanvasView, hand: Hand
) -> None:
    start = hand.body("relu1")
    drag(hand, start, start + BELOW, CTRL)
    assert Link("conv1", "flatten1") in links(canvas)
    assert not canvas.canvas.links_of(["relu1"])
    assert canvas.document.project.placement["relu1"] == (600, 400)
    assert canvas.document.undo_label == "Take out relu1"
    canvas.document.undo()
    assert {Link("conv1", "relu1"), Link("relu1", "flatten1")} <= links(canvas)
    assert canvas.canvas.nodes["relu1"].at == QPointF(600, 0)


def test_the_drag_says_what_keys_do_and_what_letting_go_does(
    canvas: CanvasView, hand: Hand
) -> None:
    start = hand.body("relu1")
    carry(hand, start, start + BELOW, Qt.KeyboardModifier.NoModifier)
    assert canvas.gesture is not None and "Ctrl takes out" in canvas.gesture.hint
    hand.key(Qt.Key.Key_Escape)
    hand.release(start)
    carry(hand, start, start + BELOW, CTRL)
    assert canvas.gesture is not None and "chain closes" in canvas.gesture.hint
    assert not canvas.grab().isNull()
    hand.key(Qt.Key.Key_Escape)
    hand.release(start)


def test_a_drag_with_ctrl_puts_a_card_into_the_link_that_lights_up(
    canvas: CanvasView, hand: Hand
) -> None:
    middle = canvas.canvas.links.wires[Link("input1", "conv1")].course.middle
    grip = hand.body("relu1")
    level = canvas.canvas.nodes["relu1"].at + QPointF(110, 46)
    carry(hand, grip, middle + grip - level, CTRL)
    gesture = canvas.gesture
    assert isinstance(gesture, Move) and gesture.link == Link("input1", "conv1")
    assert not canvas.grab().isNull()
    hand.release(middle + grip - level, CTRL)
    assert {Link("input1", "relu1"), Link("relu1", "conv1"), Link("conv1", "flatten1")} <= links(
        canvas
    )
    cards = [item.card for item in canvas.canvas.nodes.values()]
    assert not any(a.intersects(b) for a in cards for b in cards if a is not b)


def test_a_card_without_links_goes_into_the_link_it_is_let_go_on(
    canvas: CanvasView, hand: Hand
) -> None:
    canvas.document.do("add", lambda p: edits.add(p, layer("Dropout"), (300.0, 400.0)))
    canvas.fit()
    middle = canvas.canvas.links.wires[Link("conv1", "relu1")].course.middle
    grip = hand.body("dropout1")
    level = canvas.canvas.nodes["dropout1"].at + QPointF(110, 46)
    hand.drag(grip, middle + grip - level)
    assert {Link("conv1", "dropout1"), Link("dropout1", "relu1")} <= links(canvas)
    canvas.document.undo()
    assert canvas.document.project.placement["dropout1"] == (300, 400)
    assert Link("conv1", "relu1") in links(canvas)


def test_a_linked_card_passes_over_links_unharmed(canvas: CanvasView, hand: Hand) -> None:
    before = links(canvas)
    middle = canvas.canvas.links.wires[Link("input1", "conv1")].course.middle
    hand.drag(hand.body("dense1"), middle)
    assert links(canvas) == before


def test_a_drag_with_alt_leaves_the_cards_and_puts_linked_copies_there(
    canvas: CanvasView, hand: Hand
) -> None:
    canvas.document.select(["conv1", "relu1"])
    start = hand.body("conv1")
    carry(hand, start, start + BELOW, ALT)
    assert canvas.canvas.nodes["conv1"].at == QPointF(300, 0)
    assert not canvas.grab().isNull()
    hand.release(start + BELOW, ALT)
    first, second = canvas.document.selection
    assert {Link("input1", first), Link(first, second)} <= links(canvas)
    assert canvas.document.project.placement[first] == (300, 400)
    canvas.document.undo()
    assert first not in canvas.canvas.nodes


def test_keys_pressed_while_the_mouse_rests_change_the_drag(
    canvas: CanvasView, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = hand.body("relu1")
    carry(hand, start, start + BELOW, Qt.KeyboardModifier.NoModifier)
    gesture = canvas.gesture
    assert isinstance(gesture, Move) and gesture.way == "move"
    monkeypatch.setattr("designer.canvas.hands.QGuiApplication.keyboardModifiers", lambda: ALT)
    hand.key(Qt.Key.Key_Alt)
    assert gesture.way == "duplicate"
    hand.key(Qt.Key.Key_Escape)
    hand.release(start)


@pytest.mark.parametrize("held", [ALT, CTRL, SHIFT])
def test_escape_takes_every_drag_back(
    canvas: CanvasView, hand: Hand, held: Qt.KeyboardModifier
) -> None:
    before = canvas.document.project
    start = hand.body("relu1")
    carry(hand, start, start + BELOW, held)
    hand.key(Qt.Key.Key_Escape)
    hand.release(start + BELOW, held)
    assert canvas.document.project is before
    assert canvas.gesture is None
    assert canvas.canvas.nodes["relu1"].at == QPointF(600, 0)
    assert canvas.document.selection == ()


def test_shift_moves_without_snapping(canvas: CanvasView, hand: Hand) -> None:
    start = hand.body("conv1")
    end = start + QPointF(33, 293)
    drag(hand, start, end, SHIFT)
    x, y = canvas.document.project.placement["conv1"]
    assert (x % 20, y % 20) != (0, 0)


def test_a_card_snaps_to_gaps_as_wide_as_its_neighbours_have(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    project = Project()
    for x, y in ((0.0, 0.0), (265.0, 0.0), (700.0, 300.0)):
        project = edits.add(project, layer("ReLU"), (x, y))
    view = make_canvas(project)
    hand = Hand(view)
    start = hand.body("relu3")
    hand.drag(start, start + QPointF(533, 2) - QPointF(700, 300))
    assert view.document.project.placement["relu3"] == (530, 0)


def test_a_group_snaps_to_equal_gaps_by_its_outermost_card(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    project = Project()
    for x, y in ((0.0, 0.0), (265.0, 0.0), (700.0, 300.0), (1000.0, 300.0)):
        project = edits.add(project, layer("ReLU"), (x, y))
    view = make_canvas(project)
    view.document.select(["relu3", "relu4"])
    hand = Hand(view)
    # Taken by the right one: the gap left of the left one becomes 45 like the one before.
    start = hand.body("relu4")
    hand.drag(start, start + QPointF(533, 2) - QPointF(700, 300))
    assert view.document.project.placement["relu3"] == (530, 0)
    assert view.document.project.placement["relu4"] == (830, 0)
