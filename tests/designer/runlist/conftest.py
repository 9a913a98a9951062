"""Real runs on disk, and the panel over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from designer.panels.runs import RunsPanel
from engine.codegen import write
from engine.network.project import Project
from engine.training.events import EpochEnded, Event, Finished, Started, Steps
from engine.training.rundir import RunDirectory, Status, runs_folder
from tests.engine.training.drawing import small

MakeRun = Callable[..., RunDirectory]


def story(epochs: int, accuracy: float, per_epoch: int = 10) -> list[Event]:
    """What a run tells whose last epoch has this accuracy."""
    events: list[Event] = [Started("cpu", 1, epochs, per_epoch, 90, 10, 2970)]
    for epoch in range(1, epochs + 1):
        part = accuracy * epoch / epochs
        step = epoch * per_epoch
        events += [
            Steps(step, (1.0 - part,) * per_epoch, (part,) * per_epoch, 900.0, 1.0),
            EpochEnded(epoch, step, 1.0 - part, part, 1.1 - part, part, 900.0, 1.0),
        ]
    return events


@pytest.fixture
def make_run(data_home: Path) -> MakeRun:
    """Makes a run that has ended; times are a second apart, the newest first made last."""
    made: list[RunDirectory] = []

    def make(
        name: str = "Small",
        accuracy: float = 0.9,
        epochs: int = 2,
        status: Status = "finished",
        base: Path | None = None,
        project: Project | None = None,
        **recipe: object,
    ) -> RunDirectory:
        project = replace(project or small(epochs=max(1, epochs), **recipe), name=name)
        run = RunDirectory.create(base or runs_folder(), project, write(project).text)
        run.append(*story(epochs, accuracy))
        if status == "finished":
            run.append(Finished(0.4, accuracy - 0.01))
        run.update(
            status=status,
            created=1_700_000_000.0 + len(made),
            device="cpu",
            test_accuracy=accuracy - 0.01,
        )
        made.append(run)
        return run

    return make


@pytest.fixture
def panel(light: None, data_home: Path, qtbot: QtBot) -> Iterator[RunsPanel]:
    """The panel, not shown yet: what is on the disk by then is found."""
    widget = RunsPanel()
    qtbot.addWidget(widget)
    widget.resize(1000, 320)
    yield widget
    widget.close_reader()


@pytest.fixture
def shown(panel: RunsPanel, qtbot: QtBot) -> Callable[[], RunsPanel]:
    """Shows the panel and waits until every run is read."""

    def show() -> RunsPanel:
        panel.show()
        qtbot.waitExposed(panel)
        qtbot.waitUntil(lambda: panel.looked, timeout=10_000)
        return panel

    return show
