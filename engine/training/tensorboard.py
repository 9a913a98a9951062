"""What a run tells, as event files that TensorBoard opens: `tensorboard --logdir RUNS`.

They lie in the run directory itself, so that TensorBoard calls a run as its folder is called:

train/...        loss, accuracy, learning rate and speed, means over at most a few steps; now and then the
                 norm of the gradients, what a step changes by what the weights are, and the memory
nodes/...        of each node: its gradient, weights and update, and how much is dead or saturated
epoch/...        the figures of every epoch, and test/... those of the end
weights/...      histograms of the parameters, and gradients/... of their last gradients
images           some images of the training set, first-layer filters and feature maps
HParams          the recipe, and the figures of the epochs and of the end as metrics
graph            the module

Every figure is one of the run's events, read from the run directory when there is time for it.
Importing this file takes a tenth of a second, which a trainer does while it waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from itertools import pairwise
from statistics import fmean
from typing import TypeAlias, cast

from engine.fields import Declaration
from engine.training.budget import PART, Budget
from engine.training.eventfile import EventFile, has_event_file
from engine.training.events import (
    EpochEnded,
    Event,
    EventError,
    Failed,
    Finished,
    Measured,
    Steps,
    Stopped,
)
from engine.training.portraits import Portraits
from engine.training.rundir import RunDirectory, RunError
from engine.training.setup import Setup
from engine.training.standing import Standing

_PACE = 5.0
"""Seconds between two writings of figures, as between two readings of TensorBoard's."""
_POINTS = 4
"""Points that are drawn of one event of steps, of which a run tells three a second."""
_OF_EPOCHS = ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "val_top5")
_METRICS = (*(f"epoch/{name}" for name in _OF_EPOCHS[:4]), "test/loss", "test/accuracy")
_OF_NODES = ("gradients", "weights", "updates", "dead", "saturated")

Scalars: TypeAlias = Iterator[tuple[int, str, float]]
"""Steps, tags and values."""


class Board:
    """Writes the event files of one run, within two budgets: of figures, and of pictures of the module.

    No error of writing ends the training: what went wrong is logged, and nothing more is written.
    """

    def __init__(self, run: RunDirectory, setup: Setup, began: Standing | None) -> None:
        """`began` is where the run is taken up again, if it is; what was written of later steps is void."""
        self._run = run
        self._setup = setup
        continued = began is not None and has_event_file(run.path)
        self._read = began.events if began is not None and continued else 0
        self._step = began.step if began is not None else 0
        self._file = EventFile(run.path, after=self._step if continued else None)
        self._open = True
        self._figures = Budget(pace=_PACE, part=PART / 2)
        self._pictures = Budget(part=PART / 4)
        self._portraits = Portraits(run, setup, self._file, fresh=not continued)
        if not continued:
            self._file.plan(_flat_recipe(setup), _METRICS)

    def due(self) -> bool:
        """Whether it is time to tell or to draw something."""
        return self._open and (self._figures.due() or self._pictures.due())

    def offer(self, step: int) -> None:
        """Tell of what happened until now, as far as the time allows; called between two steps."""
        self._step = step
        if self._open and self._figures.due():
            with self._figures.spend():
                self.follow(step)
        if self._open and self._pictures.due():
            with self._pictures.spend():
                self.draw(step)

    def follow(self, step: int) -> None:
        """Write all figures that the run has told, so that a checkpoint of this `step` finds them written."""
        if not self._open:
            return
        self._step = step
        try:
            events, self._read = self._run.events(self._read)
            for event in events:
                self._note(event)
            self._file.flush()
        except (OSError, RunError, EventError) as error:
            self._give_up(error)

    def draw(self, step: int) -> None:
        """Draw the module as it is after this step, whatever it takes."""
        if not self._open:
            return
        try:
            self._portraits.draw(step)
            self._file.flush()
        except OSError as error:
            self._give_up(error)

    def close(self) -> None:
        """Write what is left. Nothing is written any more."""
        if not self._open:
            return
        self.follow(self._step)
        self._open = False
        with suppress(OSError):
            self._file.close()

    def _note(self, event: Event) -> None:
        points: dict[int, dict[str, float]] = {}
        for step, tag, value in scalars(event, self._step):
            points.setdefault(step, {})[tag] = value
        for step, values in points.items():
            self._file.scalars(values, step)
        if isinstance(event, (Finished, Stopped, Failed)):
            self._file.end(self._step, failed=isinstance(event, Failed))

    def _give_up(self, error: Exception) -> None:
        self._open = False
        with suppress(OSError):
            self._run.log(f"TensorBoard's event files are written no more: {error}")
        with suppress(OSError):
            self._file.close()


def scalars(event: Event, step: int) -> Scalars:
    """The figures of an event; of one that names no step they belong to `step`."""
    match event:
        case Steps() if event.losses:
            yield from _means(event.step, "train/loss", event.losses)
            yield from _means(event.step, "train/accuracy", event.accuracies)
            yield event.step, "train/images_per_second", event.images_per_second
            yield event.step, "train/learning_rate", event.rate
        case Measured():
            yield from _measures(event)
        case EpochEnded():
            for name in _OF_EPOCHS:
                value = getattr(event, name)
                if value is not None:
                    yield event.step, f"epoch/{name}", value
            yield event.step, "epoch/images_per_second", event.images_per_second
        case Finished():
            if event.test_loss is not None:
                yield step, "test/loss", event.test_loss
            if event.test_accuracy is not None:
                yield step, "test/accuracy", event.test_accuracy
        case _:
            pass


def _measures(event: Measured) -> Scalars:
    if event.gradient_norm is not None:
        yield event.step, "train/gradient_norm", event.gradient_norm
    if event.update_ratio is not None:
        yield event.step, "train/update_ratio", event.update_ratio
    yield event.step, "train/memory_bytes", event.memory
    for column in _OF_NODES:
        for node, value in zip(event.nodes, getattr(event, column), strict=True):
            if value is not None:
                yield event.step, f"nodes/{node}/{column}", value


def _means(last: int, tag: str, values: tuple[float, ...]) -> Scalars:
    """At most `_POINTS` means over the steps that end with number `last`, each at its last step."""
    if not values:
        return
    count = len(values)
    points = min(_POINTS, count)
    ends = [count * point // points for point in range(points + 1)]
    for start, end in pairwise(ends):
        yield last - count + end, tag, fmean(values[start:end])


def _flat_recipe(setup: Setup) -> dict[str, float | str]:
    flat = dict(_flat("", setup.recipe))
    return {**flat, "parameters": setup.learning, "threads": setup.threads}


def _flat(name: str, value: object) -> Iterator[tuple[str, float | str]]:
    """A value of a recipe, or the values in it, as numbers and words under dotted names; None is left out."""
    if isinstance(value, Declaration):
        if name:
            yield name, value.kind()
        for item in fields(value):
            below = f"{name}.{item.name}" if name else item.name
            yield from _flat(below, getattr(value, item.name))
    elif isinstance(value, bool):
        yield name, str(value).lower()
    elif isinstance(value, (int, float, str)):
        yield name, value
    elif isinstance(value, Mapping):
        for key, item in cast("Mapping[object, object]", value).items():
            yield from _flat(f"{name}.{key}", item)
    elif isinstance(value, (tuple, list)):
        items = tuple(cast("tuple[object, ...]", value))
        row = [f"{item:g}" for item in items if isinstance(item, (int, float))]
        if row and len(row) == len(items):
            yield name, ", ".join(row)
            return
        for number, item in enumerate(items):
            yield from _flat(f"{name}.{number}", item)
