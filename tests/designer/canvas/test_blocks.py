"""Blocks on the canvas: entered, left, looked at from outside, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.canvas.block_entries import BlockEntry
from designer.canvas.gestures.block_drop import BlockDrop
from designer.canvas.gestures.gesture import Pointer
from designer.canvas.instance import sketch
from designer.canvas.view import CanvasView
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.grouping import group
from engine.network.instances import add_instance, set_first, set_repeat
from engine.network.network import Link
from engine.network.project import Project
from engine.network.promoting import promote, set_when
from engine.network.scope import closed, opened

from .conftest import Hand, chain

ALT = Qt.KeyboardModifier.AltModifier


def blocky() -> tuple[Project, str]:
    """The chain with its convolution and activation in a block, and the instance's name."""
    project, name = group(chain(), ("conv1", "relu1"))
    return project, name


@pytest.fixture
def part(make_canvas: Callable[[Project], CanvasView]) -> tuple[CanvasView, str, Hand]:
    project, name = blocky()
    view = make_canvas(project)
    return view, name, Hand(view)


def test_a_double_click_enters_a_block_and_escape_leaves_it(
    part: tuple[CanvasView, str, Hand],
) -> None:
    view, name, hand = part
    hand.double_click(hand.body(name))
    assert view.document.scope == (name,)
    assert {"conv1", "relu1"} <= set(view.canvas.nodes)
    assert view.gesture is None
    view.document.select(["conv1"])
    hand.key(Qt.Key.Key_Escape)
    assert view.document.scope == (name,) and not view.document.selection
    hand.key(Qt.Key.Key_Escape)
    assert view.document.scope == () and view.document.selection == (name,)


@pytest.mark.parametrize(
    ("key", "held"),
    [(Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_Up, ALT)],
)
def test_tab_enters_and_a_key_leaves(
    part: tuple[CanvasView, str, Hand], key: Qt.Key, held: Qt.KeyboardModifier
) -> None:
    view, name, hand = part
    view.document.select([name])
    hand.key(Qt.Key.Key_Tab)
    assert view.document.scope == (name,) and not view.adding.open
    hand.key(key, held)
    assert view.document.scope == () and view.document.selection == (name,)


def test_tab_on_a_layer_still_opens_the_search(part: tuple[CanvasView, str, Hand]) -> None:
    view, _, hand = part
    view.document.select(["flatten1"])
    hand.key(Qt.Key.Key_Tab)
    assert view.adding.open and view.document.scope == ()


def test_the_breadcrumb_tells_the_way_and_leads_back(part: tuple[CanvasView, str, Hand]) -> None:
    view, name, hand = part
    crumb = view.breadcrumb
    assert not crumb.isVisible()
    view.document.select([name])
    hand.key(Qt.Key.Key_Tab)
    assert crumb.isVisible()
    assert [step.text() for step in crumb.steps] == ["Chain", name]
    assert crumb.told.text().endswith("used once")
    QTest.mouseClick(crumb.steps[0], Qt.MouseButton.LeftButton)
    assert view.document.scope == () and view.document.selection == (name,)
    assert not crumb.isVisible() and view.hasFocus()


