"""Series: what is drawn of very many steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.plots.series import BLOCK, FINE, Series


def series(values: np.ndarray) -> Series:
    result = Series()
    for part in np.array_split(values, 7):
        result.append(part.tolist())
    return result


@pytest.mark.parametrize("count", [1, 5, 900, 5_000, FINE + 5_000, 3 * FINE])
def test_no_more_points_are_drawn_than_asked_for(count: int) -> None:
    shown = series(np.random.default_rng(0).random(count)).shown(1, count, 1000, 25)
    assert 1 <= len(shown.raw) <= 1002
    assert 1 <= len(shown.smooth) <= 1002
    assert (np.diff(shown.steps) > 0).all()
    assert (np.diff(shown.raw_steps) >= 0).all()
    assert shown.raw_steps[0] >= 1 and shown.raw_steps[-1] <= count


@pytest.mark.parametrize("count", [5_000, 3 * FINE])
def test_no_peak_is_lost(count: int) -> None:
    values = np.zeros(count)
    values[count // 3], values[count // 2] = 9.0, -4.0
    shown = series(values).shown(1, count, 500, 1)
    assert shown.raw.max() == 9.0
    assert shown.raw.min() == -4.0


@given(
    st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=200),
    st.integers(1, 60),
)
@settings(max_examples=60)
def test_the_smoothed_line_is_the_mean_around_each_step(values: list[float], window: int) -> None:
    line = series(np.array(values))
    shown = line.shown(1, len(values), 1000, window)
    half = (window - 1) // 2
    for step, mean in zip(shown.steps.astype(int), shown.smooth, strict=True):
        around = values[max(0, step - 1 - half) : step + half]
        assert mean == pytest.approx(np.mean(around), abs=1e-3)
        assert line.at(step, window) == pytest.approx(np.mean(around), abs=1e-3)


def test_looking_closer_shows_every_step() -> None:
    values = np.arange(10_000) % 7
    shown = series(values).shown(5_000, 5_100, 1000, 1)
    assert shown.raw.tolist() == values[4_999:5_100].tolist()
    assert shown.raw_steps[0] == 5_000


def test_far_out_the_mean_is_still_the_mean() -> None:
    count = 3 * FINE
    shown = series(np.linspace(0, 1, count)).shown(1, count, 400, 10 * BLOCK)
    assert shown.smooth == pytest.approx(shown.steps / count, abs=0.01)


def test_beyond_the_ends_there_is_nothing() -> None:
    line = series(np.ones(10))
    assert line.at(0, 3) is None
    assert line.at(11, 3) is None
    assert len(line.shown(20, 30, 100, 3).smooth) == 0
    assert len(Series().shown(1, 1, 100, 3).raw) == 0
