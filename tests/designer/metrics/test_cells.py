"""Where the cells of a matrix lie, whatever its size and zoom, and their picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QSizeF

from designer.metrics.cells import Cell, Grid, Picture, grouped
from designer.viewers.colormaps import table

grids = st.builds(
    lambda count, width, height, zoom: Grid(count, QSizeF(width, height)).zoomed(
        zoom, QPointF(width / 2, height / 2)
    ),
    st.integers(2, 1000),
    st.floats(100, 2000),
    st.floats(40, 1200),
    st.floats(1, 500),
)
parts = st.floats(0, 0.999)


@given(grids, parts, parts)
def test_a_cell_is_found_where_it_is_drawn(grid: Grid, across: float, down: float) -> None:
    row = grid.rows()[int(down * len(grid.rows()))]
    column = grid.columns()[int(across * len(grid.columns()))]
    middle = grid.rect(Cell(row, column)).center()
    room = grid.room
    if 0 <= middle.x() < room.width() and 0 <= middle.y() < room.height():
        assert grid.at(middle) == Cell(row, column)


@given(grids, parts, parts, st.floats(0.2, 5))
def test_zooming_keeps_what_is_under_the_pointer(
    grid: Grid, across: float, down: float, factor: float
) -> None:
    size = grid.whole
    point = QPointF(
        across * min(grid.room.width(), size.width()),
        down * min(grid.room.height(), size.height()),
    )
    before = (grid.left + point.x()) / grid.width, (grid.top + point.y()) / grid.height
    zoomed = grid.zoomed(factor, point)
    after = (zoomed.left + point.x()) / zoomed.width, (zoomed.top + point.y()) / zoomed.height
    whole = zoomed.whole
    if 0 < zoomed.left < whole.width() - zoomed.room.width():
        assert after[0] == pytest.approx(before[0], abs=1e-3)
    if 0 < zoomed.top < whole.height() - zoomed.room.height():
        assert after[1] == pytest.approx(before[1], abs=1e-3)


@given(grids, parts, parts)
def test_any_cell_is_scrolled_wholly_into_sight(grid: Grid, across: float, down: float) -> None:
    cell = Cell(int(down * grid.count), int(across * grid.count))
    box = grid.showing(cell).rect(cell)
    assert box.left() >= -1e-6 and box.right() <= grid.room.width() + 1e-6
    assert box.top() >= -1e-6 and box.bottom() <= grid.room.height() + 1e-6


def test_where_cells_are_smaller_than_pixels_none_is_lost() -> None:
    values = np.zeros((1000, 1000))
    values[617, 3] = 9.0
    picture = Picture(values)
    assert grouped(0.12) == 9 and grouped(1.0) == 1 and grouped(40.0) == 1
    image = picture.image(9, 4)
    assert (image.height(), image.width()) == (112, 250)
    assert image.pixel(3 // 4, 617 // 9) == int(table("sequential")[255])
    assert image.pixel(9, 9) == int(table("sequential")[0])


def test_what_is_left_out_is_transparent_and_does_not_set_the_scale() -> None:
    values = np.array([[np.nan, 2.0], [4.0, np.nan]])
    picture = Picture(values)
    assert picture.scale.high == 4.0
    assert picture.image(1, 1).pixelColor(0, 0).alpha() == 0
    assert picture.image(1, 1).pixel(0, 1) == int(table("sequential")[255])
    assert Picture(np.full((2, 2), np.nan)).scale.high == 0.0
