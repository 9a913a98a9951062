"""What the style sheet must not leave to Qt."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractButton, QDockWidget, QLabel, QMainWindow
from pytestqt.qtbot import QtBot

from designer.style import theme


@pytest.fixture(params=["light", "dark"])
def choice(request: pytest.FixtureRequest) -> Iterator[str]:
    theme().apply(request.param)
    yield request.param
    theme().apply("light")


def luminance(color: QColor) -> float:
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_the_buttons_of_a_docks_title_can_be_made_out(choice: str, qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    dock = QDockWidget("Layers", window)
    dock.setWidget(QLabel())
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    window.resize(400, 300)
    window.show()
    buttons = [button for button in dock.findChildren(QAbstractButton) if button.isVisible()]
    assert len(buttons) == 2
    for button in buttons:
        shown = dock.grab(button.geometry()).toImage()
        ground = theme().color("surface")
        best = max(
            contrast(shown.pixelColor(x, y), ground)
            for x in range(shown.width())
            for y in range(shown.height())
        )
        assert best >= 3.0
