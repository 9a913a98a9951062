"""The window that compares two networks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import resources
from designer.compare.canvas import CompareCanvas
from designer.compare.sides import NOW, SAVED
from designer.compare.window import CompareWindow
from designer.document import Document
from designer.style import theme
from engine.layers.catalogue import layer
from engine.network import edits, storage
from engine.network.network import Link
from engine.network.project import Project

TEMPLATES = Path(resources.TEMPLATES)
LEFT = Qt.MouseButton.LeftButton


def edited(project: Project) -> Project:
    """A change, an insertion, a removal and a new name."""
    project = edits.set_parameters(project, "conv2", out_channels=20)
    link = Link("conv1", "tanh1")
    project = edits.insert_on_link(project, link, layer("BatchNorm2d"), (500, 300), "norm1")
    project = edits.remove_and_reconnect(project, ["tanh4"])
    return edits.rename(project, "pool2", "shrink")


@pytest.fixture
def window(lenet: Document, qtbot: QtBot) -> Iterator[CompareWindow]:
    made = CompareWindow(lenet)
    qtbot.addWidget(made)
    made.resize(1100, 760)
    made.open(TEMPLATES / "lenet5.convo")
    qtbot.waitExposed(made)
    QApplication.processEvents()
    yield made
    made.close()


def settle(window: CompareWindow) -> None:
    window.refresh()
    QApplication.processEvents()


def row(window: CompareWindow, name: str) -> int:
    return next(i for i, item in enumerate(window.model.shown) if item.cells[1] == name)


def click_row(window: CompareWindow, name: str) -> None:
    box = window.table.visualRect(window.model.index(row(window, name), 1))
    QTest.mouseClick(window.table.viewport(), LEFT, pos=box.center())


def spot(canvas: CompareCanvas, name: str) -> QPoint:
    return canvas.mapFromScene(canvas.canvas.nodes[name].card.center())


def middle(canvas: CompareCanvas) -> QPointF:
    return canvas.center


def test_equal_networks_have_no_differences(window: CompareWindow) -> None:
    assert window.model.shown == []
    assert window.same.isVisible()
    assert window.totals.values["Parameters"].text() == "61,706"


def test_an_edit_is_followed_with_signs_and_totals(
    lenet: Document, window: CompareWindow, qtbot: QtBot
) -> None:
    lenet.do("Edit", edited)
    qtbot.waitUntil(lambda: bool(window.model.shown))
    signs = {item.cells[1]: item.cells[0] for item in window.model.shown}
    assert signs == {"norm1": "+", "conv2": "~", "shrink": "~", "tanh4": "−"}
    one, other = window.canvases
    assert one.marks == {"conv2": "changed", "pool2": "renamed", "tanh4": "removed"}
    assert other.marks == {"norm1": "added", "conv2": "changed", "shrink": "renamed"}
    cells = window.model.shown[row(window, "conv2")].cells
    assert cells[3] == "out channels 16 → 20"
    assert cells[4] == "16×10×10 → 20×10×10"
    assert cells[5] == "+604"
    assert "61,706 → 74,322" in window.totals.values["Parameters"].text()
    assert "(+12,616, +20.4%)" in window.totals.values["Parameters"].text()


def test_the_sides_change_nothing_of_the_document(lenet: Document, window: CompareWindow) -> None:
    before = lenet.project
    viewport = window.canvases[1].viewport()
    QTest.mouseClick(viewport, LEFT, pos=spot(window.canvases[1], "conv1"))
    QTest.keyClick(window.canvases[1], Qt.Key.Key_Delete)
    QTest.mouseDClick(viewport, LEFT, pos=QPoint(5, 5))
    assert lenet.project is before
    assert window.sides[1].project is before
    assert window.sides[1].undo_label == ""


def test_dragging_one_side_moves_the_other_along(window: CompareWindow) -> None:
    one, other = window.canvases
    before = middle(one), middle(other)
    start, end = QPoint(200, 150), QPoint(120, 190)
    QTest.mousePress(one.viewport(), LEFT, pos=start)
    QTest.mouseMove(one.viewport(), (start + end) / 2)
    QTest.mouseMove(one.viewport(), end)
    QTest.mouseRelease(one.viewport(), LEFT, pos=end)
    moved = middle(one) - before[0]
    assert moved.manhattanLength() > 50 / one.zoom
    assert (middle(other) - before[1] - moved).manhattanLength() < 4 / one.zoom


def wheel(canvas: CompareCanvas, at: QPoint, turns: int) -> None:
    event = QWheelEvent(
        QPointF(at),
        QPointF(canvas.viewport().mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * turns),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas.viewport(), event)


def test_the_wheel_zooms_both_sides_about_the_same_place(window: CompareWindow) -> None:
    one, other = window.canvases
    at = QPoint(130, 90)
    there = one.mapToScene(at), other.mapToScene(at)
    for _ in range(3):
        wheel(other, at, 1)
    assert one.zoom == other.zoom
    for canvas, point in zip((one, other), there, strict=True):
        off = canvas.mapToScene(at) - point
        assert off.manhattanLength() < 8 / canvas.zoom
    wheel(one, at, -3)
    assert one.zoom == other.zoom


def test_a_row_leads_to_its_node_on_both_sides(lenet: Document, window: CompareWindow) -> None:
    lenet.do("Edit", edited)
    settle(window)
    click_row(window, "shrink")
    one, other = window.canvases
    assert window.sides[0].selection == ("pool2",)
    assert window.sides[1].selection == ("shrink",)
    for canvas, name in ((one, "pool2"), (other, "shrink")):
        off = spot(canvas, name) - canvas.viewport().rect().center()
        assert off.manhattanLength() <= 4
    QTest.keyClick(window.table, Qt.Key.Key_Up)
    assert window.sides[1].selection == ("conv2",)


def test_opening_shows_the_whole_and_chooses_no_row(
    lenet: Document, window: CompareWindow, qtbot: QtBot
) -> None:
    lenet.do("Edit", edited)
    window.open(TEMPLATES / "lenet5.convo")
    QApplication.processEvents()
    assert window.sides[0].selection == ()
    for canvas in window.canvases:
        assert canvas.visible_rect().contains(canvas.canvas.extent())


def test_a_click_on_a_card_goes_to_its_row_or_to_the_same_node(
    lenet: Document, window: CompareWindow
) -> None:
    lenet.do("Edit", edited)
    settle(window)
    window.fit()
    QTest.mouseClick(window.canvases[0].viewport(), LEFT, pos=spot(window.canvases[0], "tanh4"))
    chosen = window.table.selectionModel().selectedRows()[0].row()
    assert window.model.shown[chosen].before == "tanh4"
    window.fit()
    QTest.mouseClick(window.canvases[0].viewport(), LEFT, pos=spot(window.canvases[0], "conv1"))
    assert [side.selection for side in window.sides] == [("conv1",), ("conv1",)]


def test_knock_on_effects_are_listed_when_asked_for(lenet: Document, window: CompareWindow) -> None:
    lenet.do("Edit", lambda p: edits.set_parameters(p, "conv2", out_channels=20))
    settle(window)
    assert len(window.model.shown) == 1
    box = window.affected
    QTest.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
    names = [item.cells[1] for item in window.model.shown]
    assert names == ["conv2", "tanh2", "pool2", "conv3"]
    assert window.model.shown[1].cells[0] == "·"


def test_two_templates_are_compared_and_exchanged(window: CompareWindow) -> None:
    window.open(TEMPLATES / "vgg11.convo", TEMPLATES / "vgg16.convo")
    assert "+" in window.totals.values["Parameters"].text()
    assert {item.cells[0] for item in window.model.shown} >= {"+"}
    QTest.mouseClick(window.swap, LEFT)
    assert {item.cells[0] for item in window.model.shown} >= {"−"}
    assert "−" in window.totals.values["Parameters"].text()
    assert window.choices[0].currentText() == "Template VGG-16"


def test_templates_stand_in_the_order_of_people(window: CompareWindow) -> None:
    choice = window.choices[0]
    listed = [choice.itemText(row) for row in range(choice.count())]
    names = [f"Template ResNet-{depth}" for depth in (18, 34, 50, 101, 152)]
    places = [listed.index(name) for name in names]
    assert places == list(range(places[0], places[0] + len(names)))


def test_blocks_are_entered_on_both_sides_by_their_rows(window: CompareWindow) -> None:
    window.open(TEMPLATES / "vgg16.convo", TEMPLATES / "vgg16_bn.convo")
    inner = next(item for item in window.model.shown if item.block and item.cells[0] == "+")
    window.go_to(inner)
    assert all(side.scope for side in window.sides)
    assert window.sides[1].selection == (inner.after,)
    assert window.canvases[1].marks[inner.after] == "added"
    assert window.back.isVisible()
    QTest.mouseClick(window.back, LEFT)
    assert not any(side.scope for side in window.sides)


def test_a_double_click_on_a_block_enters_it_on_both_sides(window: CompareWindow) -> None:
    window.open(TEMPLATES / "resnet50.convo", TEMPLATES / "resnet152.convo")
    QApplication.processEvents()
    canvas = window.canvases[1]
    name = next(name for name, item in canvas.canvas.nodes.items() if item.face.family == "block")
    QTest.mouseDClick(canvas.viewport(), LEFT, pos=spot(canvas, name))
    assert [side.scope for side in window.sides] == [(name,), (name,)]


def test_unpacked_blocks_are_compared_node_by_node(window: CompareWindow) -> None:
    window.open(TEMPLATES / "vgg16.convo", TEMPLATES / "vgg16_bn.convo")
    QTest.mouseClick(window.unpacked, LEFT, pos=QPoint(8, window.unpacked.height() // 2))
    assert len(window.canvases[1].marks) == 13
    assert set(window.canvases[1].marks.values()) == {"added"}
    assert window.canvases[0].marks == {}


def test_the_saved_version_can_be_chosen_once_there_is_one(
    lenet: Document, window: CompareWindow, tmp_path: Path
) -> None:
    item = window.choices[0].model().item(1)  # type: ignore[attr-defined]
    assert not item.isEnabled()
    lenet.save(tmp_path / "mine.convo")
    assert item.isEnabled()
    lenet.do("Edit", lambda p: edits.set_parameters(p, "conv2", out_channels=20))
    window.open()
    assert window.choices[0].source == SAVED
    assert window.choices[1].source == NOW
    assert [entry.cells[1] for entry in window.model.shown] == ["conv2"]
    lenet.save(tmp_path / "mine.convo")
    settle(window)
    assert window.model.shown == []


def test_a_file_that_cannot_be_read_is_named(
    lenet: Document, window: CompareWindow, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.convo"
    broken.write_text("{", encoding="utf-8")
    window.open(broken)
    assert window.problem.isVisible()
    assert "broken.convo" in window.problem.text()
    window.open(TEMPLATES / "lenet5.convo")
    assert not window.problem.isVisible()


def test_recipe_and_links_have_rows(lenet: Document, window: CompareWindow) -> None:
    lenet.do("Edit", lambda p: edits.set_recipe(p, p.recipe.changed(epochs=77)))
    lenet.do("Cut", lambda p: edits.disconnect(p, [Link("conv1", "tanh1")]))
    settle(window)
    cells = [item.cells[:4] for item in window.model.shown]
    assert ("−", "conv1 → tanh1", "link", "removed") in cells
    assert any(kind == "recipe" and text.endswith("→ 77") for _, _, kind, text in cells)


def test_escape_closes_it_and_it_opens_again(window: CompareWindow, qtbot: QtBot) -> None:
    QTest.keyClick(window.table, Qt.Key.Key_Escape)
    assert not window.isVisible()
    window.open(TEMPLATES / "lenet5.convo")
    assert window.isVisible()
    QTest.keyClick(window.canvases[0], Qt.Key.Key_Escape)
    assert not window.isVisible()


def test_marks_are_painted_in_light_and_dark_near_and_far(
    lenet: Document, window: CompareWindow
) -> None:
    lenet.do("Edit", edited)
    settle(window)
    canvas = window.canvases[1]
    try:
        for style in ("light", "dark"):
            theme().apply(style)
            green = theme().color("success")
            for zoom in (0.12, 1.0):
                canvas.show_at(zoom, canvas.canvas.nodes["norm1"].card.center())
                image = canvas.grab().toImage()
                corner = canvas.mapFromScene(canvas.canvas.nodes["norm1"].card.topLeft())
                around = [
                    image.pixelColor(corner + QPoint(x, y))
                    for x in range(-14, 15)
                    for y in range(-14, 15)
                ]
                assert sum(color.rgb() == green.rgb() for color in around) > 20, (style, zoom)
    finally:
        theme().apply("light")


def test_large_networks_keep_up_with_the_hand(window: CompareWindow) -> None:
    project = storage.load(TEMPLATES / "resnet152.convo")
    moved = replace(project, placement={k: (x + 40, y) for k, (x, y) in project.placement.items()})
    assert moved.network is project.network
    window.open(TEMPLATES / "resnet152.convo", TEMPLATES / "resnet50.convo")
    window.unpacked.setChecked(True)
    assert len(window.canvases[0].canvas.nodes) > 500
    window.canvases[0].zoom_in()
    assert window.canvases[1].zoom == window.canvases[0].zoom


def test_the_command_opens_one_window_and_the_main_window_takes_it_along(
    light: None, qtbot: QtBot, tmp_path: Path
) -> None:
    from PySide6.QtCore import QSettings

    from designer.app import MainWindow

    main = MainWindow(QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(main)
    main.document.load(storage.load(TEMPLATES / "lenet5.convo"), None)
    main.show()
    for _ in range(2):
        main.actions_by_name["compare"].trigger()
    (opened,) = main.findChildren(CompareWindow)
    assert opened.isVisible()
    assert opened.choices[0].currentText() == "Template LeNet-5"
    main.close()
    assert not opened.isVisible()
