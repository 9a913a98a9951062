"""Numbers as people read them."""

from __future__ import annotations

import math
from datetime import datetime

import pytest

from designer.style import numbers


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (9216, "9,216"),
        (99_999, "99,999"),
        (416_520, "0.42 M"),
        (11.3e9, "11.3 G"),
        (2e12, "2.00 T"),
    ],
)
def test_large_numbers_are_told_in_few_digits(number: float, text: str) -> None:
    assert numbers.short(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (640, "640 B"),
        (36_472, "36 kB"),
        (1_100_000, "1.1 MB"),
        (98_000_000, "98 MB"),
        (2.5e9, "2.5 GB"),
    ],
)
def test_bytes_carry_decimal_units(number: float, text: str) -> None:
    assert numbers.size(number) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0032, "3.2 ms"),
        (0.85, "850 ms"),
        (5, "5.0 s"),
        (12.4, "12 s"),
        (80, "1 min 20 s"),
        (120, "2 min"),
        (7500, "2 h 5 min"),
        (100_000, "1 d 4 h"),
        (math.inf, "–"),
    ],
)
def test_spans_of_time_take_at_most_two_units(seconds: float, text: str) -> None:
    assert numbers.duration(seconds) == text


def test_a_moment_is_told_as_far_as_it_is_not_of_today() -> None:
    now = datetime(2026, 3, 14, 15, 9)
    for then, text in (
        (datetime(2026, 3, 14, 9, 5), "09:05"),
        (datetime(2026, 3, 3, 9, 5), "3 Mar 09:05"),
        (datetime(2024, 12, 3, 9, 5), "3 Dec 2024"),
    ):
        assert numbers.moment(then.timestamp(), now) == text
    assert numbers.moment(1e300) == "–"


def test_counts_shapes_planes_and_shares_are_written_one_way() -> None:
    assert numbers.count(61706) == "61,706"
    assert numbers.shape((6, 28, 28)) == "6×28×28"
    assert numbers.shape((1024,)) == "1,024"
    assert numbers.plane((32, 32)) == "32 px"
    assert numbers.plane((32, 16)) == "32×16 px"
    assert numbers.percent(0.982) == "98.2 %"
    assert numbers.speed(12430.2) == "12,430 images/s"
    assert numbers.real(-0.5) == "−0.5"
    assert numbers.real(1.25e-5) == "1.25e-05"
