"""The grid of samples: what it asks for, how it is scrolled and walked through."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.dataset.grid import SampleGrid


class Asked:
    """A grid that is answered when the test says so."""

    def __init__(self, grid: SampleGrid) -> None:
        self.grid = grid
        self.places: list[list[int]] = []
        grid.wanted.connect(lambda places: self.places.append(places.tolist()))

    def answer(self) -> None:
        places = np.array(self.places[-1])
        images = np.zeros((len(places), 1, 28, 28), np.uint8)
        images[:] = (places % 256)[:, None, None, None]
        self.grid.take(places, images)


@pytest.fixture
def asked(light: None, qtbot: QtBot) -> Asked:
    grid = SampleGrid()
    qtbot.addWidget(grid)
    grid.resize(600, 240)
    made = Asked(grid)
    grid.begin((28, 28), lambda place: f"class {place % 10}")
    grid.show_places(np.arange(60_000))
    grid.show()
    qtbot.waitExposed(grid)
    qtbot.waitUntil(lambda: bool(made.places))
    return made


def test_only_images_in_sight_are_asked_for(asked: Asked) -> None:
    grid = asked.grid
    box = grid.viewport().rect()
    seen = {item for item in range(200) if grid.cell(item).toRect().intersects(box)}
    assert len(asked.places) == 1
    assert seen <= set(asked.places[0])
    assert len(asked.places[0]) < 60


def test_scrolling_far_asks_for_the_end_and_not_for_what_was_passed(
    asked: Asked, qtbot: QtBot
) -> None:
    bar = asked.grid.verticalScrollBar()
    for part in range(1, 51):
        bar.setValue(bar.maximum() * part // 50)
        QApplication.processEvents()
    asked.answer()
    qtbot.waitUntil(lambda: len(asked.places) == 2)
    assert 59_999 in asked.places[1] and min(asked.places[1]) > 59_000
    asked.answer()
    assert asked.grid.pictures == sum(map(len, asked.places))


def test_what_was_seen_is_kept_and_drawn_at_once(asked: Asked) -> None:
    asked.answer()
    QApplication.processEvents()
    asked.grid.viewport().update()
    QApplication.processEvents()
    assert len(asked.places) == 1
    cell = asked.grid.cell(7).center().toPoint()
    assert asked.grid.viewport().grab().toImage().pixelColor(cell).red() == 7


def test_arrows_pages_and_clicks_choose(asked: Asked) -> None:
    grid = asked.grid
    chosen: list[int] = []
    grid.chosen.connect(chosen.append)
    QTest.mouseClick(
        grid.viewport(), Qt.MouseButton.LeftButton, pos=grid.cell(3).center().toPoint()
    )
    row = next(i for i in range(1, 60) if grid.cell(i).top() > grid.cell(0).top())
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Left):
        QTest.keyClick(grid, key)
    assert chosen == [3, 4, 4 + row, 4, 3]
    QTest.keyClick(grid, Qt.Key.Key_End)
    assert chosen[-1] == 59_999 and grid.cell(59_999).bottom() <= grid.viewport().height() + 1
    QTest.keyClick(grid, Qt.Key.Key_PageUp)
    assert chosen[-1] < 59_999 - row
    QTest.keyClick(grid, Qt.Key.Key_Home)
    assert chosen[-1] == 0 and grid.verticalScrollBar().value() == 0


def test_the_chosen_image_stays_chosen_among_others(asked: Asked) -> None:
    asked.grid.choose(40)
    asked.grid.show_places(np.arange(0, 60_000, 10))
    assert asked.grid.item == 4
    asked.grid.show_places(np.arange(1, 60_000, 10), "None of these.")
    assert asked.grid.item == -1


def test_pairs_stand_together(light: None, qtbot: QtBot) -> None:
    grid = SampleGrid(together=2)
    qtbot.addWidget(grid)
    grid.resize(600, 240)
    made = Asked(grid)
    grid.begin((28, 28), str)
    grid.show_places(np.array([[1, 200], [5, 60]]))
    grid.show()
    qtbot.waitUntil(lambda: bool(made.places))
    assert made.places == [[1, 200, 5, 60]]
    made.answer()
    cell = grid.cell(0)
    picture = grid.viewport().grab().toImage()
    quarter = round(cell.width() / 4)
    left = QPoint(round(cell.left()) + quarter, 30)
    assert picture.pixelColor(left).red() == 1
    assert picture.pixelColor(left + QPoint(2 * quarter, 0)).red() == 200
