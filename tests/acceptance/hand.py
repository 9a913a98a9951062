"""A hand on the mouse and the keyboard: acceptance tests do with the window only what a person can."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from designer.app import MainWindow
from designer.canvas.hit import hit
from designer.canvas.quick_add import QuickAdd

LEFT = Qt.MouseButton.LeftButton
PATIENCE_MS = 120_000


class Hand:
    """Clicks, drags and types in one window."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window = window
        self.canvas = window.canvas
        self.qtbot = qtbot

    def wait(self, done: Callable[[], bool]) -> None:
        """Let the window live until `done`."""
        self.qtbot.waitUntil(done, timeout=PATIENCE_MS)

    # Where things are

    def card(self, name: str) -> QPoint:
        """A spot on a card that is neither its name nor a port."""
        card = self.canvas.canvas.nodes[name].card
        return self.canvas.mapFromScene(QPointF(card.left() + 60, card.top() + 20))

    def port(self, name: str, side: str, index: int = 0) -> QPoint:
        return self.canvas.mapFromScene(self.canvas.canvas.nodes[name].port(side, index))

    def clear(self, x: float, y: float) -> QPoint:
        """A spot of the viewport, as parts of its width and height."""
        area = self.canvas.viewport().rect()
        return QPoint(round(area.width() * x), round(area.height() * y))

    def room_near(self, name: str) -> QPoint:
        """A spot of empty canvas as near to a card as there is one, and wholly in sight."""
        viewport, scene = self.canvas.viewport().rect(), self.canvas.canvas
        middle = self.canvas.mapFromScene(scene.nodes[name].card.center())
        spots = [
            QPoint(x, y)
            for x in range(20, viewport.width() - 20, 20)
            for y in range(20, viewport.height() - 20, 20)
            if hit(scene, self.canvas.mapToScene(QPoint(x, y)), self.canvas.zoom) is None
        ]
        return min(spots, key=lambda spot: (spot - middle).manhattanLength())

    # What a person does

    def click(self, widget: QWidget, at: QPoint | None = None) -> None:
        QTest.mouseClick(widget, LEFT, Qt.KeyboardModifier.NoModifier, at or widget.rect().center())
        QApplication.processEvents()

    def click_card(self, name: str) -> None:
        self.click(self.canvas.viewport(), self.card(name))

    def drag(self, start: QPoint, end: QPoint) -> None:
        """Press at `start` of the canvas, move in steps, let go at `end`."""
        viewport = self.canvas.viewport()
        QTest.mouseMove(viewport, start)
        QTest.mousePress(viewport, LEFT, Qt.KeyboardModifier.NoModifier, start)
        for step in range(1, 9):
            self.send_move(start + (end - start) * (step / 8))
        QTest.mouseRelease(viewport, LEFT, Qt.KeyboardModifier.NoModifier, end)
        QApplication.processEvents()

    def send_move(self, at: QPoint) -> None:
        # QTest.mouseMove sends no buttons along; a drag needs the pressed one.
        viewport = self.canvas.viewport()
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            QPointF(at),
            QPointF(viewport.mapToGlobal(at)),
            Qt.MouseButton.NoButton,
            LEFT,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(viewport, event)
        QApplication.processEvents()

    def press(self, key: Qt.Key, control: bool = False) -> None:
        """Press a key in whatever has the focus."""
        modifier = (
            Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier
        )
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifier)
        QApplication.processEvents()

    def type(self, text: str) -> None:
        QTest.keyClicks(QApplication.focusWidget(), text)
        QApplication.processEvents()

    def press_and_name(self, key: Qt.Key, path: Path) -> None:
        """Press Ctrl and a key that opens a file dialog, give the path there, press Enter."""

        def answer() -> None:
            dialog = QApplication.activeModalWidget()
            if not isinstance(dialog, QFileDialog):
                QTimer.singleShot(50, answer)
                return
            field = dialog.findChild(QLineEdit, "fileNameEdit")
            assert field is not None
            # Set, not typed: the completer's popup would hold the keyboard of the offscreen plugin.
            field.setText(str(path))
            QTest.keyClick(field, Qt.Key.Key_Return)

        QTimer.singleShot(50, answer)
        self.press(key, control=True)
        # No window manager gives the focus back here.
        self.window.activateWindow()
        self.canvas.setFocus()
        self.wait(self.window.isActiveWindow)

    def choose_layer(self, query: str) -> str:
        """Type into the open layer search and press Enter; the new node's name."""
        before = set(self.window.document.project.network.nodes)
        searches = [found for found in self.canvas.findChildren(QuickAdd) if found.isVisible()]
        assert searches, "the layer search is not open"
        self.type(query)
        self.press(Qt.Key.Key_Return)
        new = set(self.window.document.project.network.nodes) - before
        assert len(new) == 1, f"{query} added {sorted(new)}"
        return new.pop()

    def add_at(self, at: QPoint, query: str) -> str:
        """Double click on empty canvas, search, Enter."""
        QTest.mouseDClick(self.canvas.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, at)
        QApplication.processEvents()
        return self.choose_layer(query)

    def add_behind(self, name: str, query: str, at: QPoint) -> str:
        """Drag a link from a card's output to empty canvas, search, Enter."""
        self.drag(self.port(name, "out"), at)
        return self.choose_layer(query)

    def set(self, node: str, parameter: str, text: str) -> None:
        """Select a card and type a value into the inspector."""
        self.click_card(node)
        assert self.window.document.selection == (node,)
        field = self.window.inspector.findChild(QLineEdit, parameter)
        assert field is not None, f"the inspector has no field {parameter} for {node}"
        self.window.inspector.ensureWidgetVisible(field)
        QTest.mouseClick(field, LEFT)
        QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        QApplication.processEvents()
