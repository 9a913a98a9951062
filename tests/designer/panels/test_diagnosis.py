"""The diagnosis panel over what a run has told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.diagnosing import Diagnosing
from designer.document import Document
from designer.panels.diagnosis import ANSWERED, DiagnosisPanel
from designer.workshop import Workshop
from engine.network.grouping import group
from engine.training.diagnosis import AILMENTS
from engine.training.events import Event, Failed, Measured
from tests.designer.test_diagnosing import ended, measured, story
from tests.engine.training.drawing import small

LEFT = Qt.MouseButton.LeftButton
FAILED = Failed("linear4 gives inf at step 40; lower the rate.", "", "linear4", 40)


@pytest.fixture
def document(light: None) -> Document:
    return Document(small(epochs=1))


@pytest.fixture
def panel(document: Document, workshop: Workshop, qtbot: QtBot) -> DiagnosisPanel:
    widget = DiagnosisPanel(document, Diagnosing(document, workshop))
    qtbot.addWidget(widget)
    widget.resize(900, 240)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def watch(panel: DiagnosisPanel, workshop: Workshop, qtbot: QtBot, *events: Event) -> None:
    workshop.show(ended(small(epochs=1), *events))
    qtbot.waitUntil(lambda: len(panel.cards) > 0)


def test_before_the_first_run_it_says_what_will_be_watched_for(panel: DiagnosisPanel) -> None:
    assert panel.title.text() == "No run yet" and panel.title.isVisible()
    assert len(panel.watched._shown) == len(AILMENTS) >= 9


def test_a_sound_run_is_said_to_be_one(
    panel: DiagnosisPanel, workshop: Workshop, data_home: object, qtbot: QtBot
) -> None:
    workshop.show(ended(small(epochs=1), *story(0.0)))
    qtbot.waitUntil(lambda: panel.title.text() == "Nothing ails this run")


def test_each_finding_is_a_card_with_its_evidence_plotted(
    panel: DiagnosisPanel, document: Document, workshop: Workshop, data_home: object, qtbot: QtBot
) -> None:
    watch(panel, workshop, qtbot, *story(), FAILED)
    first, second = panel.cards
    assert first.heading.text() == "Numbers not finite · linear4"
    assert second.heading.text() == "Dead ReLU · relu2"
    assert panel.plot and not panel.plot.limit.isVisible()
    QTest.mouseClick(second, LEFT)
    assert document.selection == ("relu2",)
    assert panel.plot.limit.isVisible() and panel.plot.limit.value() == 0.5
    assert panel.plot.legend.note == "limit 0.5"
    low, high = panel.plot.view.viewRange()[1]
    assert low <= 0 and high >= 0.8
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Return)
    assert document.selection == ("linear4",)
    panel.choose("relu2")
    assert panel.plot.legend.note == "limit 0.5"


def test_a_fix_is_one_step_of_undo_and_its_card_says_that_the_network_has_changed(
    panel: DiagnosisPanel, document: Document, workshop: Workshop, data_home: object, qtbot: QtBot
) -> None:
    watch(panel, workshop, qtbot, *story())
    (card,) = panel.cards
    QApplication.processEvents()
    assert card.buttons[0].text() == "Make relu2 a LeakyReLU"
    QTest.mouseClick(card.buttons[0], LEFT)
    assert document.project.network.nodes["relu2"].kind == "LeakyReLU"
    assert card.note.isVisible() and card.note.text() == ANSWERED
    document.undo()
    assert document.project.network.nodes["relu2"].kind == "ReLU"
    assert not card.note.isVisible()


def test_later_numbers_keep_the_card_that_somebody_may_be_about_to_click(
    panel: DiagnosisPanel, workshop: Workshop, data_home: object, qtbot: QtBot
) -> None:
    watch(panel, workshop, qtbot, *story())
    (card,) = panel.cards
    assert "80 %" in card.sentence.text()
    workshop.events.emit([measured(step, 0.9) for step in (50, 60, 70)])
    qtbot.waitUntil(lambda: "90 %" in card.sentence.text())
    assert panel.cards == [card]
    assert panel.plot and panel.plot.end == 70


def test_a_hidden_panel_does_nothing(
    panel: DiagnosisPanel, workshop: Workshop, data_home: object, qtbot: QtBot
) -> None:
    panel.hide()
    workshop.show(ended(small(epochs=1), *story()))
    qtbot.waitUntil(lambda: len(panel._diagnosing.findings) > 0)
    assert not panel.cards and panel.plot is None
    panel.show()
    QApplication.processEvents()
    assert len(panel.cards) == 1


def test_a_finding_inside_a_block_is_shown_where_it_is(
    panel: DiagnosisPanel, document: Document, workshop: Workshop, data_home: object, qtbot: QtBot
) -> None:
    plain = small(epochs=1)
    places = {node: (300.0 * place, 0.0) for place, node in enumerate(plain.network.nodes)}
    project, name = group(replace(plain, placement=places), ("conv2d1", "relu2"))
    document.load(project, None)
    told = [
        replace(event, nodes=(f"{name}/conv2d1", f"{name}/relu2", "linear4"))
        if isinstance(event, Measured)
        else event
        for event in story()
    ]
    workshop.show(ended(project, *told))
    qtbot.waitUntil(lambda: len(panel.cards) == 1)
    (card,) = panel.cards
    assert card.heading.text() == f"Dead ReLU · {name}/relu2"
    QApplication.processEvents()
    QTest.mouseClick(card, LEFT)
    assert document.scope == (name,) and document.selection == ("relu2",)
    QTest.mouseClick(card.buttons[0], LEFT)
    assert document.shown.network.nodes["relu2"].kind == "LeakyReLU"
    assert card.note.isVisible()
