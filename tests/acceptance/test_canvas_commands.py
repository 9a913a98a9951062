"""The canvas's commands as a person reaches them: by their keys, and by the menus of the right button."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from designer.actions import COMMANDS, CONTEXT
from engine.network import edits
from engine.network.network import Link
from tests.acceptance.hand import Hand

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def press(
    hand: Hand, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    QTest.keyClick(QApplication.focusWidget() or hand.window, key, held)
    QApplication.processEvents()


def begin(hand: Hand) -> None:
    hand.window.files.restore()
    hand.window.activateWindow()
    hand.canvas.setFocus()
    hand.wait(hand.window.isActiveWindow)


def test_modes_frames_and_links_by_keys_alone(hand: Hand) -> None:
    begin(hand)
    document, canvas = hand.window.document, hand.canvas
    names = list(document.shown.network.nodes)
    first, second, third = names[1:4]
    document.select([second])
    for key, mode in ((Qt.Key.Key_M, "muted"), (Qt.Key.Key_B, "bypassed")):
        press(hand, key)
        assert document.shown.network.nodes[second].mode == mode
        press(hand, key)
        assert document.shown.network.nodes[second].mode == "active"
    press(hand, Qt.Key.Key_L)
    assert document.shown.network.nodes[second].frozen
    press(hand, Qt.Key.Key_O, CTRL | SHIFT)
    assert not canvas.canvas.links_of([second])
    press(hand, Qt.Key.Key_Z, CTRL)
    press(hand, Qt.Key.Key_D, CTRL | SHIFT)
    (copy,) = document.selection
    assert Link(first, copy) in document.shown.network.links
    press(hand, Qt.Key.Key_Z, CTRL)
    document.select([second])
    press(hand, Qt.Key.Key_Period)
    assert canvas.picking.link == Link(first, second)
    press(hand, Qt.Key.Key_Period)
    assert canvas.picking.link == Link(second, third)
    press(hand, Qt.Key.Key_Comma)
    press(hand, Qt.Key.Key_R, SHIFT)
    (bend,) = document.selection
    assert document.shown.network.nodes[bend].kind == "Reroute"
    press(hand, Qt.Key.Key_Delete)
    assert Link(first, second) in document.shown.network.links
    document.select([second])
    press(hand, Qt.Key.Key_X, CTRL | SHIFT)
    assert not canvas.canvas.links_of([second])
    press(hand, Qt.Key.Key_Z, CTRL)
    document.select([first, second])
    press(hand, Qt.Key.Key_F, CTRL | SHIFT)
    hand.type("Stem")
    press(hand, Qt.Key.Key_Return)
    (frame,) = document.shown.frames.values()
    assert frame.title == "Stem"
    press(hand, Qt.Key.Key_Escape)
    press(hand, Qt.Key.Key_BracketRight)
    assert canvas.picking.frame is not None
    press(hand, Qt.Key.Key_A, CTRL | SHIFT)
    assert document.selection == (first, second)
    press(hand, Qt.Key.Key_BracketRight)
    press(hand, Qt.Key.Key_Delete)
    assert not document.shown.frames


def test_lining_up_laying_out_replacing_and_finding_by_keys_alone(hand: Hand) -> None:
    begin(hand)
    document, canvas = hand.window.document, hand.canvas
    names = list(document.shown.network.nodes)[1:4]
    document.select(names)
    press(hand, Qt.Key.Key_Left, CTRL | SHIFT)
    assert len({canvas.canvas.nodes[name].at.x() for name in names}) == 1
    press(hand, Qt.Key.Key_Z, CTRL)
    press(hand, Qt.Key.Key_H, CTRL | ALT)
    document.select(())
    press(hand, Qt.Key.Key_L, CTRL)
    hand.wait(lambda: canvas.gesture is None)
    assert document.undo_label in ("Arrange all", "")
    document.select([names[0]])
    press(hand, Qt.Key.Key_R, CTRL)
    hand.type("convtrans")
    press(hand, Qt.Key.Key_Return)
    assert document.shown.network.nodes[names[0]].kind == "ConvTranspose2d"
    press(hand, Qt.Key.Key_F2)
    hand.type("wide")
    press(hand, Qt.Key.Key_Return)
    assert "wide" in document.shown.network.nodes
    press(hand, Qt.Key.Key_F, CTRL)
    hand.type("wide")
    press(hand, Qt.Key.Key_Return)
    assert document.selection == ("wide",)
    press(hand, Qt.Key.Key_Escape)
    assert not canvas.finder.isVisible()
    canvas.travel.note()
    zoom = canvas.zoom
    press(hand, Qt.Key.Key_F, SHIFT)
    canvas.travel.note()
    assert canvas.zoom != zoom
    press(hand, Qt.Key.Key_Left, ALT)
    assert canvas.zoom == zoom
    press(hand, Qt.Key.Key_Right, ALT)
    assert canvas.zoom != zoom


def test_letters_typed_into_a_search_are_no_commands(hand: Hand) -> None:
    begin(hand)
    document = hand.window.document
    before = document.project
    document.select([list(document.shown.network.nodes)[1]])
    press(hand, Qt.Key.Key_Tab)
    hand.type("mbl.,[]")
    assert document.project is before
    press(hand, Qt.Key.Key_Escape)
    assert document.project is before


def menu_at(hand: Hand, spot: QPoint) -> list[str]:
    """The labels of the menu that a right click opens."""
    viewport = hand.canvas.viewport()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, spot, viewport.mapToGlobal(spot))
    QApplication.sendEvent(viewport, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    labels = [action.objectName() for action in menu.actions() if not action.isSeparator()]
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    QApplication.processEvents()
    return labels


def test_each_thing_on_the_canvas_has_a_menu_of_its_own(hand: Hand) -> None:
    begin(hand)
    document, canvas = hand.window.document, hand.canvas
    names = list(document.shown.network.nodes)
    document.select(names[1:3])
    canvas.frame_selection()
    canvas.escape()
    canvas.fit()
    QApplication.processEvents()
    node = menu_at(hand, hand.card(names[1]))
    assert {"mute", "bypass", "freeze", "replace", "rename", "delete_and_reconnect"} <= set(node)
    assert "fixes" not in node
    wire = canvas.canvas.links.wires[Link(names[0], names[1])]
    link = menu_at(hand, canvas.mapFromScene(wire.course.path.pointAtPercent(0.5)))
    assert {"add_layer", "reroute", "delete"} <= set(link) and "mute" not in link
    rect = canvas.canvas.frames.items["frame1"].shown
    frame = menu_at(hand, canvas.mapFromScene(QPointF(rect.center().x(), rect.top() + 16)))
    assert {"frame_words", "frame_nodes", "delete"} <= set(frame) and "reroute" not in frame
    empty = menu_at(hand, hand.room_near(names[1]))
    assert {"add_layer", "find", "fit"} <= set(empty) and "mute" not in empty


def test_the_repairs_of_a_problem_are_offered_with_what_they_lead_to(hand: Hand) -> None:
    begin(hand)
    document = hand.window.document
    flat = next(n for n, node in document.shown.network.nodes.items() if node.kind == "Flatten")
    document.do("break", lambda p: edits.remove_and_reconnect(p, [flat]))
    broken = document.analysis.problems[0].node
    document.select([broken])
    press(hand, Qt.Key.Key_Return, ALT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert all("→" in action.text() for action in menu.actions())
    QTest.keyClick(menu, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert document.analysis.valid


def test_every_command_of_the_menus_exists() -> None:
    known = {command.name for command in COMMANDS}
    assert {name for names in CONTEXT.values() for name in names if name} <= known
