"""The metrics panel over real files of predictions."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.metrics.cells import Cell
from designer.panels.metrics import CLASSES, MATRIX, MISTAKES, MetricsPanel
from designer.workshop import Workshop
from engine.network import edits
from engine.network.project import DataChoice
from engine.training.events import EpochEnded
from engine.training.predictions import Predictions, write_predictions
from engine.training.rundir import RunDirectory
from tests.designer.metrics.guessed import MakeRun, make_run, predictions
from tests.engine.training.drawing import small

__all__ = ["make_run"]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def document(light: None) -> Document:
    return Document(small(epochs=1))


@pytest.fixture
def panel(document: Document, workshop: Workshop, qtbot: QtBot):
    widget = MetricsPanel(document, workshop)
    qtbot.addWidget(widget)
    widget.resize(900, 260)
    yield widget
    widget.close_reader()


def watch(panel: MetricsPanel, workshop: Workshop, run: RunDirectory, qtbot: QtBot) -> None:
    """Show a run that has ended, and wait for its predictions."""
    if not panel.isVisible():
        panel.show()
        qtbot.waitExposed(panel)
    workshop.show(run)
    qtbot.waitUntil(lambda: panel.judged is not None and panel.judged.run == run.path)
    QApplication.processEvents()


def four_for_nine(make_run: MakeRun) -> RunDirectory:
    labels = [4] * 20 + [9] * 10 + [0] * 3
    guesses = [9] * 12 + [4] * 8 + [9] * 10 + [0] * 3
    return make_run(tuple("0123456789"), validation=predictions(labels, guesses))


def spot(panel: MetricsPanel, true: int, guessed: int) -> QPoint:
    """Where a cell is in the matrix's viewport."""
    matrix = panel.matrix
    middle = matrix.grid.rect(Cell(true, guessed)).center()
    corner = matrix.viewport().rect().bottomRight()
    room = matrix.grid.room
    return QPoint(
        round(corner.x() + 1 - room.width() + middle.x()),
        round(corner.y() + 1 - room.height() + middle.y()),
    )


def test_before_the_first_run_it_says_what_to_do(panel: MetricsPanel, qtbot: QtBot) -> None:
    panel.show()
    assert panel.empty.isVisible() and "Press Train" in panel.empty.hint.text()


def test_a_click_on_a_cell_asks_for_its_images_under_a_sentence(
    panel: MetricsPanel, workshop: Workshop, make_run: MakeRun, qtbot: QtBot
) -> None:
    watch(panel, workshop, four_for_nine(make_run), qtbot)
    at = spot(panel, 4, 9)
    QTest.mouseMove(panel.matrix.viewport(), at)
    qtbot.waitUntil(lambda: panel.told.whole == "12 images of 4 taken for 9 · 60.0 %")
    assert panel.matrix.accessibleDescription() == panel.told.whole
    with qtbot.waitSignal(panel.images_wanted) as wanted:
        QTest.mouseClick(panel.matrix.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, at)
    part, rows, title = wanted.args or []
    assert (part, title) == ("validation", "12 images of 4 taken for 9")
    assert rows.tolist() == list(range(10, 22))
    with qtbot.waitSignal(panel.said) as said:
        panel.open_cell(0, 9)
    assert said.args == ["No image of 0 taken for 9."]


def test_the_matrix_is_walked_through_with_the_keyboard(
    panel: MetricsPanel, workshop: Workshop, make_run: MakeRun, qtbot: QtBot
) -> None:
    watch(panel, workshop, four_for_nine(make_run), qtbot)
    matrix = panel.matrix
    for key in [Qt.Key.Key_Home] + [Qt.Key.Key_Down] * 4 + [Qt.Key.Key_Right] * 9:
        QTest.keyClick(matrix, key)
    assert matrix.cell == Cell(4, 9)
    with qtbot.waitSignal(panel.images_wanted) as wanted:
        QTest.keyClick(matrix, Qt.Key.Key_Return)
    assert wanted.args and wanted.args[2] == "12 images of 4 taken for 9"
    QTest.keyClick(matrix, Qt.Key.Key_Plus)
    assert not matrix.fits and panel.fit.isVisible()
    assert matrix.grid.rect(Cell(4, 9)).right() <= matrix.grid.room.width() + 0.01
    QTest.mouseClick(panel.fit, LEFT)
    assert matrix.fits and not panel.fit.isVisible()


def test_colours_tell_images_or_parts_of_a_class_or_only_what_is_wrong(
    panel: MetricsPanel, workshop: Workshop, make_run: MakeRun, qtbot: QtBot
) -> None:
    watch(panel, workshop, four_for_nine(make_run), qtbot)
    assert panel.bar.labels() == ("12", "0")
    before = panel.matrix.grab().toImage()
    panel.shares.click()
    assert panel.bar.labels() == ("100.0 %", "0 %")
    assert panel.matrix.value(Cell(4, 9)) == pytest.approx(0.6)
    panel.wrong.click()
    assert panel.bar.labels() == ("60.0 %", "0 %")
    assert panel.matrix.value(Cell(9, 9)) is None
    assert panel.matrix.grab().toImage() != before


