"""Ctrl+Z in a field: what is being typed is taken back first, then the network's last change."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.inspector.inspector import Inspector
from engine.layers.base import Layer


@pytest.fixture
def inspector(lenet: Document, qtbot: QtBot) -> Inspector:
    """An inspector in a window that has the keys for undo and redo."""
    widget = Inspector(lenet)
    qtbot.addWidget(widget)
    for keys, take in (("Ctrl+Z", lenet.undo), ("Ctrl+Shift+Z", lenet.redo)):
        action = QAction(widget)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(take)
        widget.addAction(action)
    widget.resize(300, 900)
    widget.show()
    qtbot.waitExposed(widget)
    widget.activateWindow()
    return widget


def undo(field: QLineEdit) -> None:
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def redo(field: QLineEdit) -> None:
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(field, Qt.Key.Key_Z, both)


def retype(field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def channels(document: Document) -> object:
    layer = document.project.network.nodes["conv1"].content
    assert isinstance(layer, Layer)
    return layer.values["out_channels"]


def test_after_enter_the_networks_change_is_taken_back_and_done_again(
    lenet: Document, inspector: Inspector
) -> None:
    lenet.select(["conv1"])
    assert inspector.node_page.forms.current
    field = inspector.node_page.forms.current.editors["out_channels"]
    assert isinstance(field, QLineEdit)
    retype(field, "12")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert channels(lenet) == 12
    undo(field)
    assert (channels(lenet), field.text()) == (6, "6")
    redo(field)
    assert (channels(lenet), field.text()) == (12, "12")


def test_what_is_being_typed_is_taken_back_before_the_network(
    lenet: Document, inspector: Inspector
) -> None:
    lenet.select(["conv1"])
    assert inspector.node_page.forms.current
    field = inspector.node_page.forms.current.editors["out_channels"]
    assert isinstance(field, QLineEdit)
    retype(field, "12")
    QTest.keyClick(field, Qt.Key.Key_Return)
    retype(field, "77")
    undo(field)
    assert (channels(lenet), field.text()) == (12, "12")
    undo(field)
    assert (channels(lenet), field.text()) == (6, "6")


def test_a_renamed_node_gets_its_old_name_back(lenet: Document, inspector: Inspector) -> None:
    lenet.select(["conv1"])
    inspector.rename()
    field = inspector.focusWidget()
    assert isinstance(field, QLineEdit)
    retype(field, "first")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert "first" in lenet.project.network.nodes
    undo(field)
    assert "conv1" in lenet.project.network.nodes
