"""The grid of maps: layout, pixels, pointer and keys."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.style import theme
from designer.viewers.colormaps import table
from designer.viewers.map_grid import GAP, MapGrid, Spot, arrange


@pytest.fixture
def grid(light: None, qtbot: QtBot) -> MapGrid:
    widget = MapGrid()
    qtbot.addWidget(widget)
    widget.resize(600, 200)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


@given(
    st.integers(1, 600),
    st.integers(1, 224),
    st.integers(1, 224),
    st.integers(60, 2000),
    st.integers(60, 1200),
    st.sampled_from([1.0, 1.5, 2.0]),
)
@settings(max_examples=150, deadline=None)
def test_maps_never_stand_beyond_the_width(
    count: int, height: int, width: int, wide: int, high: int, ratio: float
) -> None:
    columns, scale = arrange(count, height, width, QSize(wide, high), ratio)
    assert 1 <= columns <= count or columns == 1
    assert scale > 0
    assert columns * width * scale + GAP * (columns - 1) <= wide + 1 or columns == 1
    if scale * ratio >= 2:
        assert scale * ratio == pytest.approx(round(scale * ratio))


def test_few_maps_fill_the_room_without_scrolling(grid: MapGrid) -> None:
    grid.show_values(np.ones((6, 28, 28), np.float32))
    assert grid.verticalScrollBar().maximum() == 0
    assert all(grid.viewport().rect().contains(grid.cell(place).toRect()) for place in range(6))


def test_many_maps_scroll_at_a_readable_size(grid: MapGrid) -> None:
    grid.show_values(np.ones((512, 14, 14), np.float32))
    assert grid.verticalScrollBar().maximum() > 0
    assert grid.cell(0).width() >= 28


def test_every_value_is_a_square_of_its_colour(grid: MapGrid) -> None:
    values = np.arange(16, dtype=np.float32).reshape(1, 4, 4)
    grid.show_values(values)
    image = grid.viewport().grab().toImage()
    cell = grid.cell(0)
    size = cell.width() / 4
    for row in range(4):
        for column in range(4):
            colors = {
                image.pixelColor(
                    round(cell.left() + (column + part) * size),
                    round(cell.top() + (row + part) * size),
                ).rgb()
                for part in (0.1, 0.5, 0.9)
            }
            expected = QColor(
                int(table("sequential")[round(values[0, row, column] * 17)] & 0xFFFFFF)
            )
            assert colors == {expected.rgb()}


def test_the_pointer_finds_channel_row_and_column(grid: MapGrid, qtbot: QtBot) -> None:
    values = np.random.default_rng(0).standard_normal((8, 5, 7)).astype(np.float32)
    grid.show_values(values)
    cell = grid.cell(3)
    at = QPoint(
        round(cell.left() + cell.width() * 6.5 / 7), round(cell.top() + cell.height() * 2.5 / 5)
    )
    with qtbot.waitSignal(grid.pointed) as pointed:
        QTest.mouseMove(grid.viewport(), at)
    assert pointed.args == [Spot(3, 2, 6)]
    assert grid.value(Spot(3, 2, 6)) == pytest.approx(values[3, 2, 6])
    between = QPoint(round(cell.right()) + 2, round(cell.top()) + 2)
    QTest.mouseMove(grid.viewport(), between)
    assert grid.spot is None


def test_the_keyboard_walks_through_values_and_channels(grid: MapGrid) -> None:
    grid.show_values(np.zeros((300, 5, 5), np.float32))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_PageDown):
        QTest.keyClick(grid, key)
    assert grid.spot == Spot(1, 1, 1)
    for _ in range(298):
        QTest.keyClick(grid, Qt.Key.Key_PageDown)
    assert grid.spot == Spot(299, 1, 1)
    assert grid.viewport().rect().contains(grid.cell(299).center().toPoint())


def test_signed_values_change_their_colours_with_the_theme(grid: MapGrid) -> None:
    grid.show_values(np.array([[[-1.0, 0.0, 1.0]]], np.float32))
    theme().apply("dark")
    center = grid.cell(0).center().toPoint()
    assert grid.viewport().grab().toImage().pixelColor(center).lightness() < 60
    theme().apply("light")
    assert grid.viewport().grab().toImage().pixelColor(center).lightness() > 200


def test_per_channel_every_map_uses_all_colours(grid: MapGrid) -> None:
    values = np.stack([np.linspace(0, top, 16).reshape(4, 4) for top in (1, 100)]).astype(
        np.float32
    )
    grid.show_values(values, per_channel=True)
    assert grid._colors is not None
    first, second = grid._colors.reshape(2, 4, 4)
    assert (first == second).all()


def test_a_large_activation_is_coloured_and_painted_within_a_frame_or_two(grid: MapGrid) -> None:
    values = np.random.default_rng(0).standard_normal((64, 56, 56)).astype(np.float32)
    grid.show_values(values)
    grid.viewport().grab()
    start = time.process_time()
    for _ in range(5):
        grid.show_values(values)
        grid.viewport().grab()
    assert (time.process_time() - start) / 5 < 0.06
