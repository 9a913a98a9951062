"""A template for a thousand classes in the window: it says why it is not trained, and adapts by one click."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

import resources
from designer.app import MainWindow
from tests.acceptance.hand import Hand


def test_a_network_without_data_is_not_trained_but_says_why(window: MainWindow, hand: Hand) -> None:
    window.files.open_template(resources.TEMPLATES / "alexnet.convo")
    bar = window.bar
    assert bar.data.currentText() == "No data"
    assert window.recipe.data.currentText() == "No data"
    assert not window.recipe.facts.isVisibleTo(window.recipe)
    assert window.document.source is not None  # so it can be exported
    QTest.mouseClick(bar.train, Qt.MouseButton.LeftButton)
    assert window.toast.text.startswith(
        "No data is chosen, so the network can be drawn and exported"
    )
    assert window.workshop.status == "idle"


def test_one_click_in_the_status_bar_adapts_it_to_a_dataset_and_undo_takes_it_back(
    window: MainWindow, hand: Hand
) -> None:
    window.files.open_template(resources.TEMPLATES / "alexnet.convo")
    before = window.document.project
    QTest.mouseClick(window.status.fix, Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    bar = window.bar
    assert bar.data.currentText() == "Shapes"
    assert window.recipe.facts.isVisibleTo(window.recipe)
    assert window.document.analysis.problems == ()
    assert window.document.analysis.nodes["output1"].outputs == ((6,),)
    window.document.undo()
    assert window.document.project == before
    assert bar.data.currentText() == "No data"
