"""A canvas on the screen with a small network on it, and a hand that moves a real mouse."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.canvas.view import CanvasView
from designer.document import Document
from designer.style import theme
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.network import Link
from engine.network.project import Project


def chain() -> Project:
    """input1 -> conv1 -> relu1 -> flatten1 -> dense1 -> output1 in two rows."""
    project = Project("Chain")
    last = None
    steps = (
        (layer("Input"), (0.0, 0.0)),
        (layer("Conv2d"), (300.0, 0.0)),
        (layer("ReLU"), (600.0, 0.0)),
        (layer("Flatten"), (0.0, 200.0)),
        (layer("Linear"), (300.0, 200.0)),
        (layer("Output"), (600.0, 200.0)),
    )
    for content, at in steps:
        project = edits.append(project, content, last, at)
        last = list(project.network.nodes)[-1]
    return project


class Hand:
    """Presses, moves and lets go a real mouse over the view's viewport, in scene coordinates."""

    def __init__(self, view: CanvasView) -> None:
        self.view = view

    def spot(self, at: QPointF) -> QPoint:
        return self.view.mapFromScene(at)

    def press(
        self,
        at: QPointF,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
    ) -> None:
        QTest.mousePress(self.view.viewport(), button, modifiers, self.spot(at))

    def move(self, at: QPointF) -> None:
        QTest.mouseMove(self.view.viewport(), self.spot(at))

    def release(
        self,
        at: QPointF,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
    ) -> None:
        QTest.mouseRelease(self.view.viewport(), button, modifiers, self.spot(at))

    def carry(self, start: QPointF, end: QPointF) -> None:
        """Press at `start` and move to `end`, the button still down."""
        self.press(start)
        self.move(start + (end - start) * 0.3)
        self.move(start + (end - start) * 0.8)
        self.move(end)

    def drag(self, start: QPointF, end: QPointF) -> None:
        self.carry(start, end)
        self.release(end)

    def click(
        self, at: QPointF, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        QTest.mouseClick(self.view.viewport(), Qt.MouseButton.LeftButton, modifiers, self.spot(at))

    def double_click(self, at: QPointF) -> None:
        spot = self.spot(at)
        QTest.mouseClick(self.view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        QTest.mouseDClick(self.view.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        QTest.mouseRelease(self.view.viewport(), Qt.MouseButton.LeftButton, pos=spot)

    def key(
        self,
        key: Qt.Key,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        QTest.keyClick(self.view, key, modifiers)

    def port(self, name: str, side: str, index: int = 0) -> QPointF:
        return self.view.canvas.nodes[name].port(side, index)

    def body(self, name: str) -> QPointF:
        """A place on the card that is neither its name nor a port."""
        return self.view.canvas.nodes[name].at + QPointF(60, 52)


@pytest.fixture
def make_canvas(qtbot: QtBot) -> Iterator[Callable[[Project], CanvasView]]:
    def make(project: Project) -> CanvasView:
        theme().apply("light")
        document = Document(project)
        view = CanvasView(document)
        document.setParent(view)
        qtbot.addWidget(view)
        view.resize(1100, 700)
        view.show()
        view.fit()
        view.setFocus()
        return view

    yield make


@pytest.fixture
def canvas(make_canvas: Callable[[Project], CanvasView]) -> CanvasView:
    return make_canvas(chain())


@pytest.fixture
def hand(canvas: CanvasView) -> Hand:
    return Hand(canvas)


def links(view: CanvasView) -> set[Link]:
    return set(view.document.project.network.links)
