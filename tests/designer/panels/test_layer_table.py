"""The layer table."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.panels.layer_table import COLUMNS, LayerTable
from engine.network import edits


@pytest.fixture
def panel(lenet: Document, qtbot: QtBot) -> LayerTable:
    widget = LayerTable(lenet)
    qtbot.addWidget(widget)
    widget.resize(1000, 500)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def names(panel: LayerTable) -> list[str]:
    return [row.name for row in panel.model.shown]


def click(panel: LayerTable, row: int) -> None:
    box = panel.table.visualRect(panel.model.index(row, 1))
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=box.center())


def test_rows_stand_in_the_order_of_computing(panel: LayerTable) -> None:
    assert names(panel)[:4] == ["input1", "conv1", "tanh1", "pool1"]
    row = panel.model.shown[1]
    assert [column.text(row) for column in COLUMNS] == [
        "conv1",
        "Conv2d",
        "6×28×28",
        "156",
        "0.3 %",
        "0.12 M",
        "19 kB",
        "5 px",
    ]


def test_a_click_on_a_heading_sorts_and_a_third_one_goes_back(panel: LayerTable) -> None:
    header = panel.table.horizontalHeader()
    at = header.sectionViewportPosition(3) + 20
    before = names(panel)
    for _ in range(2):
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at, 8))
    assert names(panel)[0] == "conv3"
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at, 8))
    assert names(panel) == before


def test_the_selection_goes_both_ways(lenet: Document, panel: LayerTable) -> None:
    click(panel, 4)
    assert lenet.selection == ("conv2",)
    lenet.select(["dense1", "dense2"])
    chosen = {
        panel.model.shown[index.row()].name for index in panel.table.selectionModel().selectedRows()
    }
    assert chosen == {"dense1", "dense2"}
    assert lenet.selection == ("dense1", "dense2")


def test_the_selection_survives_sorting(lenet: Document, panel: LayerTable) -> None:
    lenet.select(["conv3"])
    panel.table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    assert lenet.selection == ("conv3",)
    rows = panel.table.selectionModel().selectedRows()
    assert [panel.model.shown[index.row()].name for index in rows] == ["conv3"]


def test_numbers_follow_an_edit_in_place(lenet: Document, panel: LayerTable) -> None:
    click(panel, 1)
    lenet.do("Widen", lambda p: edits.set_parameters(p, "conv1", out_channels=8))
    assert panel.model.shown[1].parameters == 208
    assert lenet.selection == ("conv1",)


def test_behind_a_problem_numbers_are_dashes(lenet: Document, panel: LayerTable) -> None:
    lenet.do("Break", lambda p: edits.set_parameters(p, "conv2", kernel_size=40))
    row = next(row for row in panel.model.shown if row.name == "dense1")
    assert COLUMNS[3].text(row) == COLUMNS[7].text(row) == "–"


def test_rows_are_copied_as_text(lenet: Document, panel: LayerTable) -> None:
    click(panel, 1)
    QTest.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[0] == "Name"
    assert lines[1].split("\t")[:4] == ["conv1", "Conv2d", "6×28×28", "156"]
    assert len(lines) == 2
    lenet.select([])
    QTest.mouseClick(panel.copy, Qt.MouseButton.LeftButton)
    assert len(QGuiApplication.clipboard().text().splitlines()) == 15


def test_an_empty_network_says_what_to_do(empty: Document, qtbot: QtBot) -> None:
    widget = LayerTable(empty)
    qtbot.addWidget(widget)
    widget.show()
    assert widget.empty.isVisible()
    assert "Drag a layer" in widget.empty.hint.text()
