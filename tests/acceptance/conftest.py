"""A real window with real workers, in a data folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from designer.app import MainWindow, application
from designer.style import theme
from tests.acceptance.hand import Hand


@pytest.fixture(scope="session")
def qapp_cls() -> object:
    """Let pytest-qt use the program's own application."""
    return lambda _arguments: application()


@pytest.fixture
def window(qtbot: QtBot, data_home: Path) -> Iterator[MainWindow]:
    theme().apply("light")
    settings = QSettings(str(data_home / "window.ini"), QSettings.Format.IniFormat)
    window = MainWindow(settings)
    qtbot.addWidget(window)
    yield window
    if window.workshop.live:
        window.workshop.stop()
        qtbot.waitUntil(lambda: not window.workshop.live, timeout=60_000)
    window.close()


@pytest.fixture
def hand(window: MainWindow, qtbot: QtBot) -> Hand:
    window.new()
    window.show()
    qtbot.waitExposed(window)
    window.canvas.setFocus()
    return Hand(window, qtbot)
