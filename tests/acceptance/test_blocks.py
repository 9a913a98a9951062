"""Blocks in the whole window: made, named, edited, promoted, kept and used again, as a person does it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

import resources
from designer.app import MainWindow
from designer.canvas.block_entries import BlockEntry
from designer.canvas.entry_delegate import ENTRY_ROLE
from engine.network import storage
from engine.network.network import Instance, Link
from tests.acceptance.hand import Hand

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def lenet(window: MainWindow) -> None:
    window.document.load(storage.load(resources.TEMPLATES / "residual.convo"), None)
    window.canvas.fit()


def press(window: MainWindow, key: Qt.Key, held: Qt.KeyboardModifier) -> None:
    """Press keys of a command of the window."""
    QTest.keyClick(QApplication.focusWidget() or window, key, held)
    QApplication.processEvents()


def field(window: MainWindow, name: str) -> QLineEdit:
    """The inspector's field of this name that can be seen."""
    found = window.inspector.findChildren(QLineEdit, name)
    shown = [item for item in found if item.isVisible()]
    assert len(shown) == 1, f"{len(shown)} fields {name}"
    return shown[0]


def enter(widget: QLineEdit, text: str) -> None:
    widget.setFocus()
    widget.selectAll()
    QTest.keyClick(widget, Qt.Key.Key_Backspace)
    QTest.keyClicks(widget, text)
    QTest.keyClick(widget, Qt.Key.Key_Return)
    QApplication.processEvents()


def make_block(window: MainWindow) -> str:
    """Ctrl+G over the first convolution and what follows it; the instance's name."""
    lenet(window)
    nodes = window.document.project.network.nodes
    conv = next(name for name, node in nodes.items() if node.kind == "Conv2d")
    links = window.document.project.network.links
    follower = next(link.target for link in links if link.source == conv)
    window.canvas.setFocus()
    window.document.select([conv, follower])
    press(window, Qt.Key.Key_G, CONTROL)
    (name,) = window.document.selection
    assert isinstance(window.document.project.network.nodes[name].content, Instance)
    return name


def instance(window: MainWindow, name: str) -> Instance:
    content = window.document.shown.network.nodes[name].content
    assert isinstance(content, Instance)
    return content


def test_control_g_makes_a_block_whose_name_can_be_typed_at_once(
    window: MainWindow, hand: Hand
) -> None:
    lenet(window)
    before = window.document.project
    name = make_block(window)
    typed = QApplication.focusWidget()
    assert isinstance(typed, QLineEdit) and typed.text() == name
    QTest.keyClicks(typed, "stem")
    QTest.keyClick(typed, Qt.Key.Key_Return)
    assert "stem" in window.document.project.network.nodes
    window.document.undo()
    window.document.undo()
    assert storage.dumps(window.document.project) == storage.dumps(before)


def test_control_shift_g_unpacks_what_control_g_made(window: MainWindow, hand: Hand) -> None:
    name = make_block(window)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    window.canvas.setFocus()
    window.document.select([name])
    press(window, Qt.Key.Key_G, CONTROL | SHIFT)
    kinds = {window.document.project.network.nodes[item].kind for item in window.document.selection}
    assert "Conv2d" in kinds and name not in window.document.project.network.nodes


def test_an_expression_is_typed_in_the_field_and_shown_with_its_value(
    window: MainWindow, hand: Hand
) -> None:
    name = make_block(window)
    document = window.document
    document.enter((name,))
    conv = next(key for key, node in document.shown.network.nodes.items() if node.kind == "Conv2d")
    document.select([conv])
    QApplication.processEvents()
    width = field(window, "out_channels")
    width.setFocus()
    press(window, Qt.Key.Key_P, CONTROL | SHIFT)
    block = document.shown.inside
    ((parameter, default),) = document.shown.network.blocks[block].parameters
    assert parameter == "out_channels"
    assert width.text() == "out_channels" and width.note == f"= {default}"  # type: ignore[attr-defined]
    enter(width, "out_channels * 2 + in_channels")
    node = document.shown.network.nodes[conv]
    assert dict(node.expressions) == {"out_channels": "out_channels * 2 + in_channels"}
    arriving = document.entered.values["in_channels"]
    assert width.note == f"= {2 * default + arriving}"  # type: ignore[attr-defined,operator]
    enter(width, "colour * 2")
    assert dict(document.shown.network.nodes[conv].expressions)["out_channels"].startswith("out_")
    form = window.inspector.node_page.forms.current
    assert form is not None
    reason = form._reasons["out_channels"]
    assert reason.isVisible() and "colour" in reason.text()
    QTest.keyClick(width, Qt.Key.Key_Escape)
    enter(width, "4 * 16")
    node = document.shown.network.nodes[conv]
    assert not node.expressions and node.content.values["out_channels"] == 64  # type: ignore[union-attr]


