"""A node's own rate and beginning are set in the inspector, by keys."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.inspector.editors import TextEditor
from designer.inspector.inspector import Inspector
from designer.inspector.learning import LearningFields
from engine.network.learning import Learning


def typed(fields: LearningFields, text: str) -> None:
    field = fields.form.editors["rate"]
    assert isinstance(field, TextEditor)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_rates_are_set_for_one_node_and_for_several(lenet: Document, qtbot: QtBot) -> None:
    inspector = Inspector(lenet)
    qtbot.addWidget(inspector)
    inspector.resize(300, 900)
    inspector.show()
    qtbot.waitExposed(inspector)
    nodes = lenet.project.network.nodes

    lenet.select(["tanh1"])
    assert not inspector.node_page.learning.isVisible()
    lenet.select(["conv1"])
    fields = inspector.node_page.learning
    assert fields.isVisible()
    typed(fields, "0.1")
    assert lenet.project.network.nodes["conv1"].learning == Learning(rate=0.1)
    assert lenet.undo_label == "Set rate × of conv1"
    typed(fields, "0")
    assert lenet.project.network.nodes["conv1"].learning.rate == 0.1

    lenet.select(["conv1", "conv3", "tanh1"])
    fields = inspector.several_page.learning
    assert fields.isVisible()
    typed(fields, "2")
    nodes = lenet.project.network.nodes
    assert nodes["conv1"].learning.rate == nodes["conv3"].learning.rate == 2.0
    assert nodes["tanh1"].learning == Learning()
    lenet.undo()
    lenet.undo()
    assert lenet.project.network.nodes["conv1"].learning == Learning()
