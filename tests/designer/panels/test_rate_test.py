"""The learning-rate range test in the recipe panel, in a real trainer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

import resources
from designer.document import Document
from designer.inspector.editors import TextEditor
from designer.panels.rate_test import RateTestView
from engine.network import edits, storage
from engine.training.rates import Finding, RateTest
from tests.engine.workers.conftest import private_runtime


@pytest.fixture
def document(light: None) -> Document:
    project = storage.load(resources.TEMPLATES / "tiny_cnn.convo")
    return Document(edits.set_recipe(project, project.recipe.changed(device="cpu")))


@pytest.fixture
def view(document: Document, qtbot: QtBot) -> Iterator[RateTestView]:
    with private_runtime():
        widget = RateTestView(document)
        qtbot.addWidget(widget)
        widget.resize(300, 500)
        widget.show()
        qtbot.waitExposed(widget)
        yield widget
        widget.end()
    assert not list(Path(tempfile.gettempdir()).glob("convoscope-rates-*"))


def enter(view: RateTestView, name: str, text: str) -> None:
    field = view.form.editors[name]
    assert isinstance(field, TextEditor)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def click(button: object) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[arg-type]


def test_a_rate_is_tested_drawn_and_taken_over_as_one_edit(
    view: RateTestView, document: Document, qtbot: QtBot
) -> None:
    before = document.project
    click(view.begin_button)
    assert view.testing and view.stop_button.isVisible() and not view.use_button.isVisible()
    qtbot.waitUntil(lambda: view.found.suggested is not None, timeout=60_000)
    rate = view.found.suggested
    assert not view.testing
    assert "a tenth of it" in view.said.text()
    assert f"suggested {rate:g}" in view.curve.accessibleName()
    QTest.mouseMove(view.curve, QPoint(100, 60))
    assert view.curve._note().startswith(f"{view._test.rate(view.curve._at):.2g}: ")
    click(view.use_button)
    assert document.project.recipe.optimizer.learning_rate == rate
    assert not view.use_button.isEnabled()
    document.undo()
    assert document.project == before
    click(view.close_button)
    assert not view.content.isVisible()


def test_a_test_can_be_stopped_and_shows_what_it_has(view: RateTestView, qtbot: QtBot) -> None:
    click(view.begin_button)
    click(view.close_button)
    enter(view, "steps", "10000")
    click(view.begin_button)
    qtbot.waitUntil(lambda: len(view._losses) > 20, timeout=60_000)
    click(view.stop_button)
    assert not view.testing
    assert view.said.text().startswith("Stopped.")
    assert view.begin_button.text() == "Test again"


def test_rates_that_do_not_grow_are_refused_under_their_field(view: RateTestView) -> None:
    view.content.show()
    enter(view, "high", "1e-9")
    assert view.form._reasons["high"].isVisible()
    assert view._test.high == 10.0


def test_what_cannot_be_trained_is_not_tested_and_says_why(
    view: RateTestView, document: Document
) -> None:
    document.do("Break", lambda project: edits.remove(project, ["flatten1"]))
    click(view.begin_button)
    assert not view.testing
    assert view.said.text() == document.analysis.problems[0].message


def test_the_keyboard_stays_in_a_test_from_its_beginning_to_its_end(
    view: RateTestView, qtbot: QtBot
) -> None:
    QTest.keyClick(view.begin_button, Qt.Key.Key_Tab)
    view.begin_button.setFocus()
    QTest.keyClick(view.begin_button, Qt.Key.Key_Space)
    assert view.testing and view.stop_button.hasFocus()
    QTest.keyClick(view.stop_button, Qt.Key.Key_Space)
    assert not view.testing and view.begin_button.hasFocus()


def test_before_there_is_a_loss_the_axis_names_no_value(view: RateTestView) -> None:
    test = RateTest()
    view.curve.show_test(test, [], Finding())
    assert view.curve._scale() == "loss"
    view.curve.show_test(test, [2.0] * 10, Finding())
    assert view.curve._scale() == "loss 2.6"