def test_the_way_two_blocks_deep_is_written_whole(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    project, inner = blocky()
    project, outer = group(project, (inner, "flatten1"))
    view = make_canvas(project)
    view.resize(1000, 500)
    view.document.enter((outer,))
    view.document.enter((outer, inner))
    crumb = view.breadcrumb
    assert [step.text() for step in crumb.steps] == ["Chain", outer, inner]
    assert crumb.width() >= crumb.sizeHint().width()
    QApplication.processEvents()
    for item in (*crumb.steps, crumb.told):
        assert item.isVisible() and item.width() >= item.sizeHint().width()


def test_backspace_inside_a_block_leads_back_and_deletes_nothing(
    part: tuple[CanvasView, str, Hand],
) -> None:
    view, name, hand = part
    before = view.document.project
    view.document.enter((name,))
    view.document.select(["conv1"])
    hand.key(Qt.Key.Key_Backspace)
    assert view.document.scope == () and view.document.project is before


def test_each_scope_is_looked_at_as_it_was_left(part: tuple[CanvasView, str, Hand]) -> None:
    view, name, _ = part
    view.zoom_to(0.8)
    view.go_to(QPointF(300, 100))
    outer = view.zoom, view.visible_rect().center().toPoint()
    view.document.enter((name,))
    view.zoom_to(0.6)
    view.go_to(QPointF(500, 20))
    inner = view.zoom, view.visible_rect().center().toPoint()
    view.document.enter((), [name])
    assert (view.zoom, view.visible_rect().center().toPoint()) == outer
    view.document.enter((name,))
    assert (view.zoom, view.visible_rect().center().toPoint()) == inner


def test_entering_while_a_gesture_runs_leaves_nothing_of_it(
    part: tuple[CanvasView, str, Hand],
) -> None:
    view, name, hand = part
    before = view.document.project
    start = hand.body("flatten1")
    hand.carry(start, start + QPointF(80, 40))
    assert view.gesture is not None
    view.document.enter((name,))
    assert view.gesture is None
    hand.release(start)
    view.document.enter(())
    assert view.document.project is before
    x, y = before.placement["flatten1"]
    assert view.canvas.nodes["flatten1"].at == QPointF(x, y)


def test_an_open_search_closes_when_another_network_is_shown(
    part: tuple[CanvasView, str, Hand],
) -> None:
    view, name, hand = part
    view.document.select(["flatten1"])
    hand.key(Qt.Key.Key_Tab)
    view.document.enter((name,))
    assert not view.adding.open


def test_an_edit_inside_is_undone_inside_and_seen_outside(
    part: tuple[CanvasView, str, Hand],
) -> None:
    view, name, _ = part
    view.document.enter((name,))
    view.document.do("Wider", lambda p: edits.set_parameters(p, "conv1", out_channels=7))
    assert view.canvas.nodes["conv1"].face.leaving.startswith("7×")
    view.document.enter(())
    assert view.canvas.nodes[name].face.leaving.startswith("7×")
    view.document.undo()
    assert view.document.scope == ()
    assert not view.canvas.nodes[name].face.leaving.startswith("7×")


def test_a_sketch_on_the_card_follows_the_inside(part: tuple[CanvasView, str, Hand]) -> None:
    view, name, _ = part
    before = view.canvas.nodes[name].face.inside
    assert before is not None
    assert {"convolution", "activation"} <= {family for family, _, _ in before.bars}
    view.document.do("Add", lambda p: edits.add(p, layer("MaxPool2d"), (0.0, 900.0)), scope=(name,))
    after = view.canvas.nodes[name].face.inside
    assert after is not None and after.rows > before.rows
    view.document.undo()
    assert view.canvas.nodes[name].face.inside == before


def test_a_sketch_keeps_columns_and_rows() -> None:
    project, name = blocky()
    content = project.network.nodes[name].content
    block = content.block  # type: ignore[union-attr]
    shown = sketch(project.network.blocks, block, project.placement)
    assert shown.columns == 4 and shown.rows == 1
    assert len(shown.links) == 3


def test_the_card_tells_repeats_and_arguments(part: tuple[CanvasView, str, Hand]) -> None:
    view, name, _ = part
    block = view.document.project.network.nodes[name].kind
    document = view.document
    document.do("Promote", lambda p: promote(p, block, "conv1", "stride"), scope=(name,))
    document.do("Repeat", lambda p: set_repeat(p, name, 3))
    document.do("First", lambda p: set_first(p, name, stride=2))
    face = view.canvas.nodes[name].face
    assert face.kind == f"{block} × 3"
    assert face.caption == "first stride 2"


def test_a_node_that_is_not_in_this_instance_is_dimmed(
    part: tuple[CanvasView, str, Hand],
) -> None:
    view, name, _ = part
    view.document.enter((name,))
    assert view.document.do("When", lambda p: set_when(p, "relu1", "in_channels > 100"))
    face = view.canvas.nodes["relu1"].face
    assert face.absent and not face.leaving and not face.note
    view.document.do("When", lambda p: set_when(p, "relu1", "in_channels < 100"))
    assert not view.canvas.nodes["relu1"].face.absent


def test_inside_an_input_shows_the_shape_that_arrives(part: tuple[CanvasView, str, Hand]) -> None:
    view, name, _ = part
    view.document.enter((name,))
    inputs = [item for item in view.canvas.nodes.values() if item.face.kind == "Input"]
    assert [item.face.leaving for item in inputs] == ["1×28×28"]


def test_ports_with_names_have_rows_of_their_own(
    make_canvas: Callable[[Project], CanvasView],
) -> None:
    project = edits.append(chain(), layer("Flatten"), "conv1", (600.0, 400.0))
    project, name = group(project, ("conv1", "relu1"))
    view = make_canvas(project)
    pose = view.canvas.nodes[name].pose
    assert pose.face.labelled and len(pose.outputs) == 2
    heights = [place.y() for place in pose.outputs]
    assert heights[1] - heights[0] == 20 and heights[0] > 56 and heights[1] < pose.base - 30


def test_a_problem_inside_is_told_outside_and_led_to(
    part: tuple[CanvasView, str, Hand],
) -> None:
    view, name, _ = part
    document = view.document
    document.do("Break", lambda p: edits.set_parameters(p, "conv1", kernel_size=99), scope=(name,))
    note = view.canvas.nodes[name].face.note
    assert "inside" in note and "conv1" in note
    document.show_problem((), name)
    assert document.scope == (name,) and document.selection == ("conv1",)
    assert view.canvas.nodes["conv1"].face.severity == "error"


def test_a_block_dropped_on_a_link_goes_into_it(part: tuple[CanvasView, str, Hand]) -> None:
    view, name, _ = part
    document = view.document
    block = document.project.network.nodes[name].kind
    link = Link("input1", name)
    middle = view.canvas.links.wires[link].course.middle
    drop = BlockDrop(view, BlockEntry(block, "", "block", block))
    pointer = Pointer(middle, view.mapFromScene(middle))
    view.hands.begin(drop, pointer)
    assert "Insert between" in drop.hint
    view.hands.end(pointer)
    (new,) = document.selection
    assert Link("input1", new) in document.project.network.links
    assert Link(new, name) in document.project.network.links
    document.undo()
    assert link in document.project.network.links


def test_the_search_offers_blocks_and_links_them(part: tuple[CanvasView, str, Hand]) -> None:
    view, name, _ = part
    block = view.document.project.network.nodes[name].kind
    view.document.select([name])
    view.adding.ask()
    popup = view.adding.popup
    assert popup is not None
    QTest.keyClicks(popup.field, block)
    QTest.keyClick(popup.field, Qt.Key.Key_Return)
    (new,) = view.document.selection
    assert view.document.project.network.nodes[new].kind == block
    assert Link(name, new) in view.document.project.network.links


def test_a_block_is_not_offered_inside_itself(part: tuple[CanvasView, str, Hand]) -> None:
    view, name, _ = part
    block = view.document.project.network.nodes[name].kind
    view.document.enter((name,))
    view.adding.ask()
    popup = view.adding.popup
    assert popup is not None
    labels = {popup.model.item(row).text() for row in range(popup.model.rowCount())}
    assert block not in labels and "Conv2d" in labels


def test_same_names_in_two_scopes_are_told_apart() -> None:
    project, name = blocky()
    inner = opened(project, (name,))
    block = inner.inside
    inner = edits.rename(inner, "conv1", "flatten1")
    project = closed(project, (name,), inner)
    project = add_instance(project, block, (900.0, 400.0))
    assert "flatten1" in project.network.nodes
    assert "flatten1" in opened(project, (name,)).network.nodes
