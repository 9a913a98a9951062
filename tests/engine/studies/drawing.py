"""Studies of a small network on digits, and outcomes that were never trained."""

from __future__ import annotations

from engine.network.project import Project
from engine.studies.outcomes import Outcome
from engine.studies.study import Plan, Study, Trial, design
from engine.studies.variables import parse
from engine.training.events import EpochEnded
from tests.engine.training.drawing import small


def sweep(*texts: str, seeds: int = 1, **recipe: object) -> Study:
    """A grid over a network of one convolution."""
    project: Project = small(**{"epochs": 1, **recipe})
    return design(project, Plan("grid", seeds, tuple(parse(project, text) for text in texts)))


def ended(trial: Trial, *accuracies: float, status: str = "finished") -> Outcome:
    """A run with these validation accuracies, one for each epoch."""
    epochs = tuple(
        EpochEnded(number, number * 10, 1.0, 0.5, 1 - value, value, 100.0, 0.0)
        for number, value in enumerate(accuracies, start=1)
    )
    return Outcome(trial, status, epochs, 1.0, created=100.0, ended=110.0)
