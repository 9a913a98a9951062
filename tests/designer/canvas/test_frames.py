"""Frames: put around cards, moved with them, resized, named in place, taken away."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from designer.canvas.card import FAR
from designer.canvas.view import CanvasView
from engine.network import edits
from engine.network.project import Frame

from .conftest import Hand


@pytest.fixture
def framed(canvas: CanvasView) -> CanvasView:
    """A frame around conv1 and relu1, which nothing is selected in."""
    canvas.document.select(["conv1", "relu1"])
    canvas.frame_selection()
    canvas.escape()
    canvas.escape()
    canvas.fit()
    return canvas


def title(view: CanvasView) -> QPointF:
    rect = view.canvas.frames.items["frame1"].shown
    return QPointF(rect.center().x(), rect.top() + 18)


def test_a_frame_goes_around_the_selection_and_asks_for_its_title(
    canvas: CanvasView, hand: Hand
) -> None:
    canvas.document.select(["conv1", "relu1"])
    canvas.frame_selection()
    field = canvas.naming.field
    assert field is not None and field.fields[0].hasFocus()
    QTest.keyClicks(field.fields[0], "Features")
    QTest.keyClick(field.fields[0], Qt.Key.Key_Tab)
    QTest.keyClicks(field.fields[1], "what is looked for")
    QTest.keyClick(field.fields[1], Qt.Key.Key_Return)
    frame = canvas.document.project.frames["frame1"]
    assert (frame.title, frame.comment) == ("Features", "what is looked for")
    rect = canvas.canvas.frames.items["frame1"].shown
    assert rect.contains(canvas.canvas.extent(["conv1", "relu1"]))
    assert not rect.intersects(canvas.canvas.nodes["input1"].card)
    assert canvas.naming.field is None and canvas.hasFocus()
    assert not canvas.grab().isNull()


def test_escape_keeps_the_frame_but_not_the_words(canvas: CanvasView) -> None:
    canvas.document.select(["conv1"])
    canvas.frame_selection()
    field = canvas.naming.field
    assert field is not None
    QTest.keyClicks(field.fields[0], "No")
    QTest.keyClick(field.fields[0], Qt.Key.Key_Escape)
    assert canvas.document.project.frames["frame1"].title == ""


def test_a_frame_moves_with_what_is_in_it_in_one_step(framed: CanvasView, hand: Hand) -> None:
    before = framed.document.project
    hand.drag(title(framed), title(framed) + QPointF(100, 400))
    after = framed.document.project
    assert after.placement["conv1"] == (400, 400)
    assert after.placement["relu1"] == (700, 400)
    assert after.placement["input1"] == before.placement["input1"]
    old = before.frames["frame1"]
    assert after.frames["frame1"] == replace(old, at=(old.at[0] + 100, old.at[1] + 400))
    assert framed.picking.frame == "frame1"
    framed.document.undo()
    assert framed.document.project == before
    assert framed.canvas.frames.items["frame1"].shown.topLeft() == QPointF(*old.at)


def test_a_frame_takes_smaller_frames_along(framed: CanvasView, hand: Hand) -> None:
    inner = Frame((310.0, -20.0), (180.0, 100.0))
    framed.document.do("add", lambda p: edits.add_frame(p, inner))
    hand.drag(title(framed), title(framed) + QPointF(0, 400))
    assert framed.document.project.frames["frame2"].at == (310, 380)


@pytest.mark.parametrize("resize", [False, True])
def test_escape_takes_a_frame_drag_back(framed: CanvasView, hand: Hand, resize: bool) -> None:
    before = framed.document.project
    rect = framed.canvas.frames.items["frame1"].shown
    start = QPointF(rect.right(), rect.center().y()) if resize else title(framed)
    hand.carry(start, start + QPointF(90, 90))
    assert framed.canvas.frames.items["frame1"].shown != rect
    hand.key(Qt.Key.Key_Escape)
    hand.release(start)
    assert framed.document.project is before
    assert framed.canvas.frames.items["frame1"].shown == rect
    assert framed.canvas.nodes["conv1"].at == QPointF(300, 0)
    assert framed.gesture is None


def test_edges_and_corners_resize_but_never_to_nothing(framed: CanvasView, hand: Hand) -> None:
    rect = framed.canvas.frames.items["frame1"].shown
    hand.drag(rect.bottomRight(), rect.bottomRight() + QPointF(60, 40))
    frame = framed.document.project.frames["frame1"]
    assert frame.size == (rect.width() + 60, rect.height() + 48)
    rect = framed.canvas.frames.items["frame1"].shown
    left = QPointF(rect.left(), rect.bottom() - 25)
    hand.drag(left, left + QPointF(2000, 0))
    assert framed.document.project.frames["frame1"].size[0] == 120
    assert framed.document.project.placement["conv1"] == (300, 0)


def test_the_inside_of_a_frame_is_canvas(framed: CanvasView, hand: Hand) -> None:
    rect = framed.canvas.frames.items["frame1"].shown
    hand.drag(QPointF(rect.left() + 20, rect.top() + 60), rect.center() + QPointF(60, 60))
    assert framed.document.selection == ("conv1", "relu1")
    assert framed.picking.frame is None


def test_a_click_on_the_title_selects_and_delete_takes_the_frame_alone(
    framed: CanvasView, hand: Hand
) -> None:
    hand.click(title(framed))
    assert framed.picking.frame == "frame1" and framed.document.selection == ()
    hand.key(Qt.Key.Key_Delete)
    assert framed.document.project.frames == {}
    assert framed.picking.frame is None
    assert "conv1" in framed.canvas.nodes
    framed.document.undo()
    assert list(framed.canvas.frames.items) == ["frame1"]


def test_a_double_click_on_the_title_edits_it_there(framed: CanvasView, hand: Hand) -> None:
    hand.double_click(title(framed))
    field = framed.naming.field
    assert field is not None
    QTest.keyClicks(field.fields[0], "Stem")
    hand.click(QPointF(480, 172))
    assert framed.document.project.frames["frame1"].title == "Stem"
    assert framed.naming.field is None


def test_keys_reach_frames_and_what_is_in_them(framed: CanvasView, hand: Hand) -> None:
    framed.document.do(
        "add", lambda p: edits.add_frame(p, Frame((-60.0, -80.0), (340.0, 220.0), "Start"))
    )
    framed.picking.step_frame(1)
    assert framed.picking.frame == "frame2"
    framed.picking.step_frame(1)
    assert framed.picking.frame == "frame1"
    hand.key(Qt.Key.Key_F2)
    assert framed.naming.field is not None
    framed.escape()
    framed.select_framed()
    assert framed.document.selection == ("conv1", "relu1")
    assert framed.picking.frame is None


def test_frames_are_painted_from_near_and_far_and_count_for_fitting(framed: CanvasView) -> None:
    far = Frame((-900.0, 1200.0), (300.0, 200.0), "Far away")
    framed.document.do("add", lambda p: edits.add_frame(p, far))
    framed.fit()
    assert framed.visible_rect().contains(QPointF(-750, 1300))
    for zoom in (FAR * 0.5, 0.5, 1.0):
        framed.zoom_to(zoom)
        framed.look(zoom, QPointF(-750, 1300), framed.viewport().rect().center())
        with_it = framed.grab().toImage()
        framed.document.do("gone", lambda p: edits.remove_frame(p, "frame2"))
        assert framed.grab().toImage() != with_it
        framed.document.undo()
        assert framed.grab().toImage() == with_it


def test_copied_cards_take_their_frame_along(framed: CanvasView) -> None:
    framed.document.do("mute", lambda p: edits.set_mode(p, ["relu1"], "muted"))
    framed.document.do("freeze", lambda p: edits.set_frozen(p, ["conv1"], True))
    framed.document.select(["conv1", "relu1"])
    framed.copy()
    framed.paste()
    first, second = framed.document.selection
    project = framed.document.project
    assert len(project.frames) == 2
    assert project.network.nodes[first].frozen and project.network.nodes[second].mode == "muted"
