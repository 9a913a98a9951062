"""The inspector inside a block: several nodes at once, choices that follow, promotion by the mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.inspector.editors import TextEditor
from designer.inspector.inspector import Inspector
from engine.network import edits
from engine.network.grouping import group
from engine.network.network import Instance
from engine.network.project import Project


@pytest.fixture
def inside(lenet: Document, qtbot: QtBot) -> tuple[Document, Inspector]:
    """LeNet-5 with all between its ends in one block, which is entered."""
    names = [
        name
        for name, node in lenet.project.network.nodes.items()
        if node.kind not in ("Input", "Output")
    ]
    made = ""

    def edit(project: Project) -> Project:
        nonlocal made
        project, made = group(project, names)
        return project

    lenet.do("Make a block", edit)
    lenet.enter((made,))
    widget = Inspector(lenet)
    qtbot.addWidget(widget)
    widget.resize(320, 900)
    widget.show()
    qtbot.waitExposed(widget)
    return lenet, widget


def test_an_expression_for_several_nodes_is_one_step(inside: tuple[Document, Inspector]) -> None:
    document, inspector = inside
    document.select(["conv1", "conv2"])
    form = inspector.several_page.forms.current
    assert form is not None
    field = form.editors["out_channels"]
    assert isinstance(field, TextEditor)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "in_channels * 6")
    QTest.keyClick(field, Qt.Key.Key_Return)
    for name in ("conv1", "conv2"):
        assert dict(document.shown.network.nodes[name].expressions) == {
            "out_channels": "in_channels * 6"
        }
    assert field.text() == "in_channels * 6" and field.note == "= 6"
    document.undo()
    assert not document.shown.network.nodes["conv1"].expressions


def test_a_choice_and_a_flag_follow_a_parameter_in_a_field(
    inside: tuple[Document, Inspector],
) -> None:
    document, inspector = inside
    document.select(["conv1"])
    form = inspector.node_page.forms.current
    assert form is not None
    for name, told in (("padding_mode", "= zeros"), ("bias", "= true")):
        form.editors[name].setFocus()
        held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        QTest.keyClick(form.editors[name], Qt.Key.Key_P, held)
        assert dict(document.shown.network.nodes["conv1"].expressions)[name] == name
        field = form._texts[name]
        assert field.isVisible() and not form.editors[name].isVisible()
        assert field.text() == name and field.note == told
    document.undo()
    assert form.editors["bias"].isVisible() and not form._texts["bias"].isVisible()


def test_the_button_beside_a_field_promotes_it(inside: tuple[Document, Inspector]) -> None:
    document, inspector = inside
    document.select(["conv2"])
    form = inspector.node_page.forms.current
    assert form is not None
    button = form.buttons["kernel_size"]
    assert not button.isVisible()
    form.editors["kernel_size"].setFocus()
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    block = document.shown.network.blocks[document.shown.inside]
    assert dict(block.parameters) == {"kernel_size": 5}
    assert not button.isVisible()


def test_the_buttons_are_not_there_outside_of_blocks(inside: tuple[Document, Inspector]) -> None:
    document, inspector = inside
    document.select(["conv2"])
    document.enter(())
    document.do("Unlike", lambda p: edits.set_name(p, "Outside"))
    (name,) = (
        name
        for name, node in document.project.network.nodes.items()
        if isinstance(node.content, Instance)
    )
    document.select([name])
    form = inspector.instance_page.repeat
    form.editors["repeat"].setFocus()
    assert not form.buttons
