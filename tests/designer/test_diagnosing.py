"""What ails a run, followed from its events, and when it counts as answered."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from designer.diagnosing import Diagnosing
from designer.document import Document
from designer.workshop import Workshop
from engine.codegen import write
from engine.network import edits
from engine.network.edits import set_parameters
from engine.network.project import Project
from engine.training.events import Event, Failed, Finished, Measured, Started, Steps
from engine.training.rundir import RunDirectory, runs_folder
from tests.engine.training.drawing import chain, small


def measured(step: int, dead: float) -> Measured:
    """Of a run of `small`, whose ReLU is dead to this part."""
    names = ("conv2d1", "relu2", "linear4")
    learn = (0.1, None, 0.1)
    return Measured(step, 1.0, 1e-3, 1, names, learn, learn, learn, (None, dead, None), (None,) * 3)


def story(dead: float = 0.8) -> list[Event]:
    events: list[Event] = [Started("cpu", 1, 1, 40, 1, 1, 1)]
    for step in range(10, 41, 10):
        events += [Steps(step, (1.0,) * 10, (0.5,) * 10, 100.0, 1.0), measured(step, dead)]
    return events


def ended(project: Project, *events: Event) -> RunDirectory:
    run = RunDirectory.create(runs_folder(), project, write(project).text)
    run.append(*events)
    run.update(status="finished")
    return run


@pytest.fixture
def workshop(qapp: object):
    made = Workshop()
    yield made
    made.close()


@pytest.fixture
def document(light: None) -> Document:
    return Document(small(epochs=1))


@pytest.fixture
def diagnosing(document: Document, workshop: Workshop) -> Diagnosing:
    return Diagnosing(document, workshop)


def watch(diagnosing: Diagnosing, workshop: Workshop, run: RunDirectory, qtbot: QtBot) -> None:
    workshop.show(run)
    qtbot.waitUntil(lambda: len(diagnosing.findings) > 0)


def test_a_run_from_the_disk_is_diagnosed_at_its_nodes(
    diagnosing: Diagnosing, workshop: Workshop, data_home: object, qtbot: QtBot
) -> None:
    assert not diagnosing.watches
    watch(diagnosing, workshop, ended(small(epochs=1), *story(), Finished()), qtbot)
    assert diagnosing.watches
    (finding,) = diagnosing.findings
    assert (finding.ailment, finding.node) == ("DeadReLU", "relu2")
    assert list(diagnosing.pinned()) == ["relu2"]


def test_a_finding_is_answered_when_its_node_is_changed_and_comes_back_with_undo(
    diagnosing: Diagnosing, document: Document, workshop: Workshop, data_home: object, qtbot: QtBot
) -> None:
    watch(diagnosing, workshop, ended(document.project, *story()), qtbot)
    assert not diagnosing.answered
    document.do("Move", lambda p: edits.move(p, {"relu2": (5.0, 5.0)}))
    document.do("Widen", lambda p: set_parameters(p, "conv2d1", out_channels=4))
    assert list(diagnosing.pinned()) == ["relu2"]
    fix = diagnosing.findings[0].fixes[0]
    with qtbot.waitSignal(diagnosing.changed):
        document.do(fix.label, fix.edit, scope=())
    assert document.project.network.nodes["relu2"].kind == "LeakyReLU"
    assert not diagnosing.pinned() and len(diagnosing.findings) == 1
    document.undo()
    assert list(diagnosing.pinned()) == ["relu2"]


def test_a_finding_is_answered_when_the_recipe_does_what_it_advises(
    diagnosing: Diagnosing, document: Document, workshop: Workshop, data_home: object, qtbot: QtBot
) -> None:
    watch(diagnosing, workshop, ended(document.project, *story()), qtbot)
    slower = diagnosing.findings[0].fixes[1]
    assert slower.label.startswith("Set the learning rate")
    document.do("Epochs", lambda p: edits.set_recipe(p, replace(p.recipe, epochs=9)))
    assert diagnosing.pinned()
    document.do(slower.label, slower.edit, scope=())
    assert not diagnosing.pinned()


def test_nothing_is_pinned_to_a_network_that_has_no_such_node(
    diagnosing: Diagnosing, document: Document, workshop: Workshop, data_home: object, qtbot: QtBot
) -> None:
    watch(diagnosing, workshop, ended(document.project, *story()), qtbot)
    document.load(chain(), None)
    assert not diagnosing.pinned()


def test_a_finding_goes_when_it_is_over_and_when_another_run_is_watched(
    diagnosing: Diagnosing, document: Document, workshop: Workshop, data_home: object, qtbot: QtBot
) -> None:
    watch(diagnosing, workshop, ended(document.project, *story()), qtbot)
    workshop.events.emit([measured(step, 0.1) for step in (50, 60, 70)])
    qtbot.waitUntil(lambda: not diagnosing.findings)
    workshop.events.emit([measured(step, 0.9) for step in (80, 90, 100)])
    qtbot.waitUntil(lambda: len(diagnosing.findings) == 1)
    with qtbot.waitSignal(diagnosing.changed):
        workshop.show(ended(document.project, *story(0.0)))
    assert not diagnosing.findings and not diagnosing.pinned()


def test_a_story_told_once_more_counts_once(
    diagnosing: Diagnosing, document: Document, workshop: Workshop, data_home: object, qtbot: QtBot
) -> None:
    watch(diagnosing, workshop, ended(document.project, *story()), qtbot)
    workshop.events.emit(story(0.0))
    qtbot.waitUntil(lambda: not diagnosing.findings)
    assert diagnosing._past and len(diagnosing._past.measured) == 4


def test_a_run_that_diverged_marks_its_node_as_an_error(
    diagnosing: Diagnosing, document: Document, workshop: Workshop, data_home: object, qtbot: QtBot
) -> None:
    failed = Failed("conv2d1 gives nan at step 40; lower the rate.", "", "conv2d1", 40)
    watch(diagnosing, workshop, ended(document.project, *story(0.0), failed), qtbot)
    (finding,) = diagnosing.pinned()["conv2d1"]
    assert finding.severity == "error" and finding.message == failed.message


def test_a_thousand_steps_a_second_cost_little(
    diagnosing: Diagnosing, document: Document, workshop: Workshop, data_home: object, qtbot: QtBot
) -> None:
    watch(diagnosing, workshop, ended(document.project, *story()), qtbot)
    spent, step = 0.0, 40
    for _ in range(600):
        step += 33
        told = [Steps(step, (1.0,) * 33, (0.5,) * 33, 1.0, 1.0), measured(step, 0.9)]
        start = time.process_time()
        workshop.events.emit(told)
        spent += time.process_time() - start
    start = time.process_time()
    diagnosing._look()
    assert time.process_time() - start < 0.05
    # Twenty seconds of such a run.
    assert spent < 0.6
