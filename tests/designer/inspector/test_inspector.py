"""The inspector under real keys and clicks."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu
from pytestqt.qtbot import QtBot

import resources
from designer.document import Document
from designer.inspector.choosing import ChoiceEditor, FlagEditor
from designer.inspector.editors import TextEditor
from designer.inspector.inspector import Inspector
from designer.inspector.node_facts import cost
from designer.style import theme
from engine.analysis import NodeReport
from engine.layers.base import Layer
from engine.network import edits, storage
from engine.network.network import Link


@pytest.fixture
def inspector(lenet: Document, qtbot: QtBot) -> Inspector:
    widget = Inspector(lenet)
    qtbot.addWidget(widget)
    widget.resize(300, 900)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def editor(inspector: Inspector, name: str) -> TextEditor:
    form = inspector.node_page.forms.current or inspector.several_page.forms.current
    assert form
    result = form.editors[name]
    assert isinstance(result, TextEditor)
    return result


def enter(field: TextEditor, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def value(document: Document, node: str, parameter: str) -> object:
    layer = document.project.network.nodes[node].content
    assert isinstance(layer, Layer)
    return layer.values[parameter]


def reason(inspector: Inspector, name: str) -> str:
    form = inspector.node_page.forms.current
    assert form
    label = form._reasons.get(name)
    return label.text() if label and label.isVisible() else ""


def test_a_typed_number_changes_the_layer_in_one_step_of_undo(
    lenet: Document, inspector: Inspector
) -> None:
    lenet.select(["conv1"])
    enter(editor(inspector, "out_channels"), "12")
    assert value(lenet, "conv1", "out_channels") == 12
    assert inspector.node_page.flow.text() == "1×32×32 → 12×28×28"
    lenet.undo()
    assert value(lenet, "conv1", "out_channels") == 6
    assert editor(inspector, "out_channels").text() == "6"


def test_a_pair_can_be_typed(lenet: Document, inspector: Inspector) -> None:
    lenet.select(["conv1"])
    enter(editor(inspector, "kernel_size"), "3, 5")
    assert value(lenet, "conv1", "kernel_size") == (3, 5)


def test_spinning_many_times_is_one_step_of_undo(lenet: Document, inspector: Inspector) -> None:
    lenet.select(["conv1"])
    field = editor(inspector, "out_channels")
    field.setFocus()
    for _ in range(5):
        QTest.keyClick(field, Qt.Key.Key_Up)
    assert value(lenet, "conv1", "out_channels") == 11
    lenet.undo()
    assert value(lenet, "conv1", "out_channels") == 6


def test_the_arrows_step_with_the_mouse(lenet: Document, inspector: Inspector) -> None:
    lenet.select(["conv1"])
    field = editor(inspector, "out_channels")
    for y in (5, 5, field.height() - 5):
        QTest.mouseClick(field, Qt.MouseButton.LeftButton, pos=QPoint(field.width() - 10, y))
    assert value(lenet, "conv1", "out_channels") == 7


def test_wrong_input_is_refused_under_the_field_and_nothing_is_lost(
    lenet: Document, inspector: Inspector
) -> None:
    lenet.select(["conv1"])
    field = editor(inspector, "stride")
    enter(field, "abc")
    assert reason(inspector, "stride").startswith("Stride must be a whole number from 1")
    assert field.text() == "abc"
    assert field.property("problem")
    # Another edit of the same node leaves what was typed alone.
    enter(editor(inspector, "out_channels"), "8")
    assert field.text() == "abc"
    enter(field, "2")
    assert not reason(inspector, "stride")
    assert value(lenet, "conv1", "stride") == 2


def test_escape_takes_back_what_was_typed(lenet: Document, inspector: Inspector) -> None:
    lenet.select(["conv1"])
    field = editor(inspector, "stride")
    enter(field, "0")
    assert reason(inspector, "stride")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "1"
    assert not reason(inspector, "stride")


def test_what_is_being_typed_is_settled_when_another_node_is_selected(
    lenet: Document, inspector: Inspector
) -> None:
    lenet.select(["conv1"])
    field = editor(inspector, "out_channels")
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "9")
    lenet.select(["conv2"])
    assert value(lenet, "conv1", "out_channels") == 9
    assert value(lenet, "conv2", "out_channels") == 16
    assert editor(inspector, "out_channels").text() == "16"


def test_focus_and_cursor_stay_while_others_edit(
    lenet: Document, inspector: Inspector, qtbot: QtBot
) -> None:
    lenet.select(["conv1"])
    field = editor(inspector, "out_channels")
    inspector.activateWindow()
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "1")
    lenet.do("Move", lambda project: edits.move(project, {"conv2": (5.0, 5.0)}))
    QTest.keyClicks(field, "4")
    assert field.text() == "14"
    qtbot.waitUntil(field.hasFocus)


def test_choices_and_flags_are_edited_with_the_keyboard(
    lenet: Document, inspector: Inspector
) -> None:
    lenet.select(["conv1"])
    form = inspector.node_page.forms.current
    assert form
    flag, choice = form.editors["bias"], form.editors["padding_mode"]
    assert isinstance(flag, FlagEditor) and isinstance(choice, ChoiceEditor)
    QTest.keyClick(flag, Qt.Key.Key_Space)
    assert value(lenet, "conv1", "bias") is False
    before = value(lenet, "conv1", "padding_mode")
    QTest.keyClick(choice, Qt.Key.Key_Down)
    assert value(lenet, "conv1", "padding_mode") != before


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_words_are_offered_in_a_menu(lenet: Document, inspector: Inspector) -> None:
    lenet.select(["conv1"])
    field = editor(inspector, "padding")
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    menu = field.findChild(QMenu)
    assert menu
    next(action for action in menu.actions() if action.text() == "same").trigger()
    menu.close()
    assert value(lenet, "conv1", "padding") == "same"


def test_the_name_is_edited_in_place(lenet: Document, inspector: Inspector) -> None:
    lenet.select(["conv1"])
    inspector.rename()
    assert inspector.node_page.name.selectedText() == "conv1"
    QTest.keyClicks(inspector.node_page.name, "stem")
    QTest.keyClick(inspector.node_page.name, Qt.Key.Key_Return)
    assert "stem" in lenet.project.network.nodes
    assert lenet.selection == ("stem",)
    assert inspector.node_page.name.text() == "stem"


def test_an_impossible_name_is_refused_with_its_reason(
    lenet: Document, inspector: Inspector
) -> None:
    lenet.select(["conv1"])
    inspector.rename()
    QTest.keyClicks(inspector.node_page.name, "conv2")
    QTest.keyClick(inspector.node_page.name, Qt.Key.Key_Return)
    assert inspector.node_page.heading.problem.isVisible()
    assert "conv2" in inspector.node_page.heading.problem.text()
    assert "conv1" in lenet.project.network.nodes


def test_a_fix_is_one_click(lenet: Document, inspector: Inspector) -> None:
    lenet.do("Shrink", lambda p: edits.set_parameters(p, "conv2", kernel_size=40))
    lenet.select(["conv2"])
    (card,) = inspector.node_page.problems.cards
    assert "conv2" in card.problem.message
    QTest.mouseClick(card.buttons[0], Qt.MouseButton.LeftButton)
    assert not lenet.analysis.nodes["conv2"].problems
    assert not inspector.node_page.problems.cards


def test_a_muted_node_says_so_instead_of_asking_for_a_repair(
    lenet: Document, inspector: Inspector
) -> None:
    lenet.do("Mute", lambda p: edits.set_mode(p, ["tanh1"], "muted"))
    lenet.select(["tanh1"])
    assert inspector.node_page.flow.text() == "Muted"
    facts = cost(lenet, "tanh1", NodeReport())
    assert [fact.label for fact in facts] == ["Muted"]


def test_a_node_tells_its_arithmetic_cost_and_code(
    lenet: Document, inspector: Inspector, qtbot: QtBot
) -> None:
    lenet.select(["conv2"])
    page = inspector.node_page
    told = {fact.label: fact.text for fact in page.arithmetic._shown}
    assert told["Parameters"] == "(5 × 5 × 6 + 1) × 16 = 2,416"
    cost = {fact.label: fact.text for fact in page.cost._shown}
    assert cost["Parameters"].startswith("2,416")
    assert cost["Receptive field"].startswith("14 px")
    lenet.select(["dense1"])
    cost = {fact.label: fact.text for fact in page.cost._shown}
    assert cost["Receptive field"] == "32 px"
    lenet.select(["conv2"])
    qtbot.waitUntil(lambda: "nn.Conv2d(6, 16, kernel_size=5)" in page.lines.code.text())


def test_nothing_selected_shows_the_network(lenet: Document, inspector: Inspector) -> None:
    page = inspector.network_page
    assert page.isVisible()
    told = {fact.label: fact.text for fact in page.totals._shown}
    assert told["Parameters"] == "61,706"
    inspector.rename()
    QTest.keyClicks(page.name, "My net")
    QTest.keyClick(page.name, Qt.Key.Key_Return)
    assert lenet.project.name == "My net"


def test_an_empty_network_says_what_to_do(empty: Document, qtbot: QtBot) -> None:
    widget = Inspector(empty)
    qtbot.addWidget(widget)
    assert "Drag a layer" in widget.network_page.hint.text()


def test_several_nodes_of_one_kind_are_edited_together(
    lenet: Document, inspector: Inspector
) -> None:
    lenet.select(["conv1", "conv2"])
    page = inspector.several_page
    assert page.title.text() == "2 nodes selected"
    form = page.forms.current
    assert form
    field = form.editors["out_channels"]
    assert isinstance(field, TextEditor)
    assert field.placeholderText() == "several values"
    enter(field, "10")
    assert value(lenet, "conv1", "out_channels") == value(lenet, "conv2", "out_channels") == 10
    lenet.undo()
    assert value(lenet, "conv1", "out_channels") == 6
    assert value(lenet, "conv2", "out_channels") == 16


def test_several_nodes_of_several_kinds_are_counted(lenet: Document, inspector: Inspector) -> None:
    lenet.select(["conv1", "tanh1", "tanh2", "dense1", "dense2"])
    assert inspector.several_page.forms.current is None
    assert {fact.label: fact.text for fact in inspector.several_page.kinds._shown} == {
        "Tanh": "2",
        "Dense": "2",
        "Conv2d": "1",
    }


def test_no_text_of_a_person_is_taken_for_markup(lenet: Document, inspector: Inspector) -> None:
    lenet.do("Name", lambda p: edits.set_name(p, "<b>bold</b>"))
    assert inspector.network_page.name.text() == "<b>bold</b>"
    lenet.select(["conv1"])
    formats = {label.textFormat() for label in inspector.findChildren(QLabel)}
    assert formats == {Qt.TextFormat.PlainText}


def test_bringing_a_known_kind_up_to_date_takes_under_ten_milliseconds(
    lenet: Document, inspector: Inspector
) -> None:
    lenet.select(["conv1"])
    lenet.select(["conv2"])
    spans: list[float] = []
    for name in ("conv1", "conv2", "conv3") * 5:
        start = time.process_time()
        lenet.select([name])
        spans.append(time.process_time() - start)
    assert sorted(spans)[len(spans) // 2] < 0.010


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_it_is_painted_in_both_themes_without_a_warning(
    lenet: Document, inspector: Inspector, choice: str
) -> None:
    theme().apply(choice)
    for names in ([], ["conv1"], ["conv1", "conv2"], ["input1"], ["output1"], ["flatten1"]):
        lenet.select(names)
        assert not inspector.grab().isNull()


def test_a_hint_is_a_quiet_card_whose_button_does_it_and_the_network_stays_valid(
    light: None, qtbot: QtBot
) -> None:
    document = Document(storage.load(resources.TEMPLATES / "tiny_cnn.convo"))
    widget = Inspector(document)
    qtbot.addWidget(widget)
    widget.resize(300, 900)
    widget.show()
    qtbot.waitExposed(widget)

    document.select(["relu1"])
    (card,) = widget.node_page.problems.cards
    assert card.property("role") == "card"
    assert not document.analysis.problems

    QTest.mouseClick(card.buttons[0], Qt.MouseButton.LeftButton)
    assert Link("pool1", "relu1") in document.project.network.links
    assert not widget.node_page.problems.cards
    assert not document.analysis.problems
    document.undo()
    assert Link("relu1", "pool1") in document.project.network.links
