"""Series: what is drawn of very many steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.plots.series import BLOCK, FINE, Samples, Series


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


def samples(steps: list[int]) -> Samples:
    result = Samples()
    for step in steps:
        result.append(step, float(step % 10))
    return result


@given(
    st.lists(st.integers(1, 5_000), min_size=1, max_size=60, unique=True).map(sorted),
    st.integers(1, 300),
    st.integers(0, 5_000),
)
@settings(max_examples=60)
def test_samples_are_smoothed_over_the_steps_around_them(
    steps: list[int], window: int, at: int
) -> None:
    found = samples(steps)
    shown = found.shown(0, 5_000, 1000, window)
    half = (window - 1) / 2
    for step, value in zip(shown.steps, shown.smooth, strict=True):
        around = [other % 10 for other in steps if step - half <= other <= step + half]
        assert value == pytest.approx(np.mean(around))
    assert shown.raw_steps.tolist() == steps
    nearest = min(abs(step - at) for step in steps)
    told = [found.at(step, window) for step in steps if abs(step - at) == nearest]
    assert found.at(at, window) in told


def test_many_samples_are_cut_down_to_what_a_screen_shows_and_peaks_stay() -> None:
    found = samples(list(range(10, 200_010, 10)))
    found.append(200_500, 77.0)
    shown = found.shown(0, 201_000, 1000, 25)
    assert len(shown.raw) <= 1002 and len(shown.smooth) <= 1002
    assert shown.raw.max() == 77.0
    some = found.shown(5_000, 5_100, 1000, 1)
    assert 10 <= len(some.raw) <= 14 and some.steps[0] <= 5_000 and some.steps[-1] >= 5_100
    assert len(found.shown(0, 0, 1000, 1).raw) <= 1 and len(Samples().shown(0, 9, 1000, 1).raw) == 0
