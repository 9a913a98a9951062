"""The window as a whole: its docks, its commands, its theme, its title."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTabBar

import resources
from designer.actions import COMMANDS
from designer.app import MainWindow
from designer.command_palette import CommandPalette, matches
from designer.style import theme
from engine.network import edits
from tests.acceptance.hand import Hand


def tab_bars(window: MainWindow) -> list[tuple[str, ...]]:
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    bars = [bar for bar in window.findChildren(QTabBar, options=direct) if bar.isVisible()]
    return sorted(tuple(bar.tabText(n) for n in range(bar.count())) for bar in bars)


@pytest.mark.parametrize("size", [(1440, 900), (1024, 700)])
def test_every_group_of_panels_has_one_tab_bar_at_any_size_and_after_a_reset(
    hand: Hand, size: tuple[int, int]
) -> None:
    window = hand.window
    window.files.restore()
    groups = [
        ("Inspector", "Make it fit", "Data and recipe"),
        (
            "Training",
            "Metrics",
            "Diagnosis",
            "Runs",
            "Studies",
            "Feature maps",
            "Data",
            "Layer table",
            "Code",
            "Problems",
        ),
    ]
    window.resize(*size)
    QApplication.processEvents()
    assert window.size().toTuple() == size
    hand.wait(lambda: tab_bars(window) == groups)
    window.docks["Code"].setFloating(True)
    QApplication.processEvents()
    assert window.docks["Code"].titleBarWidget() is None
    window.actions_by_name["reset_layout"].trigger()
    hand.wait(lambda: tab_bars(window) == groups)
    assert not window.docks["Code"].isFloating()


def test_the_first_window_has_the_size_it_is_designed_at(window: MainWindow) -> None:
    assert window.size().toTuple() == (1440, 900)


def test_picking_own_images_in_the_bar_leads_to_where_their_place_is_said(hand: Hand) -> None:
    window = hand.window
    picker = window.bar.data
    index = picker.findData("folder")
    picker.setCurrentIndex(index)
    picker.activated.emit(index)
    hand.wait(lambda: window.recipe.folder.hasFocus())
    assert not window.recipe.folder.visibleRegion().isEmpty()


def test_no_two_commands_share_a_name_or_a_shortcut() -> None:
    names = [command.name for command in COMMANDS]
    shortcuts = [command.shortcut for command in COMMANDS if command.shortcut]
    assert len(set(names)) == len(names)
    assert len(set(shortcuts)) == len(shortcuts)


def test_a_command_is_found_by_some_of_its_letters_and_run_by_enter(hand: Hand) -> None:
    hand.window.files.restore()
    hand.press(Qt.Key.Key_K, control=True)
    palette = hand.window.findChild(CommandPalette)
    assert palette is not None
    QTest.keyClicks(palette.field, "slct all")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert len(hand.window.document.selection) == 14


def test_letters_match_in_their_order_alone() -> None:
    assert matches("zm in", "Zoom in")
    assert not matches("inz", "Zoom in")


def test_typing_an_f_into_a_field_does_not_move_the_canvas(hand: Hand) -> None:
    hand.window.files.restore()
    hand.canvas.zoom_in()
    zoom = hand.canvas.zoom
    field = hand.window.palette_panel.field
    hand.click(field)
    QTest.keyClicks(field, "f")
    assert field.text() == "f"
    assert hand.canvas.zoom == zoom


def test_the_theme_changes_and_is_remembered(hand: Hand) -> None:
    window = hand.window
    window.actions_by_name["theme"].trigger()
    assert theme().tokens.name == "dark"
    assert window.settings.value("theme") == "dark"
    window.actions_by_name["theme"].trigger()
    assert theme().tokens.name == "light"


def test_the_title_names_the_network_and_marks_unsaved_changes(hand: Hand) -> None:
    window = hand.window
    window.files.restore()
    assert window.windowTitle().startswith("LeNet-5[*]")
    assert not window.isWindowModified()
    window.document.do("Kernel", lambda p: edits.set_parameters(p, "conv1", kernel_size=3))
    assert window.isWindowModified()
    hand.press(Qt.Key.Key_Z, control=True)
    assert not window.isWindowModified()


def test_train_is_off_while_the_network_has_an_error_and_the_problem_is_counted(hand: Hand) -> None:
    window = hand.window
    window.files.restore()
    assert window.bar.train.isEnabled()
    window.document.do("Kernel", lambda p: edits.set_parameters(p, "conv2", kernel_size=17))
    assert not window.bar.train.isEnabled()
    assert window.docks["Problems"].windowTitle() == "Problems (1)"


def test_the_data_picker_is_an_edit_that_undo_takes_back(hand: Hand) -> None:
    window = hand.window
    window.files.restore()
    window.bar.data.setFocus()
    QTest.keyClicks(window.bar.data, "sh")
    window.bar.data.activated.emit(window.bar.data.currentIndex())
    assert window.document.project.data.name == "shapes"
    window.document.undo()
    assert window.document.project.data.name == "digits"
    assert window.bar.data.currentText() == "Digits"


def test_the_window_stands_alone_in_a_block_and_out_of_it(hand: Hand) -> None:
    window = hand.window
    window.files.open_template(resources.TEMPLATES / "resnet8.convo")
    for scope in ((), ("layer1",), ()):
        window.document.enter(scope)
        window.resize(1024, 700)
        QApplication.processEvents()
        shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
        assert shown == [window]


def test_a_window_that_has_closed_writes_nothing_later(hand: Hand, data_home: Path) -> None:
    hand.window.files.restore()
    hand.window.document.do("Kernel", lambda p: edits.set_parameters(p, "conv1", kernel_size=3))
    hand.window.close()
    kept = data_home / "session.convo"
    assert kept.is_file()
    kept.unlink()
    hand.qtbot.wait(1200)  # What is pending comes after a second.
    assert not kept.exists()
