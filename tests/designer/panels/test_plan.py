"""A run's plan is changed while it goes on, by hand, with a real trainer."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.document import Document
from designer.panels.training import TrainingPanel
from designer.workshop import Workshop
from engine.network import edits
from engine.training.events import Changed, EpochEnded
from engine.training.rundir import RunDirectory
from engine.training.standing import checkpoints, read_standing

PATIENCE = 60_000


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tempfile.mkdtemp(prefix="convoscope")
    monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
    yield
    shutil.rmtree(folder)


@pytest.fixture
def panel(
    lenet: Document, runtime: None, qtbot: QtBot, workshop: Workshop
) -> Iterator[TrainingPanel]:
    widget = TrainingPanel(lenet, workshop)
    qtbot.addWidget(widget)
    widget.resize(1000, 300)
    widget.show()
    qtbot.waitExposed(widget)
    yield widget
    workshop.stop()
    qtbot.waitUntil(lambda: not workshop.live, timeout=PATIENCE)


def until(qtbot: QtBot, workshop: Workshop, status: str) -> None:
    qtbot.waitUntil(lambda: workshop.status == status, timeout=PATIENCE)


def typed(field: Qt.Key | object, text: str) -> None:
    field.setFocus()  # type: ignore[attr-defined]
    field.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(field, text)  # type: ignore[arg-type]
    QTest.keyClick(field, Qt.Key.Key_Return)  # type: ignore[arg-type]


def click(button: object) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]


def test_a_number_that_cannot_be_is_explained_and_nothing_goes_on_with_another(
    panel: TrainingPanel,
) -> None:
    plan = panel.plan
    plan.show()
    for field in (plan.epochs, plan.rate):
        field.show_value(5)
    typed(plan.rate, "fast")
    assert plan.problem.whole.startswith("Rate must be ")
    assert plan.problem.isVisible()
    assert not plan.go_on.isEnabled()
    typed(plan.rate, "0.1")
    assert not plan.problem.isVisible()
    assert plan.go_on.isEnabled()


def test_a_run_is_replanned_operated_on_stopped_and_gone_on_with(
    lenet: Document, panel: TrainingPanel, workshop: Workshop, qtbot: QtBot
) -> None:
    plan = panel.plan
    assert not plan.isVisible()
    lenet.do("Set", lambda p: edits.set_recipe(p, p.recipe.changed(epochs=5000)))
    first = workshop.train(lenet.project)
    assert first is not None
    until(qtbot, workshop, "running")
    qtbot.waitUntil(lambda: plan.isVisible() and panel.record.steps > 0, timeout=PATIENCE)
    assert plan.epochs.text() == "5000"

    typed(plan.rate, "0.001")
    typed(plan.epochs, "4000")
    qtbot.waitUntil(
        lambda: (panel.record.rate, panel.record.epochs) == (0.001, 4000), timeout=PATIENCE
    )
    before = len(checkpoints(first))
    assert before
    click(plan.keep)
    click(panel.pause)
    until(qtbot, workshop, "paused")
    qtbot.waitUntil(lambda: bool(panel.record.checkpoint))
    standing = read_standing(checkpoints(first)[-1])
    assert (standing.rate, standing.epochs) == (0.001, 4000)
    assert not plan.operate.isVisible()

    # A wider first convolution, in the paused run.
    lenet.do(
        "Widen",
        lambda p: edits.set_layer(
            p, "conv1", p.network.nodes["conv1"].content.changed(out_channels=9)
        ),
    )
    qtbot.waitUntil(plan.operate.isVisible)
    click(plan.operate)
    qtbot.waitUntil(lambda: workshop.run != first, timeout=PATIENCE)
    until(qtbot, workshop, "running")
    second = workshop.run
    assert second is not None
    state = second.state()
    assert (state.parent, state.parent_step) == (str(first.path), standing.step)
    qtbot.waitUntil(lambda: panel.record.steps > standing.step, timeout=PATIENCE)
    assert len(panel.record.loss) == panel.record.steps
    qtbot.waitUntil(lambda: first.state().status == "stopped", timeout=PATIENCE)

    click(panel.stop)
    until(qtbot, workshop, "stopped")
    qtbot.waitUntil(plan.go_on.isVisible)
    stopped_at = panel.record.steps
    typed(plan.epochs, "3000")
    click(plan.go_on)
    until(qtbot, workshop, "running")
    qtbot.waitUntil(lambda: panel.record.steps > stopped_at, timeout=PATIENCE)
    assert workshop.run == second
    events = RunDirectory.open(second.path).events()[0]
    assert [event.epochs for event in events if isinstance(event, Changed)][-1] == 3000
    ends = [event.epoch for event in events if isinstance(event, EpochEnded)]
    assert ends == list(range(1, len(ends) + 1))
