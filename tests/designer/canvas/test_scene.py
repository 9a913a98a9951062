"""The scene shows the document, whatever is done to it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from designer.canvas.face import face
from designer.canvas.scene import CanvasScene
from designer.canvas.view import CanvasView
from designer.document import Document
from engine.layers.catalogue import kinds, layer
from engine.network import edits, order
from engine.network.network import Link
from engine.network.project import Project

from .conftest import chain


def check(scene: CanvasScene) -> None:
    """Every item and wire is what the document says, and there are no others."""
    document = scene.document
    project, network = document.project, document.project.network
    assert scene.nodes.keys() == network.nodes.keys()
    assert scene.links.wires.keys() == network.links
    feeds, leads = order.sources(network), order.targets(network)
    for name, item in scene.nodes.items():
        report = document.analysis.nodes.get(name)
        expected = face(network, name, report, feeds.get(name, ()), name in leads)
        assert item.face == expected
        assert item.at == item.pos() == QPointF(*project.placement[name])
        assert item.card.topLeft() == item.at
        assert item.selected == (name in document.selection)
        assert item.scene() is scene
    for link, wire in scene.links.wires.items():
        path = wire.course.path
        assert path.pointAtPercent(0) == scene.nodes[link.source].port("out", link.output)
        end = scene.nodes[link.target].port("in", link.input)
        assert (path.pointAtPercent(1) - end).manhattanLength() < 1e-6
        assert wire.shape == scene.shape(link.source, link.output)
    extent = scene.extent()
    for item in scene.nodes.values():
        assert extent.contains(item.card)
        assert scene.sceneRect().contains(item.card)
    bars = [bar for family in scene.bars().values() for bar in family]
    assert len(bars) == len(scene.nodes)


KINDS = ("Conv2d", "ReLU", "MaxPool2d", "Flatten", "Linear", "Add", "Concat", "Input", "Output")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_the_scene_equals_the_document_after_any_edits(
    qapp: QApplication, data: st.DataObject
) -> None:
    document = Document(chain())
    scene = CanvasScene(document)
    numbers = st.integers(0, 9)
    for _ in range(data.draw(st.integers(1, 8))):
        names = list(document.project.network.nodes)
        pick = st.sampled_from(names) if names else st.just("")
        which = data.draw(
            st.sampled_from(
                ["add", "link", "cut", "remove", "join", "move", "set", "undo", "redo", "select"]
            )
        )
        one, other = data.draw(pick), data.draw(pick)
        links = sorted(document.project.network.links)
        if which == "add":
            kind = data.draw(st.sampled_from(KINDS))
            at = (data.draw(numbers) * 300.0, data.draw(numbers) * 5000.0)
            document.do("add", lambda p, k=kind, a=at: edits.add(p, layer(k), a))
        elif which == "link" and names:
            link = Link(one, other, 0, data.draw(st.integers(0, 2)))
            document.do("link", lambda p, x=link: edits.connect(p, x))
        elif which == "cut" and links:
            gone = data.draw(st.sampled_from(links))
            document.do("cut", lambda p, x=gone: edits.disconnect(p, [x]))
        elif which == "remove":
            document.do("remove", lambda p, x=one: edits.remove(p, [x]))
        elif which == "join":
            document.do("join", lambda p, x=one: edits.remove_and_reconnect(p, [x]))
        elif which == "move" and names:
            at = (data.draw(numbers) * 40.0, data.draw(numbers) * -300.0)
            document.do("move", lambda p, x=one, a=at: edits.move(p, {x: a}))
        elif which == "set" and "conv1" in names:
            size = data.draw(st.integers(1, 40))
            document.do("set", lambda p, s=size: edits.set_parameters(p, "conv1", kernel_size=s))
        elif which == "undo":
            document.undo()
        elif which == "redo":
            document.redo()
        elif which == "select":
            document.select([one, other])
        check(scene)


def test_only_what_changed_is_drawn_anew(canvas: CanvasView) -> None:
    canvas.grab()
    drawn = canvas.canvas.pictures.drawn
    canvas.document.do("set", lambda p: edits.set_parameters(p, "dense1", out_features=20))
    canvas.grab()
    assert canvas.canvas.pictures.drawn - drawn == 2  # dense1, and output1 behind it
    canvas.document.do("move", lambda p: edits.move(p, {"conv1": (300.0, 40.0)}))
    canvas.document.select(["relu1"])
    canvas.grab()
    assert canvas.canvas.pictures.drawn - drawn == 2


def test_another_project_takes_the_place_of_the_first(
    canvas: CanvasView, make_canvas: Callable[[Project], CanvasView]
) -> None:
    other = edits.add(Project("Other"), layer("Input"), (5000.0, 5000.0))
    other = edits.append(other, layer("Tanh"), "input1", (5300.0, 5000.0))
    canvas.document.load(other, None)
    check(canvas.canvas)
    assert canvas.visible_rect().contains(canvas.canvas.extent())


def test_a_layer_just_put_down_waits_and_a_wrong_one_is_invalid(canvas: CanvasView) -> None:
    canvas.document.do("add", lambda p: edits.add(p, layer("Conv2d"), (0.0, 400.0)))
    assert canvas.canvas.nodes["conv2"].face.severity == "waiting"
    assert canvas.canvas.invalid == []
    canvas.document.do(
        "break", lambda p: edits.set_parameters(p, "conv1", kernel_size=31, padding=0)
    )
    assert canvas.canvas.nodes["conv1"].face.severity == "error"
    assert canvas.canvas.invalid == ["conv1"]
    assert not canvas.canvas.nodes["relu1"].face.reached


def test_the_end_of_a_network_being_drawn_is_not_warned_of(canvas: CanvasView) -> None:
    canvas.document.do("branch", lambda p: edits.append(p, layer("ReLU"), "conv1"))
    end = canvas.canvas.nodes["relu2"].face
    assert canvas.document.analysis.nodes["relu2"].problems
    assert (end.note, end.fixes, end.severity) == ("", (), "")


def test_thumbnails_make_cards_taller_and_move_no_port(canvas: CanvasView) -> None:
    item = canvas.canvas.nodes["conv1"]
    port, height = item.port("out", 0), item.card.height()
    maps = np.arange(6 * 28 * 28, dtype=np.uint8).reshape(6, 28, 28)
    canvas.set_thumbnails({"conv1": maps, "gone": maps})
    assert item.card.height() > height
    assert item.port("out", 0) == port
    canvas.grab()
    canvas.show_thumbnails(False)
    assert not canvas.thumbnails_shown
    assert item.card.height() == height
    canvas.set_thumbnails({"conv1": maps[:1], "relu1": maps[:, :1, :1]})
    assert item.card.height() == height
    canvas.show_thumbnails(True)
    assert canvas.canvas.nodes["relu1"].card.height() > height
    canvas.grab()


def test_the_pixels_of_a_thumbnail_are_the_maps(canvas: CanvasView) -> None:
    from designer.canvas.node import strip

    maps = np.array([[[0, 255], [128, 7]]], dtype=np.uint8)
    image = strip(maps)
    scale = image.width() // 2
    found = [
        image.pixelColor(x * scale + scale // 2, y * scale + scale // 2).red()
        for y in range(2)
        for x in range(2)
    ]
    assert found == [0, 255, 128, 7]


def test_every_kind_of_layer_can_be_shown(make_canvas: Callable[[Project], CanvasView]) -> None:
    project = Project()
    for number, kind in enumerate(kinds()):
        at = (number % 7 * 300.0, number // 7 * 160.0)
        project = edits.add(project, layer(kind), at)
    view = make_canvas(project)
    for zoom in (0.1, 0.36, 0.5, 1.0):
        view.zoom_to(zoom)
        assert not view.grab().isNull()
    check(view.canvas)


def test_the_node_in_the_viewers_is_marked(canvas: CanvasView) -> None:
    canvas.set_running("conv1")
    canvas.set_running("relu1")
    running = [name for name, item in canvas.canvas.nodes.items() if item.running]
    assert running == ["relu1"]
    canvas.document.do("remove", lambda p: edits.remove(p, ["relu1"]))
    canvas.set_running(None)
