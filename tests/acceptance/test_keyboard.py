"""The keyboard alone: where Tab leads, that it is seen there, and that it leads out again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from designer.app import MainWindow
from designer.style.ring import Ring
from tests.acceptance.hand import Hand


def open_lenet(hand: Hand) -> MainWindow:
    window = hand.window
    window.resize(1440, 900)
    window.files.restore()
    window.activateWindow()
    hand.wait(window.isActiveWindow)
    return window


def first_of(panel: QWidget) -> QWidget | None:
    """What Tab reaches first in a panel."""
    found = panel.nextInFocusChain()
    while found is not None and found is not panel:
        reached = found.isVisible() and found.isEnabled()
        if panel.isAncestorOf(found) and reached and found.focusPolicy() & Qt.FocusPolicy.TabFocus:
            return found
        found = found.nextInFocusChain()
    return None


def way_through(panel: QWidget) -> Iterator[QWidget]:
    """What has the keyboard from the first of a panel on, at each Tab, until that leads out of it."""
    place = first_of(panel)
    if place is None:
        return
    place.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(60):
        if place is None or not panel.isAncestorOf(place):
            return
        yield place
        place.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(place, Qt.Key.Key_Tab)
        place = QApplication.focusWidget()
    pytest.fail(f"Tab does not leave {panel.windowTitle()}")


def in_sight(place: QWidget, window: MainWindow) -> bool:
    return window.rect().contains(place.mapTo(window, place.rect().center()))


def pixels(window: QWidget, around: QWidget) -> np.ndarray:
    area = around.rect().adjusted(-4, -4, 4, 4).translated(around.mapTo(window, QPoint(0, 0)))
    image = window.grab(area & window.rect()).toImage()
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).copy()


PANELS = ("Layers", "Inspector", "Data and recipe", "Training", "Diagnosis", "Runs", "Studies")
MORE = ("Feature maps", "Data", "Layer table", "Code", "Problems")


def test_tab_leads_through_every_panel_and_never_into_one_that_is_behind_others(hand: Hand) -> None:
    window = open_lenet(hand)
    for title in (*PANELS, *MORE):
        window.docks[title].raise_()
        QApplication.processEvents()
        way: list[QWidget] = []
        for place in way_through(window.docks[title]):
            assert in_sight(place, window), f"{title}: {place} is not in sight"
            way.append(place)
        assert way and len(set(way)) == len(way), title
        out = QApplication.focusWidget()
        assert out is not None and in_sight(out, window), f"from {title} to {out}"


def test_what_tab_leads_to_shows_that_it_has_the_keyboard(hand: Hand) -> None:
    window = open_lenet(hand)
    for title in (*PANELS, *MORE):
        window.docks[title].raise_()
        for place in way_through(window.docks[title]):
            QApplication.processEvents()
            after = pixels(window, place)
            window.canvas.setFocus()
            QApplication.processEvents()
            before = pixels(window, place)
            assert before.size != after.size or (before != after).any(), f"{title}: {place}"


def test_a_click_draws_no_ring_and_the_keyboard_draws_one(hand: Hand) -> None:
    window = open_lenet(hand)
    table = window.palette_panel.tree
    search = window.palette_panel.findChild(QLineEdit)
    assert search is not None
    hand.click(table.viewport())
    assert table.hasFocus()
    assert not any(ring.isVisible() for ring in window.findChildren(Ring))
    hand.click(search)
    QTest.keyClick(search, Qt.Key.Key_Tab)
    assert [ring.widget() for ring in window.findChildren(Ring) if ring.isVisible()] == [table]


def test_tab_goes_down_the_recipe_as_it_stands_there(hand: Hand) -> None:
    window = open_lenet(hand)
    window.docks["Data and recipe"].raise_()
    QApplication.processEvents()
    body = window.recipe.widget()
    assert body is not None
    way = [place for place in way_through(window.recipe) if body.isAncestorOf(place)]
    heights = [place.mapTo(body, QPoint(0, 0)).y() for place in way]
    assert len(heights) > 12
    assert heights == sorted(heights)


def test_a_panel_behind_others_rests_until_it_comes_to_the_front(hand: Hand) -> None:
    window = open_lenet(hand)
    window.docks["Training"].raise_()
    assert window.training.isVisible() and not window.runs.isVisible()
    window.docks["Runs"].raise_()
    assert window.runs.isVisible() and not window.training.isVisible()
    window.docks["Runs"].setFloating(True)
    QApplication.processEvents()
    assert window.runs.isVisible()


class Windows(QObject):
    """Remembers what was shown as a window."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(repr(watched))
        return False


def test_panels_that_are_first_shown_flash_no_windows(hand: Hand) -> None:
    window = open_lenet(hand)
    windows = Windows()
    app = QApplication.instance()
    assert app is not None
    app.installEventFilter(windows)
    for title in (*PANELS, *MORE, "Metrics"):
        window.docks[title].raise_()
        QApplication.processEvents()
        assert windows.shown == [], title
        assert window.isActiveWindow()
    app.removeEventFilter(windows)
