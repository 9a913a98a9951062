"""The chosen image, large: the value under the pointer."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.dataset.closeup import CloseUp


@pytest.fixture
def closeup(light: None, qtbot: QtBot) -> CloseUp:
    widget = CloseUp()
    qtbot.addWidget(widget)
    widget.resize(100, 100)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_the_value_under_the_pointer_is_told(closeup: CloseUp) -> None:
    closeup.show_image(np.arange(100, dtype=np.uint8).reshape(1, 10, 10))
    told: list[str] = []
    closeup.pointed.connect(told.append)
    QTest.mouseMove(closeup, QPoint(75, 35))
    assert told[-1] == "row 3, column 7: 37"
    QTest.keyClick(closeup, Qt.Key.Key_Down)
    assert told[-1] == "row 4, column 7: 47"
    for _ in range(12):
        QTest.keyClick(closeup, Qt.Key.Key_Right)
    assert told[-1] == "row 4, column 9: 49"


def test_pixels_are_squares_of_their_colour(closeup: CloseUp) -> None:
    image = np.zeros((3, 4, 4), np.uint8)
    image[:, 1, 2] = (250, 120, 3)
    closeup.show_image(image)
    assert closeup.box().width() == 100
    drawn = closeup.grab().toImage()
    for x, y in ((52, 27), (62, 37), (72, 47)):
        assert drawn.pixelColor(x, y).getRgb()[:3] == (250, 120, 3)
    assert drawn.pixelColor(47, 37).getRgb()[:3] == (0, 0, 0)
    QTest.mouseMove(closeup, QPoint(62, 37))
    assert closeup.told() == "row 1, column 2: red 250, green 120, blue 3"


def test_an_image_of_another_size_forgets_the_pixel(closeup: CloseUp) -> None:
    closeup.show_image(np.zeros((1, 10, 10), np.uint8))
    QTest.mouseMove(closeup, QPoint(95, 95))
    closeup.show_image(np.zeros((1, 5, 5), np.uint8))
    assert closeup.told() == ""
    closeup.show_image(None)
    assert closeup.box().isEmpty() and not closeup.grab().isNull()
