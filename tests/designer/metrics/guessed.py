"""Runs that have guessed something, as a trainer leaves them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.codegen import write
from engine.training.events import Finished, Started
from engine.training.predictions import Predictions, write_predictions
from engine.training.rundir import PredictedPart, RunDirectory, runs_folder
from tests.engine.training.drawing import small

MakeRun = Callable[..., RunDirectory]


def predictions(labels: list[int], guesses: list[int], step: int = 120) -> Predictions:
    """Of the images 10, 11, 12 and so on."""
    count = len(labels)
    return Predictions(step, np.arange(10, 10 + count), np.array(labels), np.array(guesses))


@pytest.fixture
def make_run(data_home: object) -> MakeRun:
    """Makes a run that has ended, with these predictions of each part."""

    def make(classes: tuple[str, ...] = (), **parts: Predictions) -> RunDirectory:
        project = small(epochs=1)
        run = RunDirectory.create(runs_folder(), project, write(project).text)
        run.update(classes=classes, status="finished")
        run.append(Started("cpu", 1, 1, 1, 1, 1, 1), Finished(0.1, 0.9))
        named: dict[PredictedPart, str] = {"validation": "validation", "test": "test"}
        for part, name in named.items():
            if name in parts:
                write_predictions(run, part, parts[name])
        return run

    return make
