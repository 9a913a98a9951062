"""What keeps the canvas quick does not keep it from being right."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from designer.canvas import pictures
from designer.canvas.view import CanvasView
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.project import Project


def long_chain(count: int) -> Project:
    """An Input, a convolution and ReLUs, `count` in all behind the Input, too wide to be in sight."""
    project = edits.append(Project("Long"), layer("Input", shape=(3, 500, 500)), None, (0, 0))
    for number in range(count):
        last = list(project.network.nodes)[-1]
        kind = "ReLU" if number else "Conv2d"
        project = edits.append(project, layer(kind), last, (300.0 * (number + 1), 0.0))
    return project


def test_cards_out_of_sight_show_the_new_shapes_when_they_are_looked_at(
    make_canvas: Callable[[Project], CanvasView], qtbot: QtBot
) -> None:
    view = make_canvas(long_chain(160))
    view.zoom_to(1.0)
    view.go_to(view.canvas.nodes["conv1"].card.center())
    qtbot.wait(200)
    document = view.document
    document.do("Widen", lambda p: edits.set_parameters(p, "conv1", out_channels=9))

    far = view.canvas.nodes["relu159"]
    shape = document.analysis.nodes["relu159"].outputs[0]
    assert far._pose.face.leaving != far.face.leaving, "it was drawn though nobody sees it"
    assert far.face.leaving == "×".join(map(str, shape))
    middle = view.canvas.nodes["relu80"]
    stale = middle._pose
    view.go_to(middle.card.center())
    view.viewport().repaint()
    assert middle._pose is not stale


def test_new_pictures_come_to_an_end_however_slow_the_machine_is(
    make_canvas: Callable[[Project], CanvasView], qtbot: QtBot, monkeypatch
) -> None:
    monkeypatch.setattr(pictures, "BUDGET", -1.0)
    view = make_canvas(long_chain(12))
    view.zoom_to(0.5)
    view.zoom_to(0.6)

    held = view.canvas.pictures
    qtbot.waitUntil(lambda: not held.hurry and not held.unfinished, timeout=5000)


def test_what_is_carried_from_afar_is_painted_where_it_is_carried(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    view = make_canvas(long_chain(20))
    view.zoom_to(0.1)
    rest = view.grab().toImage()
    scene = view.canvas
    start = scene.nodes["relu9"].at
    scene.carry({"relu9": start + (scene.nodes["relu9"].card.bottomLeft() - start) * 8})
    moved = view.grab().toImage()
    assert moved != rest
    scene.put_back(["relu9"])
    assert not scene.carried
    assert view.grab().toImage() == rest
