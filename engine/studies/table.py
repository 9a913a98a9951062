"""A study's results: for every variant the mean and spread of a measure over its seeds, and its curve."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engine.data import DataError, describe
from engine.network.project import Project
from engine.studies.outcomes import Outcome
from engine.studies.spread import Spread, spread
from engine.studies.study import Study


@dataclass(frozen=True)
class Measure:
    """What variants are compared by. Accuracies are parts of 1; `value` is None where it is not known."""

    name: str
    title: str
    value: Callable[[Outcome], float | None]
    higher: bool
    """Whether more of it is better."""

    @property
    def percent(self) -> bool:
        """Whether it is a part of 1."""
        return self.name.endswith("accuracy")


def _last(name: str) -> Callable[[Outcome], float | None]:
    return lambda outcome: getattr(outcome.last, name) if outcome.last is not None else None


MEASURES: Mapping[str, Measure] = {
    item.name: item
    for item in (
        Measure("val_accuracy", "validation accuracy", _last("val_accuracy"), True),
        Measure("val_loss", "validation loss", _last("val_loss"), False),
        Measure("test_accuracy", "test accuracy", lambda item: item.test_accuracy, True),
        Measure("test_loss", "test loss", lambda item: item.test_loss, False),
        Measure("train_accuracy", "training accuracy", _last("train_accuracy"), True),
        Measure("train_loss", "training loss", _last("train_loss"), False),
        Measure("seconds", "seconds", lambda item: item.seconds, False),
    )
}
"""By their names. Of validation and training, those of the last epoch, which are of the weights kept."""


def usual(project: Project) -> Measure:
    """The measure that a project's runs are first compared by."""
    try:
        own = describe(project.data).validation_images > 0
    except DataError:
        own = False
    part = "val" if own or project.recipe.validation > 0 else "train"
    known = project.recipe.loss.target == "class"
    return MEASURES[f"{part}_{'accuracy' if known else 'loss'}"]


class Row(NamedTuple):
    """A variant: its number and label, how many of its runs have finished, failed, and are there in
    all; the measure over those that have finished, and what it is more than the first variant's of
    an ablation, seed by seed.
    """

    variant: int
    label: str
    finished: int
    failed: int
    runs: int
    values: tuple[float, ...]
    spread: Spread | None
    difference: Spread | None


def rows(study: Study, outcomes: Sequence[Outcome], measure: Measure) -> list[Row]:
    """A row for every variant, in their order."""
    by_seed: list[dict[int, float]] = [{} for _ in study.variants]
    finished, failed, runs = ([0] * len(study.variants) for _ in range(3))
    for item in outcomes:
        variant = item.trial.variant
        runs[variant] += 1
        failed[variant] += item.status == "failed"
        if item.status == "finished":
            finished[variant] += 1
            value = measure.value(item)
            if value is not None:
                by_seed[variant][item.trial.seed] = value
    found: list[Row] = []
    for number, variant in enumerate(study.variants):
        mine, first = by_seed[number], by_seed[0]
        values = tuple(mine.values())
        difference = None
        if study.plan.kind == "ablation" and number:
            # The seeds are the same, so what they do to both cancels out.
            difference = spread(
                [value - first[seed] for seed, value in mine.items() if seed in first]
            )
        found.append(
            Row(
                number,
                variant.label,
                finished[number],
                failed[number],
                runs[number],
                values,
                spread(values),
                difference,
            )
        )
    return found


def best(found: Sequence[Row], measure: Measure) -> Row | None:
    """The row with the best mean; None where there is none yet."""
    known = [(row.spread.mean, row) for row in found if row.spread is not None]
    if not known:
        return None
    choose = max if measure.higher else min
    return choose(known, key=lambda pair: pair[0])[1]


class Curve(NamedTuple):
    """A measure over the epochs: epochs, from 1, and the spread over the runs that have come so far."""

    epochs: tuple[int, ...]
    spreads: tuple[Spread, ...]


def curve(outcomes: Sequence[Outcome], variant: int, name: str) -> Curve:
    """The curve of a variant over its seeds; `name` is a field of `EpochEnded`."""
    values: dict[int, list[float]] = {}
    for item in outcomes:
        if item.trial.variant == variant:
            for event in item.epochs:
                value = getattr(event, name)
                if value is not None:
                    values.setdefault(event.epoch, []).append(value)
    found = [(epoch, spread(values[epoch])) for epoch in sorted(values)]
    known = [(epoch, item) for epoch, item in found if item is not None]
    return Curve(tuple(epoch for epoch, _ in known), tuple(item for _, item in known))
