"""The image that is looked at, and what the network takes it for."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from designer.viewers.sample import SampleView

IMAGE = np.zeros((1, 8, 8), np.uint8)
NAMES = ("cat", "dog", "bird")


def test_the_surest_classes_are_told(light: None, qtbot: QtBot) -> None:
    view = SampleView()
    qtbot.addWidget(view)
    view.show_sample(IMAGE, "dog", np.array([0.2, 0.7, 0.1], np.float32), NAMES)
    assert [name for name, _ in view.predictions] == ["dog", "cat", "bird"]
    assert view.accessibleName() == "Sample of class dog, taken for dog with 70.0 %"


def test_nothing_is_told_of_a_network_that_tells_no_classes_apart(
    light: None, qtbot: QtBot
) -> None:
    view = SampleView()
    qtbot.addWidget(view)
    view.resize(140, 200)
    view.show()
    qtbot.waitExposed(view)
    view.show_sample(IMAGE, "dog", np.zeros(0, np.float32), NAMES)
    assert view.predictions == []
    assert view.accessibleName() == "Sample of class dog"
    assert not view.grab().isNull()
