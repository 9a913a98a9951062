"""Training that goes wrong, by hand in the real window: diagnosed at its node, mended by a button; what is
taken for what, down to the images.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from designer.canvas.hit import BodyHit
from designer.metrics.cells import Cell
from engine.layers.catalogue import layer
from engine.network.project import Project
from engine.recipe.sgd import SGD
from tests.acceptance.hand import LEFT, Hand
from tests.acceptance.test_whole_way import show_tab
from tests.engine.training.drawing import chain, small


def placed(project: Project) -> Project:
    """With its nodes in rows of four."""
    places = {
        name: (300.0 * (place % 4), 180.0 * (place // 4))
        for place, name in enumerate(project.network.nodes)
    }
    return replace(project, placement=places)


def deep(kind: str, depth: int, width: int) -> Project:
    """Dense layers on digits, each before an activation of this kind."""
    pair = (layer("Linear", out_features=width), layer(kind))
    inner = [item for _ in range(depth) for item in pair]
    ends = (layer("Linear", out_features=10), layer("Output"))
    return placed(chain(layer("Input", shape=(1, 8, 8)), layer("Flatten"), *inner, *ends))


def train(hand: Hand, project: Project, ending: str = "finished") -> None:
    window = hand.window
    window.files.begin(project)
    hand.click(window.bar.train)
    hand.wait(lambda: window.workshop.status in ("finished", "failed"))
    assert window.workshop.status == ending


def test_a_deep_sigmoid_network_is_diagnosed_and_mended_by_a_button(hand: Hand) -> None:
    window = hand.window
    project = deep("Sigmoid", 10, 24)
    # While it goes on: how often it is measured depends on the machine.
    window.files.begin(replace(project, recipe=replace(project.recipe, epochs=10_000)))
    hand.click(window.bar.train)
    hand.qtbot.waitUntil(lambda: len(window.diagnosing.findings) > 0, timeout=40_000)
    window.workshop.stop()
    hand.wait(lambda: window.workshop.status == "stopped")
    findings = window.diagnosing.findings
    finding = next(item for item in findings if item.ailment == "VanishingGradients")
    assert finding.node == "linear2"
    assert window.docks["Diagnosis"].windowTitle() == f"Diagnosis ({len(findings)})"

    # A click on the mark brings the evidence, and a button mends the document.
    view = window.canvas
    center, _ = view.found._circle(finding.node)
    assert view.found.hit(center) == BodyHit("linear2", "mark")
    hand.click(view.viewport(), view.mapFromScene(center))
    panel = window.diagnosis
    hand.wait(lambda: panel.isVisible() and all(card.isVisible() for card in panel.cards))
    card = next(card for card in panel.cards if card.finding.node == "linear2")
    assert window.document.selection == ("linear2",)
    assert panel.plot is not None and panel.plot.end
    hand.click(card.buttons[0])
    assert window.document.project.network.nodes["sigmoid3"].kind == "ReLU"
    assert card.note.isVisible() and "linear2" not in view.found.marks
    window.document.undo()
    assert "linear2" in view.found.marks


def test_a_run_that_diverges_marks_the_node_and_its_lower_rate_trains(hand: Hand) -> None:
    window = hand.window
    project = deep("ReLU", 6, 32)
    recipe = replace(project.recipe, epochs=2, optimizer=SGD(learning_rate=100.0))
    train(hand, replace(project, recipe=recipe), "failed")
    hand.qtbot.waitUntil(lambda: bool(window.canvas.found.marks), timeout=10_000)
    (name,) = window.canvas.found.marks
    assert window.canvas.found.marks[name].severity == "error"
    show_tab(hand, "Diagnosis (1)")
    card = window.diagnosis.cards[0]
    assert card.heading.text() == f"Numbers not finite · {name}"
    hand.wait(card.isVisible)
    hand.click(next(item for item in card.buttons if item.text().startswith("Set the learning")))
    assert window.document.project.recipe.optimizer.learning_rate == SGD().learning_rate
    assert not window.canvas.found.marks


def test_a_cell_of_the_matrix_opens_its_images(hand: Hand) -> None:
    window = hand.window
    train(hand, placed(small(epochs=1)))
    show_tab(hand, "Metrics")
    metrics = window.metrics
    hand.wait(lambda: metrics.judged is not None)
    judged = metrics.judged
    assert judged is not None and judged.part in ("validation", "test")
    assert judged.matrix.sum() == len(judged.predictions.labels) > 100
    true, guessed = (int(places[0]) for places in judged.mistakes)
    count = int(judged.matrix[true, guessed])

    # Found with the keyboard, opened with Enter.
    metrics.matrix.setFocus()
    hand.press(Qt.Key.Key_Home)
    for _ in range(true):
        hand.press(Qt.Key.Key_Down)
    for _ in range(guessed):
        hand.press(Qt.Key.Key_Right)
    assert metrics.matrix.cell == Cell(true, guessed)
    hand.press(Qt.Key.Key_Return)
    samples = window.data.samples
    hand.wait(lambda: window.data.isVisible() and samples.title.isVisible())
    assert samples.title.whole == judged.title(true, guessed)
    held = window.data.held
    assert held is not None and len(samples.grid.items) == count
    assert {held.label(place) for place in samples.grid.items[:, 0]} == {judged.classes[true]}
    hand.wait(lambda: samples.grid.pictures > 0)

    # The same with the mouse, on what is right.
    show_tab(hand, "Metrics")
    box = metrics.matrix.grid.rect(Cell(true, true))
    corner = metrics.matrix.viewport().rect().bottomRight()
    room = metrics.matrix.grid.room
    at = QPoint(
        round(corner.x() + 1 - room.width() + box.center().x()),
        round(corner.y() + 1 - room.height() + box.center().y()),
    )
    QTest.mouseClick(metrics.matrix.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, at)
    hand.wait(lambda: samples.title.whole == judged.title(true, true))
