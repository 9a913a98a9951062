"""The legend: every curve is named as far as there is room, in a second line before it is left out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from designer.plots.legend import LINE, MORE, Legend

ACCURACY = [("training", "99.8 %", 0), ("validation", "98.1 %", 1), ("among the first five", "100.0 %", 2)]  # fmt: skip
STUDY = [
    (f"learning_rate {rate}, conv1.groups 1", "98.27 % ± 0.21 %", number)
    for number, rate in enumerate((0.0003, 0.0009487, 0.003, 0.009487, 0.03))
]


@pytest.fixture
def legend(light: None, qtbot: QtBot) -> Iterator[Legend]:
    holder = QWidget()
    qtbot.addWidget(holder)
    legend = Legend("Accuracy")
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(legend)
    holder.show()
    yield legend


def widen(legend: Legend, width: int) -> None:
    legend.window().resize(width, 100)
    QApplication.processEvents()


def shown(legend: Legend) -> list[tuple[str, str, int]]:
    entries = legend.arranged(QRectF(legend.rect()), legend.titled).entries
    assert all(entry.left < legend.width() for entry in entries)
    return [(entry.name, entry.value, entry.color) for entry in entries]


@pytest.mark.parametrize("width", [330, 420, 900])
def test_three_curves_keep_their_names_at_every_width_of_a_panel(
    legend: Legend, width: int
) -> None:
    widen(legend, width)
    legend.show_values(ACCURACY, "")
    assert shown(legend) == ACCURACY
    assert legend.height() == (LINE if width == 900 else LINE + MORE)


def test_long_names_are_cut_in_the_middle_before_a_curve_is_left_out(legend: Legend) -> None:
    widen(legend, 860)
    legend.show_values(STUDY, "")
    entries = shown(legend)
    assert [number for *_, number in entries] == [0, 1, 2, 3, 4]
    assert all(name.startswith("lea") and "…" in name for name, *_ in entries)


def test_what_has_no_room_is_counted_and_told_under_the_pointer(legend: Legend) -> None:
    widen(legend, 300)
    legend.show_values(STUDY, "")
    assert 1 < len(shown(legend)) < 5
    for name, value, _ in STUDY:
        assert f"{name} {value}" in legend.toolTip()


def test_a_value_that_loses_a_digit_does_not_make_the_plot_jump(legend: Legend) -> None:
    widen(legend, 330)
    legend.show_values(ACCURACY, "")
    high = legend.height()
    legend.show_values([(name, "1 %", number) for name, _, number in ACCURACY], "")
    assert legend.height() == high > LINE
    legend.show_values(ACCURACY[:1], "")
    assert legend.height() == LINE


def test_what_the_axis_counts_in_gives_way_to_the_names(legend: Legend) -> None:
    legend.unit = "part of all images of the epoch (%)"
    for width, told in ((900, True), (330, False)):
        widen(legend, width)
        legend.show_values(ACCURACY, "")
        assert shown(legend) == ACCURACY
        assert legend.arranged(QRectF(legend.rect()), True).unit == told
    legend.show_values([], "")
    widen(legend, 100)
    assert not legend.arranged(QRectF(legend.rect()), True).unit


def test_in_a_low_plot_names_give_way_before_a_second_line_does(legend: Legend) -> None:
    legend.low = True
    widen(legend, 330)
    legend.show_values(ACCURACY, "")
    assert shown(legend) == [("", value, number) for _, value, number in ACCURACY]
    assert legend.height() == LINE
    widen(legend, 200)
    assert len(shown(legend)) == 3
    assert legend.height() == LINE + MORE
