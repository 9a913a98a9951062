"""Layers dragged in from the palette, by the events that Qt sends for a drag."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from designer.canvas.entries import MIME, entries, pack, unpack
from designer.canvas.gestures.layer_drop import LayerDrop
from designer.canvas.view import CanvasView
from engine.layers.catalogue import layer
from engine.network.network import Link
from engine.network.project import Project

from .conftest import Hand, links

NOTHING = QPointF(480, 172)
LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def entry(label: str) -> QMimeData:
    return pack(next(item for item in entries() if item.label == label))


def enter(view: CanvasView, data: QMimeData, at: QPointF) -> bool:
    spot = view.mapFromScene(at)
    event = QDragEnterEvent(spot, Qt.DropAction.CopyAction, data, LEFT, NO_KEYS)
    QApplication.sendEvent(view.viewport(), event)
    return event.isAccepted()


def move(view: CanvasView, data: QMimeData, at: QPointF) -> None:
    spot = view.mapFromScene(at)
    event = QDragMoveEvent(spot, Qt.DropAction.CopyAction, data, LEFT, NO_KEYS)
    QApplication.sendEvent(view.viewport(), event)


def drop(view: CanvasView, data: QMimeData, at: QPointF) -> None:
    spot = QPointF(view.mapFromScene(at))
    event = QDropEvent(spot, Qt.DropAction.CopyAction, data, LEFT, NO_KEYS)
    QApplication.sendEvent(view.viewport(), event)


def test_a_layer_dropped_on_nothing_stands_there_and_is_selected(canvas: CanvasView) -> None:
    data = entry("MaxPool2d")
    assert enter(canvas, data, NOTHING)
    move(canvas, data, QPointF(410, 446))
    drop(canvas, data, QPointF(410, 446))
    (name,) = canvas.document.selection
    assert canvas.document.project.network.nodes[name].kind == "MaxPool2d"
    assert canvas.document.project.placement[name] == (300, 400)
    assert canvas.gesture is None


def test_a_layer_dropped_on_a_card_stands_under_it_where_it_was_shown(
    canvas: CanvasView, hand: Hand
) -> None:
    data = entry("Dropout")
    enter(canvas, data, NOTHING)
    move(canvas, data, hand.body("conv1"))
    gesture = canvas.gesture
    assert isinstance(gesture, LayerDrop)
    drop(canvas, data, hand.body("conv1"))
    (name,) = canvas.document.selection
    new = canvas.canvas.nodes[name]
    assert new.at == gesture.corner
    others = [item.card for item in canvas.canvas.nodes.values() if item is not new]
    assert not any(new.card.intersects(card) for card in others)


def test_a_layer_dropped_on_a_link_goes_into_it_and_its_row_makes_room(
    canvas: CanvasView,
) -> None:
    data = entry("BatchNorm2d")
    middle = canvas.canvas.links.wires[Link("conv1", "relu1")].course.middle
    enter(canvas, data, NOTHING)
    move(canvas, data, middle)
    assert canvas.gesture is not None and "conv1" in canvas.gesture.hint
    drop(canvas, data, middle)
    (name,) = canvas.document.selection
    assert {Link("conv1", name), Link(name, "relu1")} <= links(canvas)
    assert Link("conv1", "relu1") not in links(canvas)
    cards = [item.card for item in canvas.canvas.nodes.values()]
    assert not any(a.intersects(b) for a in cards for b in cards if a is not b)


def test_a_preset_arrives_with_its_values(canvas: CanvasView) -> None:
    data = entry("Conv 1×1")
    enter(canvas, data, NOTHING)
    drop(canvas, data, NOTHING)
    (name,) = canvas.document.selection
    content = canvas.document.project.network.nodes[name].content
    assert content == layer("Conv2d", kernel_size=1)


def test_a_drag_that_leaves_or_is_escaped_leaves_nothing(canvas: CanvasView, hand: Hand) -> None:
    before = canvas.document.project
    data = entry("ReLU")
    enter(canvas, data, NOTHING)
    QApplication.sendEvent(canvas.viewport(), QDragLeaveEvent())
    assert canvas.gesture is None
    enter(canvas, data, NOTHING)
    hand.key(Qt.Key.Key_Escape)
    assert canvas.gesture is None
    drop(canvas, data, NOTHING)
    assert canvas.document.project is before


def test_a_drop_on_an_empty_canvas_begins_a_network(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    view = make_canvas(Project())
    data = entry("Input")
    enter(view, data, QPointF(0, 0))
    drop(view, data, QPointF(0, 0))
    assert list(view.document.project.network.nodes) == list(view.canvas.nodes) != []


def test_what_is_no_layer_of_ours_is_not_taken(canvas: CanvasView) -> None:
    for text in (b"{", b"[]", b'{"kind": "Nothing", "values": {}}', b'{"kind": 1}', b"\xff"):
        data = QMimeData()
        data.setData(MIME, text)
        assert unpack(data) is None
        assert not enter(canvas, data, NOTHING)
    bad = QMimeData()
    bad.setData(MIME, b'{"kind": "Conv2d", "values": {"kernel_size": -3}}')
    assert unpack(bad) is None


def test_every_entry_survives_its_own_drag(qapp: QApplication) -> None:
    for item in entries():
        assert unpack(pack(item)) == item.layer()