def test_classes_are_sorted_by_any_number_and_their_mistakes_opened(
    panel: MetricsPanel, workshop: Workshop, make_run: MakeRun, qtbot: QtBot
) -> None:
    watch(panel, workshop, four_for_nine(make_run), qtbot)
    table = panel.classes
    assert table.isVisible()
    rows = [
        [table.numbers.data(table.numbers.index(row, column)) for column in range(5)]
        for row in (4, 5)
    ]
    assert rows == [
        ["4", "20", "100.0 %", "40.0 %", "57.1 %"],
        ["5", "0", "–", "–", "–"],
    ]
    table.sortByColumn(3, Qt.SortOrder.AscendingOrder)
    assert table.numbers.order.tolist()[:3] == [4, 0, 9]
    table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    assert table.numbers.order.tolist()[:3] == [0, 9, 4]
    table.setCurrentIndex(table.numbers.index(2, 0))
    assert panel.matrix.cell == Cell(4, 4)
    with qtbot.waitSignal(panel.images_wanted) as wanted:
        QTest.keyClick(table, Qt.Key.Key_Return)
    assert wanted.args and wanted.args[2] == "12 images of 4 taken for something else"
    table.copy()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert copied[0] == "class\timages\tprecision\trecall\tF1" and len(copied) == 11


def test_the_most_frequent_mistakes_come_first(
    panel: MetricsPanel, workshop: Workshop, make_run: MakeRun, qtbot: QtBot
) -> None:
    run = make_run(("cat", "dog"), validation=predictions([0] * 5 + [1] * 9, [1] * 5 + [0] * 9))
    watch(panel, workshop, run, qtbot)
    QTest.mouseClick(panel.pages[MISTAKES], LEFT)
    table = panel.mistakes
    assert table.isVisible() and not panel.classes.isVisible()
    cells = [table.numbers.data(table.numbers.index(0, column)) for column in range(4)]
    assert cells == ["dog", "cat", "9", "100.0 %"]
    with qtbot.waitSignal(panel.images_wanted) as wanted:
        table.opened.emit(1)
    assert wanted.args and wanted.args[2] == "5 images of cat taken for dog"


def test_a_narrow_panel_shows_one_of_matrix_and_tables(
    panel: MetricsPanel, workshop: Workshop, make_run: MakeRun, qtbot: QtBot
) -> None:
    panel.resize(540, 180)
    watch(panel, workshop, four_for_nine(make_run), qtbot)
    assert panel.matrix.isVisible() and not panel.classes.isVisible()
    panel.page.setFocus()
    QTest.keyClick(panel.page, Qt.Key.Key_Down)
    panel.show_page(CLASSES)
    assert panel.classes.isVisible() and not panel.matrix.isVisible()
    assert not panel.shares.isVisible()
    panel.show_page(MATRIX)
    assert panel.matrix.isVisible() and panel.shares.isVisible()


def test_test_images_are_chosen_where_there_are_some(
    panel: MetricsPanel, workshop: Workshop, make_run: MakeRun, qtbot: QtBot
) -> None:
    run = make_run(("a", "b"), validation=predictions([0], [0]), test=predictions([1, 1], [0, 1]))
    watch(panel, workshop, run, qtbot)
    assert panel.judged is not None and panel.judged.part == "test"
    panel.part.setCurrentIndex(0)
    panel.part.activated.emit(0)
    qtbot.waitUntil(lambda: panel.judged is not None and panel.judged.part == "validation")


def test_images_of_other_data_than_the_networks_are_not_shown(
    panel: MetricsPanel, document: Document, workshop: Workshop, make_run: MakeRun, qtbot: QtBot
) -> None:
    watch(panel, workshop, four_for_nine(make_run), qtbot)
    document.do("Choose", lambda p: edits.set_data(p, DataChoice("lines")))
    with qtbot.waitSignal(panel.said) as said, qtbot.assertNotEmitted(panel.images_wanted):
        panel.open_cell(4, 9)
    assert said.args and "the network on the canvas has lines" in said.args[0]


def test_an_epoch_brings_new_numbers_and_a_hidden_panel_reads_nothing(
    panel: MetricsPanel, workshop: Workshop, make_run: MakeRun, qtbot: QtBot
) -> None:
    run = four_for_nine(make_run)
    watch(panel, workshop, run, qtbot)
    write_predictions(run, "validation", predictions([1, 1], [1, 1], 240))
    ended = [EpochEnded(2, 240, 0.1, 0.9, 0.1, 1.0, 100.0, 0.0)]
    panel.hide()
    workshop.events.emit(ended)
    qtbot.wait(600)
    assert not panel.reader.busy and panel.judged and panel.judged.predictions.step == 120
    panel.show()
    qtbot.waitUntil(lambda: panel.judged is not None and panel.judged.predictions.step == 240)
    write_predictions(run, "validation", predictions([1, 1], [1, 0], 360))
    workshop.events.emit(ended)
    qtbot.waitUntil(lambda: panel.judged is not None and panel.judged.predictions.step == 360)
    assert panel.told.whole.startswith("50.0 % of 2 validation images right")


def test_a_thousand_classes_are_painted_and_zoomed_within_a_frame(
    panel: MetricsPanel, workshop: Workshop, make_run: MakeRun, qtbot: QtBot
) -> None:
    chance = np.random.default_rng(0)
    labels, guesses = chance.integers(0, 1000, 50_000), chance.integers(0, 1000, 50_000)
    found = Predictions(9, np.arange(50_000), labels, guesses)
    watch(panel, workshop, make_run((), validation=found), qtbot)
    matrix = panel.matrix
    spent: list[float] = []
    for turn in range(40):
        if turn:
            matrix.show_cell(Cell(25 * turn, 1000 - 25 * turn))
            if turn % 4 == 0:
                matrix.zoom_by(1.5 if turn < 20 else 0.7)
        start = time.process_time()
        matrix.viewport().repaint()
        spent.append(time.process_time() - start)
    assert sorted(spent)[35] < 0.033
    # A click on what is too small to be meant goes nearer.
    matrix.fit()
    at = matrix.viewport().rect().center()
    with qtbot.assertNotEmitted(panel.images_wanted):
        QTest.mouseClick(matrix.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, at)
    assert not matrix.fits
