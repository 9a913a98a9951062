"""Thousands of random operations in a real window: the canvas always shows exactly the document, and
undo and redo give every earlier and later state back, byte for byte.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

import resources
from designer.actions import COMMANDS
from designer.app import MainWindow
from designer.canvas.frame import rectangle
from designer.canvas.scene import CanvasScene
from designer.document import Document
from engine.analysis import analyse, inside
from engine.fields import Choice, Flag, Integer, specs
from engine.layers.base import Layer
from engine.network import edits
from engine.network.instances import set_arguments, set_first, set_repeat
from engine.network.network import Instance
from engine.network.project import Project
from engine.network.promoting import promote, set_expression, set_when
from engine.network.scope import block_name
from engine.network.storage import dumps, load, loads

STARTS = ("lenet5", "residual", "googlenet", "resnet18", "autoencoder")
MOST_NODES = 150
"""Nodes in sight beyond which nothing more is added, so that a step stays quick."""

ASKING = {
    *("find", "rename", "replace", "add_layer", "fixes", "frame_words", "make_it_fit"),
    *("reset_layout", "paste_block", "keep_block", "compare", "link_to", "edit_settings"),
}
"""Commands that open something to answer."""
GROWING = {"paste", "duplicate", "duplicate_linked", "ungroup", "unpack_all"}
PLAIN = [
    command.name
    for command in COMMANDS
    if command.menu in ("Edit", "Node", "Block", "Arrange", "View") and command.name not in ASKING
]

NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class RandomEdits(RuleBasedStateMachine):
    """One window with one document; every rule does what a person could, and may do it badly."""

    window: ClassVar[MainWindow]

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[BaseException] = []
        self._hook = sys.excepthook
        sys.excepthook = self._caught
        self.document, self.view = self.window.document, self.window.canvas
        self.first = ""

    def _caught(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        self.failures.append(error)

    @initialize(name=st.sampled_from(STARTS))
    def open(self, name: str) -> None:
        path = resources.TEMPLATES / f"{name}.convo"
        self.document.load(
            load(path if path.exists() else resources.TEMPLATES / "lenet5.convo"), None
        )
        self.first = dumps(self.document.project)

    # What a person does

    @rule(data=st.data())
    def select(self, data: st.DataObject) -> None:
        names = list(self.document.shown.network.nodes)
        if names:
            self.document.select(data.draw(st.lists(st.sampled_from(names), max_size=4)))

    @rule(name=st.sampled_from(PLAIN))
    def command(self, name: str) -> None:
        if name in GROWING and len(self.document.shown.network.nodes) > MOST_NODES:
            return
        self.window.actions_by_name[name].trigger()
        deadline = time.monotonic() + 60
        while self.view.gesture is not None and time.monotonic() < deadline:
            QApplication.processEvents()  # a thread arranges
        self.view.arranging.finish()
        self._close_fields()  # some ask for a name at once

    @rule(data=st.data(), enter=st.booleans())
    def answer(self, data: st.DataObject, enter: bool) -> None:
        """A command that opens a field over the canvas: type something, then Enter or Escape."""
        name = data.draw(
            st.sampled_from(["rename", "replace", "frame_words", "find", "add_layer", "link_to"])
        )
        if name == "add_layer" and len(self.document.shown.network.nodes) > MOST_NODES:
            return
        self.window.actions_by_name[name].trigger()
        field = QApplication.focusWidget()
        if isinstance(field, QLineEdit) and self.view.isAncestorOf(field):
            text = data.draw(st.sampled_from(["conv", "pool1", "a b", "dense", "zz"]))
            QTest.keyClicks(field, text)
            QTest.keyClick(field, Qt.Key.Key_Return if enter else Qt.Key.Key_Escape)
        self._close_fields()

    @rule(
        key=st.sampled_from(["Left", "Right", "Up", "Down"]),
        modifiers=st.sampled_from([NONE, ALT, SHIFT]),
    )
    def arrow(self, key: str, modifiers: Qt.KeyboardModifier) -> None:
        QTest.keyClick(self.view, getattr(Qt.Key, f"Key_{key}"), modifiers)

    @rule(data=st.data(), cancel=st.booleans())
    def drag_card(self, data: st.DataObject, cancel: bool) -> None:
        item = self._card(data)
        if item is None:
            return
        by = QPoint(data.draw(st.integers(-300, 300)), data.draw(st.integers(-200, 200)))
        modifiers = data.draw(st.sampled_from([NONE, NONE, ALT, CTRL, SHIFT]))
        if modifiers == ALT and len(self.document.shown.network.nodes) > MOST_NODES:
            modifiers = NONE
        start = self.view.mapFromScene(item.card.center())
        self._drag(start, start + by, modifiers, cancel)

    @rule(data=st.data(), cancel=st.booleans())
    def drag_link(self, data: st.DataObject, cancel: bool) -> None:
        one, other = self._card(data), self._card(data)
        if one is None or other is None or not one.face.outputs:
            return
        output = data.draw(st.integers(0, len(one.face.outputs) - 1))
        start = self.view.mapFromScene(one.port("out", output))
        if other.face.inputs and data.draw(st.booleans()):
            number = data.draw(st.integers(0, len(other.face.inputs) - 1))
            end = self.view.mapFromScene(other.port("in", number))
        else:
            end = start + QPoint(
                data.draw(st.integers(-200, 200)), data.draw(st.integers(-200, 200))
            )
        self._drag(start, end, NONE, cancel)
        self._answer_search(data)

    @rule(data=st.data(), cancel=st.booleans(), modifiers=st.sampled_from([NONE, CTRL, SHIFT]))
    def stroke(self, data: st.DataObject, cancel: bool, modifiers: Qt.KeyboardModifier) -> None:
        """Anywhere to anywhere: a box, a cut, a frame's corner, whatever is there."""
        area = self.view.viewport().rect()
        spots = [
            QPoint(
                data.draw(st.integers(0, area.width())), data.draw(st.integers(0, area.height()))
            )
            for _ in range(2)
        ]
        button = RIGHT if modifiers == CTRL else LEFT
        self._drag(spots[0], spots[1], modifiers, cancel, button)
        self._answer_search(data)

    @rule(data=st.data())
    def search(self, data: st.DataObject) -> None:
        if len(self.document.shown.network.nodes) <= MOST_NODES:
            QTest.keyClick(self.view, Qt.Key.Key_Tab)
            self._answer_search(data)

    @rule(data=st.data())
    def set_parameter(self, data: st.DataObject) -> None:
        names = [
            name
            for name, node in self.document.shown.network.nodes.items()
            if isinstance(node.content, Layer) and specs(type(node.content))
        ]
        if not names:
            return
        name = data.draw(st.sampled_from(names))
        content = self.document.shown.network.nodes[name].content
        assert isinstance(content, Layer)
        parameter, spec = data.draw(st.sampled_from(list(specs(type(content)).items())))
        match spec:
            case Integer():
                value: object = data.draw(st.integers(0, 12))
            case Flag():
                value = data.draw(st.booleans())
            case Choice():
                value = data.draw(st.sampled_from([*spec.options, "nonsense"]))
            case _:
                value = data.draw(st.sampled_from([0.5, 2, (2, 2), (3, 8, 8), "word"]))
        self.document.do(
            f"Set {parameter}",
            lambda project: edits.set_parameters(project, name, **{parameter: value}),  # type: ignore[arg-type]
        )

    @rule(data=st.data(), text=st.sampled_from(["conv1", "x", "a b", "", "weights9", "für"]))
    def rename(self, data: st.DataObject, text: str) -> None:
        item = self._card(data)
        if item is not None:
            old = item.face.name
            self.document.do("Rename", lambda project: edits.rename(project, old, text))

    @rule(data=st.data())
    def mend(self, data: st.DataObject) -> None:
        fixes = [fix for problem in self.document.shown_analysis.problems for fix in problem.fixes]
        if fixes:
            fix = data.draw(st.sampled_from(fixes[:8]))
            self.document.do(fix.label, fix.edit)

    @rule(data=st.data())
    def block_arithmetic(self, data: st.DataObject) -> None:
        """Promotes, types expressions and conditions, repeats and argues, sense or nonsense."""
        names = list(self.document.shown.network.nodes)
        if not names:
            return
        name = data.draw(st.sampled_from(names))
        node = self.document.shown.network.nodes[name]
        text = data.draw(
            st.sampled_from(["width * 2", "in_channels", "stride > 1", "4", "1 /", "gone + 1", ""])
        )
        scope = self.document.scope
        block = block_name(self.document.project, scope) if scope else ""

        def edit(project: Project) -> Project:
            if isinstance(node.content, Instance):
                promoted = [key for key, _ in project.network.blocks[node.content.block].parameters]
                if promoted and data.draw(st.booleans()):
                    key = data.draw(st.sampled_from(promoted))
                    value = data.draw(st.sampled_from([1, 2, 8, True, text]))
                    change = data.draw(st.sampled_from([set_arguments, set_first]))
                    return change(project, name, **{key: value})
                return set_repeat(project, name, data.draw(st.integers(0, 4)))
            parameters = list(specs(type(node.content)))
            if not parameters or data.draw(st.integers(0, 3)) == 0:
                return set_when(project, name, text)
            parameter = data.draw(st.sampled_from(parameters))
            if block and data.draw(st.booleans()):
                return promote(project, block, name, parameter)
            return set_expression(project, name, parameter, text)

        self.document.do("Reckon", edit)

    @precondition(lambda self: self._instances())
    @rule(data=st.data())
    def enter(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self._instances()))
        self.document.enter((*self.document.scope, name))

    @rule()
    def leave(self) -> None:
        self.document.enter(self.document.scope[:-1])

    @rule(times=st.integers(1, 6))
    def back_and_forth(self, times: int) -> None:
        here = dumps(self.document.project)
        done = 0
        while done < times and self.document.undo_label:
            self.document.undo()
            done += 1
        for _ in range(done):
            self.document.redo()
        assert dumps(self.document.project) == here

    # What must always hold

    @invariant()
    def nothing_is_left_of_gestures(self) -> None:
        QApplication.processEvents()
        assert not self.failures, self.failures
        assert self.view.gesture is None
        assert not self.view.adding.open
        assert self.view.naming.field is None

    @invariant()
    def the_canvas_shows_the_document(self) -> None:
        scene = self.view.canvas
        document = Document(self.document.project)
        document.enter(self.document.scope)
        fresh = CanvasScene(document)
        assert {name: item.face for name, item in scene.nodes.items()} == {
            name: item.face for name, item in fresh.nodes.items()
        }
        for name, item in scene.nodes.items():
            assert item.at == item.pos() == fresh.nodes[name].at, name
            assert item.selected == (name in self.document.selection), name
        assert {name: item.frame for name, item in scene.frames.items.items()} == {
            name: item.frame for name, item in fresh.frames.items.items()
        }
        for item in scene.frames.items.values():
            assert item.shown == rectangle(item.frame)
        assert set(scene.links.wires) == self.document.shown.network.links
        for link, wire in scene.links.wires.items():
            path = wire.course.path
            for end, node, side, number in (
                (path.pointAtPercent(0), link.source, "out", link.output),
                (path.pointAtPercent(1), link.target, "in", link.input),
            ):
                assert (end - scene.nodes[node].port(side, number)).manhattanLength() < 1, link

    @invariant()
    def the_document_is_whole(self) -> None:
        project = self.document.project
        assert loads(dumps(project)) == project
        fresh = analyse(project)
        assert self.document.analysis.nodes == fresh.nodes
        assert self.document.analysis.problems == fresh.problems
        if self.document.scope:
            entered = inside(project, fresh, self.document.scope)
            assert self.document.shown_analysis.nodes == entered.nodes

    def teardown(self) -> None:
        try:
            if self.first and not self.failures:
                self._undo_and_redo_all()
        finally:
            sys.excepthook = self._hook
            self.view.escape()
            self.document.load(Project(), None)

    def _undo_and_redo_all(self) -> None:
        while self.document.redo_label:
            self.document.redo()
        last = dumps(self.document.project)
        while self.document.undo_label:
            self.document.undo()
        assert dumps(self.document.project) == self.first
        self.the_canvas_shows_the_document()
        while self.document.redo_label:
            self.document.redo()
        assert dumps(self.document.project) == last
        self.the_canvas_shows_the_document()

    # Hands

    def _card(self, data: st.DataObject):  # type: ignore[no-untyped-def]
        names = list(self.view.canvas.nodes)
        return self.view.canvas.nodes[data.draw(st.sampled_from(names))] if names else None

    def _instances(self) -> Sequence[str]:
        nodes = self.document.shown.network.nodes
        return [name for name, node in nodes.items() if isinstance(node.content, Instance)]

    def _drag(
        self,
        start: QPoint,
        end: QPoint,
        modifiers: Qt.KeyboardModifier,
        cancel: bool,
        button: Qt.MouseButton = LEFT,
    ) -> None:
        before = self.document.project
        viewport = self.view.viewport()
        QTest.mousePress(viewport, button, modifiers, start)
        for part in (0.3, 0.7, 1.0):
            spot = QPointF(start + (end - start) * part)
            event = QMouseEvent(
                QEvent.Type.MouseMove,
                spot,
                QPointF(viewport.mapToGlobal(spot.toPoint())),
                Qt.MouseButton.NoButton,
                button,
                modifiers,
            )
            QApplication.sendEvent(viewport, event)
        if cancel:
            QTest.keyClick(self.view, Qt.Key.Key_Escape)
            assert self.document.project is before
        QTest.mouseRelease(viewport, button, modifiers, end)
        if cancel:
            assert self.document.project is before

    def _close_fields(self) -> None:
        self.view.finder.leave()
        while self.view.adding.dismiss() or self.view.naming.dismiss():
            pass
        self.view.setFocus()

    def _answer_search(self, data: st.DataObject) -> None:
        popup = self.view.adding.popup
        if popup is None:
            return
        query = data.draw(
            st.sampled_from(["conv", "relu", "pool", "add", "dense", "flatten", "zzz"])
        )
        QTest.keyClicks(popup.field, query)
        choose = data.draw(st.booleans()) and len(self.document.shown.network.nodes) <= MOST_NODES
        QTest.keyClick(popup.field, Qt.Key.Key_Return if choose else Qt.Key.Key_Escape)
        if self.view.adding.open:
            QTest.keyClick(popup.field, Qt.Key.Key_Escape)


def test_random_operations_keep_canvas_document_and_history_in_step(
    window: MainWindow, request: pytest.FixtureRequest
) -> None:
    thorough = request.config.getoption("--thorough")
    window.show()
    window.canvas.setFocus()
    QGuiApplication.clipboard().clear()
    RandomEdits.window = window
    budget = settings(
        max_examples=100 if thorough else 12,
        stateful_step_count=100 if thorough else 50,
        deadline=None,
        report_multiple_bugs=False,
        # Shrinking goes through the window again and again, for many minutes.
        phases=(Phase.reuse, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(RandomEdits, settings=budget)
