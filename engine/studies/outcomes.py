"""What came of a study's runs so far: read from their own files, and only what is new."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from engine.analysis import analyse
from engine.data import DataError, describe
from engine.network.errors import StorageError
from engine.network.project import Project
from engine.studies.folder import StudyDirectory
from engine.studies.study import Study, Trial, made
from engine.training.events import EpochEnded, EventError, Failed, Started, Steps, decode
from engine.training.rundir import LIVE, RunDirectory, RunError

WAITING = "waiting"
"""The status of a run that is not begun."""
_STEPS = b'{"event": "Steps"'
_START = 3.0
"""Seconds from one run to the next, but for its steps, before any has been seen."""


@dataclass(frozen=True)
class Outcome:
    """How a run stands: its status, or waiting, the epochs that are over, and the test figures.

    `part` of it is done, from 0 to 1. `seconds` is how long its epochs have taken, where known, and
    `seconds_left` what it says of the rest. `message` is the sentence of a failure.
    """

    trial: Trial
    status: str = WAITING
    epochs: tuple[EpochEnded, ...] = ()
    part: float = 0.0
    seconds_left: float | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None
    created: float = 0.0
    ended: float = 0.0
    message: str = ""

    @property
    def last(self) -> EpochEnded | None:
        """The last epoch that is over."""
        return self.epochs[-1] if self.epochs else None

    @property
    def seconds(self) -> float | None:
        """How long it took from its making to its end, None before that."""
        return max(0.0, self.ended - self.created) if self.ended and self.created else None


class _Reading:
    """One run that is read again and again."""

    def __init__(self, trial: Trial, run: RunDirectory) -> None:
        self.run = run
        self.outcome = Outcome(trial)
        self._read = 0
        self._epochs: dict[int, EpochEnded] = {}
        self._steps = 0

    def look(self) -> bool:
        """Read what is new; whether the outcome is another one."""
        before = self.outcome
        if not self.run.state_file.is_file():
            self.outcome = Outcome(before.trial)
            self._forget()
            return self.outcome != before
        state = None
        with suppress(RunError):
            state = self.run.state()
        if state is None:
            return False
        if state.status == before.status and before.status not in LIVE:
            return False
        steps = self._read_events()
        if steps is not None and self._steps:
            part = min(1.0, steps.step / self._steps)
            self.outcome = replace(self.outcome, part=part, seconds_left=steps.seconds_left)
        self.outcome = replace(
            self.outcome,
            status=state.status,
            epochs=tuple(self._epochs[number] for number in sorted(self._epochs)),
            test_loss=state.test_loss,
            test_accuracy=state.test_accuracy,
            created=state.created,
            ended=state.ended,
            message=state.message,
        )
        if state.status == "finished":
            self.outcome = replace(self.outcome, part=1.0)
        return self.outcome != before

    def _forget(self) -> None:
        self._read = self._steps = 0
        self._epochs.clear()

    def _read_events(self) -> Steps | None:
        """Take in what was told since the last time; the last steps of it."""
        try:
            with self.run.events_file.open("rb") as file:
                if file.seek(0, 2) < self._read:
                    # Taken up again from a checkpoint.
                    self._forget()
                file.seek(self._read)
                data = file.read()
        except OSError:
            return None
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        steps = b""
        for line in whole.split(b"\n"):
            if line.startswith(_STEPS):
                steps = line
            elif line:
                self._take(line)
        with suppress(EventError):
            event = decode(steps.decode(errors="replace"))
            return event if isinstance(event, Steps) else None
        return None

    def _take(self, line: bytes) -> None:
        with suppress(EventError):
            match decode(line.decode(errors="replace")):
                case Started() as event:
                    self._steps = event.epochs * event.steps_per_epoch
                case EpochEnded() as event:
                    self._epochs[event.epoch] = event
                case Failed() as event:
                    self.outcome = replace(self.outcome, message=event.message)
                case _:
                    pass


class Outcomes:
    """The outcomes of all runs of a study; `look` brings them up to date."""

    def __init__(self, folder: StudyDirectory, study: Study | None = None) -> None:
        """Raises `StudyError` for a study that cannot be read."""
        self.folder = folder
        self.study = study or folder.study()
        self._readings = [
            _Reading(trial, folder.run_of(self.study, trial)) for trial in self.study.trials
        ]
        self._costs: list[float] | None = None

    @property
    def all(self) -> list[Outcome]:
        """One for every run, in the order of training."""
        return [reading.outcome for reading in self._readings]

    def look(self) -> bool:
        """Read what is new; whether there was anything."""
        return sum(reading.look() for reading in self._readings) > 0

    @property
    def done(self) -> int:
        """How many runs have ended of themselves."""
        return sum(item.status in ("finished", "failed") for item in self.all)

    @property
    def part(self) -> float:
        """How much of the whole is done, from 0 to 1, by the work that the runs are."""
        costs = self.costs
        done = sum(
            costs[item.trial.variant]
            * (1.0 if item.status in ("finished", "failed") else item.part)
            for item in self.all
        )
        return done / max(1e-12, sum(costs[item.trial.variant] for item in self.all))

    @property
    def costs(self) -> list[float]:
        """The work of one run of each variant."""
        if self._costs is None:
            self._costs = [cost(made(self.study.project, item)) for item in self.study.variants]
        return self._costs

    def seconds_left(self, at_once: int = 1) -> float | None:
        """How long all that is left will take, `at_once` runs together; None before any can be told."""
        costs, outcomes = self.costs, self.all
        known: list[tuple[float, float]] = []
        going = 0.0
        for item in outcomes:
            cost = costs[item.trial.variant]
            if item.status == "finished" and item.seconds is not None:
                known.append((item.seconds, cost))
            elif item.status in LIVE and item.seconds_left is not None and item.part < 1.0:
                known.append((_START + item.seconds_left / (1 - item.part), cost))
                going += item.seconds_left
        if not known:
            return None
        rate = sum(seconds for seconds, _ in known) / sum(cost for _, cost in known)
        waiting = sum(
            costs[item.trial.variant] * (1 - item.part) * rate
            for item in outcomes
            if item.status in (WAITING, "stopped")
            or (item.status in LIVE and item.seconds_left is None)
        )
        return (going + waiting) / max(1, at_once)


def cost(project: Project) -> float:
    """The work of training a project: MACs of all images of all epochs."""
    try:
        images = float(describe(project.data).learned(project.recipe.validation))
    except DataError:
        images = 1.0
    return float(max(1, analyse(project).macs)) * project.recipe.epochs * max(1.0, images)


def pace(candidates: Iterable[RunDirectory]) -> float | None:
    """Of the first run that has finished, how much work (see `cost`) it did in a second."""
    for run in candidates:
        with suppress(RunError, StorageError):
            state = run.state()
            seconds = state.ended - state.created
            if state.status == "finished" and state.created and seconds > _START:
                return cost(run.project()) / seconds
    return None


def facts(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The outcomes for programs."""
    return [
        {
            "run": item.trial.number,
            "variant": item.trial.variant,
            "seed": item.trial.seed,
            "status": item.status,
            "epochs": len(item.epochs),
            "train_loss": item.last.train_loss if item.last else None,
            "train_accuracy": item.last.train_accuracy if item.last else None,
            "val_loss": item.last.val_loss if item.last else None,
            "val_accuracy": item.last.val_accuracy if item.last else None,
            "test_loss": item.test_loss,
            "test_accuracy": item.test_accuracy,
            "message": item.message,
        }
        for item in outcomes
    ]
