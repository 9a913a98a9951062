"""Mean, deviation and interval against scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from engine.studies.spread import Spread, spread, student


def test_students_quantile_is_scipys_to_five_digits() -> None:
    for freedom in (*range(1, 40), 100, 1000):
        assert student(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-5)


def test_a_spread_is_numpys_and_its_interval_scipys() -> None:
    values = np.random.default_rng(0).normal(0.9, 0.02, 7).tolist()
    found = spread(values)
    assert found is not None
    low, high = stats.t.interval(0.95, 6, np.mean(values), stats.sem(values))
    assert (found.n, found.low, found.high) == (7, min(values), max(values))
    assert found.mean == pytest.approx(np.mean(values))
    assert found.std == pytest.approx(np.std(values, ddof=1))
    assert found.half == pytest.approx((high - low) / 2)


def test_one_number_has_no_spread_and_none_is_nothing() -> None:
    assert spread([0.5]) == Spread(1, 0.5, 0.5, 0.5)
    assert spread([]) is None