def test_outside_of_blocks_an_expression_is_refused_and_sums_are_worked_out(
    window: MainWindow, hand: Hand
) -> None:
    lenet(window)
    document = window.document
    conv = next(
        key for key, node in document.project.network.nodes.items() if node.kind == "Conv2d"
    )
    document.select([conv])
    QApplication.processEvents()
    width = field(window, "out_channels")
    before = document.project
    enter(width, "width * 4")
    assert document.project is before
    form = window.inspector.node_page.forms.current
    assert form is not None
    assert "only inside a block" in form._reasons["out_channels"].text()
    enter(width, "4 * 16")
    assert document.project.network.nodes[conv].content.values["out_channels"] == 64  # type: ignore[union-attr]


def test_arguments_repeats_and_first_overrides_are_fields(window: MainWindow, hand: Hand) -> None:
    name = make_block(window)
    document = window.document
    document.enter((name,))
    conv = next(key for key, node in document.shown.network.nodes.items() if node.kind == "Conv2d")
    document.select([conv])
    QApplication.processEvents()
    field(window, "out_channels").setFocus()
    press(window, Qt.Key.Key_P, CONTROL | SHIFT)
    document.enter((), [name])
    QApplication.processEvents()
    width = field(window, "out_channels")
    assert width.text().endswith("(default)")
    enter(width, "12")
    assert instance(window, name).arguments == (("out_channels", 12),)
    enter(field(window, "repeat"), "3")
    assert instance(window, name).repeat == 3
    page = window.inspector.instance_page
    assert page.first.form is not None
    first = page.first.form.editors["out_channels"]
    assert isinstance(first, QLineEdit) and first.text() == "as in the others"
    enter(first, "8")
    assert instance(window, name).first == (("out_channels", 8),)
    enter(first, "")
    assert instance(window, name).first == ()
    enter(width, "")
    assert instance(window, name).arguments == ()
    for _ in range(5):
        document.undo()
    assert instance(window, name).repeat == 1 and instance(window, name).arguments == ()


def test_the_block_page_renames_adds_and_removes_parameters(window: MainWindow, hand: Hand) -> None:
    name = make_block(window)
    document = window.document
    document.enter((name,))
    QApplication.processEvents()
    page = window.inspector.block_page
    assert page.isVisible()
    block = document.shown.inside
    enter(page.parameters.add, "width")
    assert dict(document.shown.network.blocks[block].parameters) == {"width": 1}
    row = page.parameters.rows["width"]
    assert isinstance(row.default, QLineEdit)
    enter(row.default, "24")
    assert dict(document.shown.network.blocks[block].parameters) == {"width": 24}
    enter(row.name, "maps")
    assert dict(document.shown.network.blocks[block].parameters) == {"maps": 24}
    QApplication.processEvents()
    hand.click(page.parameters.rows["maps"].remove)
    assert document.shown.network.blocks[block].parameters == ()
    enter(page.name, "Stem")
    assert document.shown.inside == "Stem" and document.scope == (name,)
    document.undo()
    assert document.shown.inside == block


def test_present_when_takes_a_comparison_and_shows_what_it_comes_to(
    window: MainWindow, hand: Hand
) -> None:
    name = make_block(window)
    document = window.document
    document.enter((name,))
    inner = next(
        key
        for key, node in document.shown.network.nodes.items()
        if node.kind not in ("Input", "Output", "Conv2d")
    )
    document.select([inner])
    QApplication.processEvents()
    when = field(window, "when")
    assert when.text() == "always"
    enter(when, "in_channels > 1000")
    assert document.shown.network.nodes[inner].when == "in_channels > 1000"
    assert when.note == "= false"  # type: ignore[attr-defined]
    assert window.inspector.node_page.flow.text() == "Not in this instance"
    enter(when, "in_channels + 1")
    assert document.shown.network.nodes[inner].when in ("in_channels > 1000", "in_channels + 1")
    enter(when, "always")
    assert document.shown.network.nodes[inner].when == ""


