"""Cards put in line by command, and laid out by the machine."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from designer.canvas import commands
from designer.canvas.view import CanvasView
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.project import Frame, Project

from .conftest import Hand, chain


def still(view: CanvasView) -> None:
    """Let no card glide."""
    view.arranging.finish()


def test_edges_and_middles_are_aligned(canvas: CanvasView) -> None:
    canvas.document.do("move", lambda p: edits.move(p, {"conv1": (320.0, 60.0)}))
    canvas.document.select(["input1", "conv1", "relu1"])
    commands.align(canvas.document, canvas.canvas.cards(), "top")
    assert [canvas.canvas.nodes[name].at.y() for name in canvas.document.selection] == [0, 0, 0]
    commands.align(canvas.document, canvas.canvas.cards(), "left")
    assert [canvas.canvas.nodes[name].at.x() for name in canvas.document.selection] == [0, 0, 0]
    canvas.document.undo()
    canvas.document.undo()
    assert canvas.canvas.nodes["conv1"].at == QPointF(320, 60)


def test_gaps_are_made_equal(canvas: CanvasView) -> None:
    canvas.document.do("move", lambda p: edits.move(p, {"conv1": (260.0, 0.0)}))
    canvas.document.select(["input1", "conv1", "relu1"])
    commands.distribute(canvas.document, canvas.canvas.cards(), "horizontal")
    assert canvas.canvas.nodes["conv1"].at == QPointF(300, 0)


def overlapping(view: CanvasView) -> bool:
    cards = [item.card for item in view.canvas.nodes.values()]
    return any(a.intersects(b) for a in cards for b in cards if a is not b)


def test_the_network_is_laid_out_in_one_step_of_undo(canvas: CanvasView) -> None:
    places = dict.fromkeys(canvas.canvas.nodes, (0.0, 0.0))
    canvas.document.do("heap", lambda p: edits.move(p, places))
    before = canvas.document.project
    canvas.arranging.run()
    still(canvas)
    assert not overlapping(canvas)
    assert canvas.canvas.nodes["input1"].at.x() < canvas.canvas.nodes["conv1"].at.x()
    assert canvas.visible_rect().contains(canvas.canvas.extent())
    canvas.document.undo()
    assert canvas.document.project == before


def test_only_the_selection_is_laid_out(canvas: CanvasView) -> None:
    names = ("conv1", "relu1", "flatten1")
    canvas.document.do("heap", lambda p: edits.move(p, dict.fromkeys(names, (3000.0, 0.0))))
    before = canvas.document.project.placement
    canvas.document.select(names)
    canvas.arranging.run()
    still(canvas)
    after = canvas.document.project.placement
    assert all(after[name] == before[name] for name in ("input1", "dense1", "output1"))
    cards = [canvas.canvas.nodes[name].card for name in names]
    assert not any(a.intersects(b) for a in cards for b in cards if a is not b)


def test_cards_glide_to_their_places_and_an_edit_meanwhile_does_no_harm(
    canvas: CanvasView, qtbot: QtBot
) -> None:
    places = dict.fromkeys(canvas.canvas.nodes, (0.0, 0.0))
    canvas.document.do("heap", lambda p: edits.move(p, places))
    canvas.arranging.run()
    placed = canvas.document.project.placement["output1"]
    qtbot.waitUntil(lambda: canvas.canvas.nodes["output1"].at == QPointF(*placed), timeout=5000)
    canvas.document.undo()
    canvas.arranging.run()
    canvas.document.do("gone", lambda p: edits.remove(p, ["output1"]))
    for name, item in canvas.canvas.nodes.items():
        assert item.at == QPointF(*canvas.document.project.placement[name])


def test_frames_go_along_with_what_they_hold(canvas: CanvasView) -> None:
    frame = Frame((260.0, -80.0), (600.0, 220.0), "Features")
    canvas.document.do("frame", lambda p: edits.add_frame(p, frame))
    canvas.document.do("move", lambda p: edits.move(p, {"relu1": (610.0, 10.0)}))
    canvas.arranging.run()
    still(canvas)
    shown = canvas.canvas.frames.items["frame1"].shown
    assert shown.contains(canvas.canvas.extent(["conv1", "relu1"]))
    assert canvas.document.project.frames["frame1"].title == "Features"


def long(count: int) -> Project:
    project = chain()
    last = "relu1"
    for number in range(count):
        project = edits.append(project, layer("ReLU"), last, (number * 10.0, 900.0))
        last = list(project.network.nodes)[-1]
    return project


def test_a_large_layout_runs_beside_the_window_and_escape_takes_it_back(
    make_canvas: Callable[[Project], CanvasView], qtbot: QtBot
) -> None:
    view = make_canvas(long(200))
    before = view.document.project
    view.arranging.run()
    assert view.gesture is not None and "Escape cancels" in view.gesture.hint
    assert not view.grab().isNull()
    Hand(view).key(Qt.Key.Key_Escape)
    assert view.gesture is None
    qtbot.wait(300)
    assert view.document.project is before
    view.arranging.run()
    qtbot.waitUntil(lambda: view.gesture is None, timeout=20_000)
    still(view)
    assert view.document.undo_label == "Arrange all"
    assert not overlapping(view)
