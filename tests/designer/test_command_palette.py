"""The command palette: commands found by typing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from designer.command_palette import CommandPalette


def test_a_command_is_found_by_its_purpose_after_those_found_by_their_label(
    qtbot: QtBot, light: None
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    actions: list[QAction] = []
    for name, label, tip in (
        ("export", "Export PyTorch code…", "Write the network as files"),
        ("theme", "Light or dark", ""),
        ("network", "New network", ""),
    ):
        action = QAction(label, window)
        action.setObjectName(name)
        action.setToolTip(tip)
        actions.append(action)
    palette = CommandPalette(actions, window)
    palette.open()

    def found() -> list[str]:
        return [palette.list.item(row).text() for row in range(palette.list.count())]

    QTest.keyClicks(palette.field, "theme")
    assert found() == ["Light or dark"]
    palette.field.clear()
    QTest.keyClicks(palette.field, "network")
    assert found() == ["New network", "Export PyTorch code…"]
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    actions[0].setEnabled(False)
    palette.open()
    assert palette.field.text() == ""
    assert found() == [action.text() for action in actions if action.isEnabled()]
    palette.close()