def test_a_block_is_kept_and_used_in_another_network(window: MainWindow, hand: Hand) -> None:
    name = make_block(window)
    block = instance(window, name).block
    window.document.select([name])
    QApplication.processEvents()
    hand.click(window.inspector.instance_page.save)
    window.new()
    QApplication.processEvents()
    entries = palette_blocks(window)
    assert [(entry.kind, bool(entry.path)) for entry in entries] == [(block, True)]
    window.palette_panel.field.setFocus()
    QTest.keyClicks(window.palette_panel.field, block)
    QTest.keyClick(window.palette_panel.field, Qt.Key.Key_Return)
    assert list(window.document.project.network.blocks) == [block]
    (new,) = window.document.selection
    assert instance(window, new).block == block
    window.document.undo()
    assert not window.document.project.network.blocks


def palette_blocks(window: MainWindow) -> list[BlockEntry]:
    tree = window.palette_panel.tree
    found = [index.data(ENTRY_ROLE) for index in tree._indexes()]
    return [entry for entry in found if isinstance(entry, BlockEntry)]


def test_the_palette_adds_renames_duplicates_and_deletes_blocks(
    window: MainWindow, hand: Hand
) -> None:
    name = make_block(window)
    document = window.document
    block = instance(window, name).block
    palette, tree = window.palette_panel, window.palette_panel.tree
    (entry,) = palette_blocks(window)
    assert entry.kind == block
    window.blocks.duplicate(block)
    assert len(document.project.network.blocks) == 2
    other = list(document.project.network.blocks)[1]
    tree.rename(next(item for item in palette_blocks(window) if item.kind == other))
    editor = next(item for item in tree.findChildren(QLineEdit) if item.isVisible())
    enter(editor, "Another")
    assert list(document.project.network.blocks) == [block, "Another"]
    palette.add(next(item for item in palette_blocks(window) if item.kind == "Another"))
    (new,) = document.selection
    assert Link(name, new) in document.project.network.links or document.shown.network.nodes[new]
    document.undo()
    tree.setFocus()
    another = next(
        index
        for index in tree._indexes()
        if getattr(index.data(ENTRY_ROLE), "kind", "") == "Another"
    )
    tree.setCurrentIndex(another)
    QTest.keyClick(tree, Qt.Key.Key_Delete)
    assert list(document.project.network.blocks) == [block]


def test_a_block_travels_as_text(window: MainWindow, hand: Hand) -> None:
    name = make_block(window)
    block = instance(window, name).block
    window.blocks.copy(block)
    text = QGuiApplication.clipboard().text()
    window.new()
    QGuiApplication.clipboard().setText(text)
    window.actions_by_name["paste_block"].trigger()
    assert list(window.document.project.network.blocks) == [block]
    window.document.undo()
    QGuiApplication.clipboard().setText("nothing of ours")
    window.actions_by_name["paste_block"].trigger()
    assert not window.document.project.network.blocks
    assert window.toast.text


def test_panels_follow_into_a_block(window: MainWindow, hand: Hand, tmp_path: Path) -> None:
    name = make_block(window)
    document = window.document
    conv = next(
        key
        for key, node in document.project.network.blocks[
            instance(window, name).block
        ].network.nodes.items()
        if node.kind == "Conv2d"
    )
    window.docks["Code"].raise_()
    hand.wait(lambda: window.code.view.toPlainText() != "")
    source = document.source
    assert source is not None
    span = source.spans[f"{name}/{conv}"][0]
    assert window.code.view.node_at(span.first) == f"{name}/{conv}"
    click_line(window.code.view, span.first)
    assert document.scope == (name,) and document.selection == (conv,)
    window.docks["Layer table"].raise_()
    QApplication.processEvents()
    rows = [row.name for row in window.layer_table.model.shown]
    assert f"{name}/{conv}" in rows
    document.enter(())
    QApplication.processEvents()
    assert f"{name}/{conv}" not in [row.name for row in window.layer_table.model.shown]
    table = window.layer_table.table
    place = [row.name for row in window.layer_table.model.shown].index(name)
    table.setFocus()
    table.setCurrentIndex(window.layer_table.model.index(place, 0))
    QTest.keyClick(table, Qt.Key.Key_Right)
    assert f"{name}/{conv}" in [row.name for row in window.layer_table.model.shown]
    QTest.keyClick(table, Qt.Key.Key_Left)
    assert f"{name}/{conv}" not in [row.name for row in window.layer_table.model.shown]


def click_line(view: QWidget, line: int) -> None:
    from designer.panels.code import CodeView

    assert isinstance(view, CodeView)
    block = view.document().findBlockByNumber(line - 1)
    cursor = view.textCursor()
    cursor.setPosition(block.position() + 4)
    view.setTextCursor(cursor)
    view.ensureCursorVisible()
    box = view.cursorRect(cursor)
    QTest.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(box.left(), box.center().y())
    )
    QApplication.processEvents()
