"""Boxes of a few words."""

from __future__ import annotations

from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from designer.inspector.choosing import Combo


def picture(text: str, qtbot: QtBot) -> QImage:
    combo = Combo()
    qtbot.addWidget(combo)
    combo.addItem(text)
    combo.resize(120, 28)
    return combo.grab().toImage()


def test_a_choice_that_has_no_room_ends_in_dots(light: None, qtbot: QtBot) -> None:
    whole = "over optimizer.learning_rate"
    shown = picture(whole, qtbot)
    # Only what surely has room: of the rest no more than its beginning would be seen either.
    fitting = [f"{whole[:length]}…" for length in range(5, 14)]
    assert any(picture(text, qtbot) == shown for text in fitting)
