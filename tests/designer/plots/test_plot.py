"""Plot: where values stand on its axes."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from designer.plots.plot import Plot


def test_on_a_logarithmic_axis_tiny_values_stand_where_they_belong_and_zero_at_the_foot(
    light: None, qtbot: QtBot
) -> None:
    plot = Plot("Ratio", "ratio", "loss")
    qtbot.addWidget(plot)
    plot.set_log(True)
    assert plot.scaled(np.array([1.0, 1e-9, 1e-12])).round(6).tolist() == [0, -9, -12]
    assert plot.scaled(np.array([1.0, 0.0])).tolist() == [0, -8]
