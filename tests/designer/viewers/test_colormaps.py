"""Colour maps: what they mean, and that equal steps look equal."""

from __future__ import annotations

import numpy as np
import pytest

from designer.viewers.colormaps import Scale, paint, table


def lightness(colors: np.ndarray) -> np.ndarray:
    """L* of CIELAB of 0xAARRGGBB colours."""
    rgb = np.stack([colors >> 16 & 255, colors >> 8 & 255, colors & 255], -1) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    y = linear @ np.array([0.2126, 0.7152, 0.0722])
    return 116 * np.where(y > 0.008856, np.cbrt(y), 7.787 * y + 16 / 116) - 16


def test_the_sequential_map_grows_lighter_in_even_steps() -> None:
    light = lightness(table("sequential"))
    steps = np.diff(light[::5])
    assert (steps > 0).all()
    assert light[0] < 20 and light[-1] > 85
    assert steps.max() < 3 * steps.mean()


@pytest.mark.parametrize(("name", "sign"), [("diverging_light", -1), ("diverging_dark", 1)])
def test_a_diverging_map_turns_in_the_middle(name: str, sign: int) -> None:
    light = lightness(table(name))
    assert (np.diff(light[:120:5]) * sign < 0).all()
    assert (np.diff(light[136::5]) * sign > 0).all()
    assert abs(light[0] - light[-1]) < 10


def test_values_with_a_negative_one_diverge_around_zero() -> None:
    scale = Scale.of(np.array([-1.0, 0.0, 3.0], np.float32))
    assert (scale.low, scale.high, scale.signed) == (-3.0, 3.0, True)


def test_values_without_a_negative_one_go_from_zero_up() -> None:
    scale = Scale.of(np.array([1.0, 3.0], np.float32))
    assert (scale.low, scale.high, scale.signed) == (0.0, 3.0, False)


def test_what_is_not_finite_is_left_out_and_transparent() -> None:
    values = np.array([np.nan, np.inf, 1.0, 2.0], np.float32)
    scale = Scale.of(values)
    assert scale.high == 2.0
    colors = paint(values, scale.low, scale.span, "sequential")
    assert colors[0] == colors[1] == 0
    assert colors[3] == table("sequential")[255]


def test_equal_values_do_not_divide_by_zero() -> None:
    zeros = np.zeros((2, 3), np.float32)
    scale = Scale.of(zeros)
    assert (paint(zeros, scale.low, scale.span, "sequential") == table("sequential")[0]).all()


def test_zero_is_the_middle_of_a_diverging_map() -> None:
    values = np.array([-2.0, 0.0, 2.0], np.float32)
    low, middle, high = paint(values, -2.0, 4.0, "diverging_light")
    assert (low, high) == (table("diverging_light")[0], table("diverging_light")[255])
    assert middle in table("diverging_light")[126:130]
