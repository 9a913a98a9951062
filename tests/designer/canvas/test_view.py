"""Where the canvas is looked at from, and what it paints there."""

from __future__ import annotations

from collections.abc import Callable

import numpy
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.canvas.card import FAR
from designer.canvas.view import CanvasView
from designer.style import theme
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.network import Link, Network, Node
from engine.network.project import Project

from .conftest import Hand, chain


def wheel(
    view: CanvasView,
    spot: QPoint,
    angle: int = 0,
    pixels: QPoint | None = None,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    event = QWheelEvent(
        QPointF(spot),
        QPointF(view.viewport().mapToGlobal(spot)),
        pixels or QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


def image(view: CanvasView) -> QImage:
    return view.grab().toImage()


@pytest.mark.parametrize("angle", [120, -120, 360, -240])
def test_the_wheel_zooms_at_the_pointer(canvas: CanvasView, angle: int) -> None:
    spot = QPoint(317, 211)
    before, zoom = canvas.mapToScene(spot), canvas.zoom
    wheel(canvas, spot, angle)
    assert (canvas.zoom > zoom) == (angle > 0)
    gap = (canvas.mapToScene(spot) - before) * canvas.zoom
    assert gap.manhattanLength() <= 2


def test_a_trackpad_scrolls_and_zooms_with_ctrl(canvas: CanvasView) -> None:
    offset, zoom = canvas.offset, canvas.zoom
    wheel(canvas, QPoint(300, 300), 30, QPoint(12, -7))
    assert canvas.offset == offset - QPoint(12, -7)
    assert canvas.zoom == zoom
    wheel(canvas, QPoint(300, 300), 60, QPoint(0, 8), Qt.KeyboardModifier.ControlModifier)
    assert canvas.zoom > zoom


def test_zoom_has_limits_and_stops_at_natural_size(canvas: CanvasView) -> None:
    for _ in range(60):
        canvas.zoom_in()
    assert canvas.zoom == 3.0
    for _ in range(200):
        canvas.zoom_out()
    assert canvas.zoom == pytest.approx(0.02)
    canvas.zoom_to(0.98)
    assert canvas.zoom == 1.0


def test_fit_shows_all_and_keeps_to_it_while_the_window_grows(canvas: CanvasView) -> None:
    canvas.zoom_to(3.0)
    QTest.keyClick(canvas, Qt.Key.Key_F)
    assert canvas.visible_rect().contains(canvas.canvas.extent())
    canvas.resize(700, 500)
    assert canvas.visible_rect().contains(canvas.canvas.extent())
    canvas.zoom_to(2.0)
    canvas.resize(900, 600)
    assert canvas.zoom == 2.0


def test_an_edit_leaves_the_view_where_it_is_and_a_load_fits(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    view = make_canvas(edits.add(Project(), layer("Input"), (0.0, 0.0)))
    view.zoom_to(2.0)
    offset = view.offset
    view.document.do("set", lambda p: edits.set_parameters(p, "input1", channels=3))
    view.document.undo()
    assert (view.zoom, view.offset) == (2.0, offset)
    view.document.load(view.document.project, None)
    assert view.zoom == 1.0


def test_thumbnails_that_make_cards_higher_push_none_out_of_sight(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    view = make_canvas(chain())
    view.resize(700, 260)
    before = view.canvas.extent()
    pictures = {name: numpy.full((1, 8, 8), 9, numpy.uint8) for name in view.canvas.nodes}
    view.set_thumbnails(pictures)
    assert view.canvas.extent() != before
    assert view.visible_rect().contains(view.canvas.extent())
    view.show_thumbnails(False)
    view.zoom_to(2.0)
    offset = view.offset
    view.show_thumbnails(True)
    assert (view.zoom, view.offset) == (2.0, offset)


def test_thumbnails_after_an_edit_leave_the_view_where_it_is(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    view = make_canvas(chain())
    view.resize(700, 260)
    view.document.do("set", lambda p: edits.set_parameters(p, "conv1", out_channels=7))
    zoom, offset = view.zoom, view.offset
    view.set_thumbnails({"conv1": numpy.full((1, 8, 8), 9, numpy.uint8)})
    view.set_thumbnails({"output1": numpy.full((1, 8, 8), 9, numpy.uint8)})
    assert (view.zoom, view.offset) == (zoom, offset)


def test_zoom_to_selection(canvas: CanvasView) -> None:
    canvas.document.select(["dense1"])
    canvas.zoom_to_selection()
    card = canvas.canvas.nodes["dense1"].card
    assert canvas.visible_rect().contains(card)
    assert canvas.zoom == 1.5


def test_a_card_selected_elsewhere_comes_into_sight(canvas: CanvasView) -> None:
    canvas.zoom_to(3.0, QPoint(0, 0))
    canvas.document.select(["output1"])
    assert canvas.visible_rect().contains(canvas.canvas.nodes["output1"].card.center())


def test_an_empty_canvas_says_what_to_do(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    view = make_canvas(Project())
    before = image(view)
    view.document.do("add", lambda p: edits.add(p, layer("Input"), (4000.0, 4000.0)))
    assert image(view) != before


def test_detail_falls_away_and_nothing_far_is_blank(canvas: CanvasView) -> None:
    family = QColor(theme().tokens.families["convolution"])
    for zoom in (0.1, 0.2, 0.33, 0.4, 0.6, 1.0, 2.0):
        canvas.fit()
        canvas.zoom_to(zoom)
        shot = image(canvas)
        edge = canvas.mapFromScene(canvas.canvas.nodes["conv1"].card.topLeft() + QPointF(3, 20))
        if canvas.rect().contains(edge):
            colors = {shot.pixelColor(edge + QPoint(dx, 0)).name() for dx in range(-1, 4)}
            assert family.name() in colors, zoom


def test_a_drawing_from_near_is_sharp_after_zooming(canvas: CanvasView, qtbot: QtBot) -> None:
    canvas.grab()
    canvas.zoom_to(0.9)
    canvas.grab()
    hurried = canvas.canvas.pictures.drawn
    pictures = canvas.canvas.pictures
    qtbot.waitUntil(lambda: not (pictures.hurry or pictures.patient), timeout=5000)
    assert pictures.drawn > hurried
    settled = image(canvas)
    pictures.clear()
    assert image(canvas) == settled


def test_panning_from_afar_shows_what_a_fresh_painting_shows(
    canvas: CanvasView, qtbot: QtBot
) -> None:
    canvas.zoom_to(FAR * 0.8)
    image(canvas)
    canvas.scroll_to(canvas.offset + QPoint(37, 23))
    moving = image(canvas)
    qtbot.waitUntil(lambda: not canvas._settle.isActive(), timeout=5000)
    assert image(canvas) == moving


def test_hovering_a_link_tells_its_shape(canvas: CanvasView, hand: Hand) -> None:
    canvas.grab()
    before = image(canvas)
    hand.move(canvas.canvas.links.wires[Link("conv1", "relu1")].course.middle)
    assert canvas.canvas.links.hovered == Link("conv1", "relu1")
    assert image(canvas) != before
    hand.move(QPointF(480, 172))
    assert canvas.canvas.links.hovered is None
    assert image(canvas) == before


def test_a_change_of_theme_repaints_everything(canvas: CanvasView) -> None:
    light = image(canvas)
    theme().apply("dark")
    dark = image(canvas)
    assert dark != light
    assert dark.pixelColor(3, 3).lightness() < 60
    theme().apply("light")
    assert image(canvas) == light


def test_the_minimap_shows_when_part_of_a_large_network_is_out_of_sight(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    project = Project()
    for number in range(14):
        project = edits.add(project, layer("ReLU"), (number * 300.0, 0.0))
    view = make_canvas(project)
    assert not view.minimap.isVisible()
    view.zoom_to(1.0)
    assert view.minimap.isVisible()
    left = view.offset.x()
    QTest.mouseClick(view.minimap, Qt.MouseButton.LeftButton, pos=QPoint(150, 56))
    assert view.offset.x() > left


def large(count: int) -> Project:
    """A chain of `count` convolutions and activations, laid out in rows, with skips."""
    pool = (layer("Conv2d", padding=1), layer("BatchNorm2d"), layer("ReLU"), layer("Add"))
    nodes = {"input1": Node(layer("Input"))}
    links: set[Link] = set()
    last = "input1"
    for number in range(1, count):
        name = f"n{number}"
        nodes[name] = Node(pool[number % 4])
        links.add(Link(last, name))
        if number % 4 == 3 and number > 8:
            links.add(Link(f"n{number - 4}", name, 0, 1))
        last = name
    placement = {
        name: (place % 92 * 300.0, place // 92 * 160.0) for place, name in enumerate(nodes)
    }
    return Project("Large", Network(nodes, frozenset(links)), placement)


def test_five_thousand_nodes_are_drawn_moved_and_edited(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    view = make_canvas(large(5000))
    assert len(view.canvas.nodes) == 5000
    hand = Hand(view)
    for zoom in (0.04, 0.2, 0.36, 1.0):
        view.zoom_to(zoom)
        assert not view.grab().isNull()
    shown = [item.face.name for item in view.canvas.cards_in(view.visible_rect())]
    assert 0 < len(shown) < 100
    name = shown[len(shown) // 2]
    view.reveal(name)
    at = hand.body(name)
    hand.drag(at, at + QPointF(40, 40))
    before = large(5000).placement[name]
    assert view.document.project.placement[name] != before
    view.document.undo()
    view.document.do("set", lambda p: edits.remove_and_reconnect(p, [name]))
    assert len(view.canvas.nodes) == 4999
    view.select_all()
    view.fit()
    assert not view.grab().isNull()
    assert len(view.canvas.pictures._kept) < 400
