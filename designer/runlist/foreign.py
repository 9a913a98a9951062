"""Runs of other tools: which of the scalars in their event files are losses and accuracies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Scalar: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float64]]
Part: TypeAlias = Literal["training", "validation"]

_WORDS = re.compile(r"[A-Za-z][a-z]*|[A-Z]+")
_VALIDATION = {"val", "valid", "validation", "eval", "evaluation", "test", "dev"}
_TRAINING = {"train", "training", "fit"}


@dataclass(frozen=True)
class ForeignRun:
    """Curves by what they are of; the steps are counted as that tool does, which knows no epochs here."""

    name: str
    lines: Mapping[tuple[str, Part], Scalar] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """The last step told of."""
        return max((int(steps[-1]) for steps, _ in self.lines.values() if len(steps)), default=0)

    @property
    def steps_per_epoch(self) -> int | None:
        return None

    def line(
        self, what: str, part: Part, window: int, first: float, last: float
    ) -> tuple[Floats, Floats]:
        """The values from step `first` to `last`; in training each the mean of those within `window` steps."""
        steps, values = self.lines.get((what, part), _NOTHING)
        at = steps.astype(np.float64)
        if part == "training" and len(at) > 1:
            half = window / 2
            low = np.searchsorted(at, at - half, "left")
            high = np.searchsorted(at, at + half, "right")
            sums = np.concatenate(([0.0], np.cumsum(values)))
            values = (sums[high] - sums[low]) / np.maximum(1, high - low)
        shown = (at >= first) & (at <= last)
        return at[shown], values[shown]


_NOTHING: Scalar = (np.empty(0, np.int64), np.empty(0))


def foreign_runs(name: str, scalars: Mapping[str, Scalar]) -> tuple[ForeignRun, ...]:
    """The runs in a log directory called `name`, from its scalars by their tags.

    Folders that are called after training or validation belong to one run, others are runs of
    their own. Of several tags of one kind the shortest counts, as `loss` before `auxiliary_loss`.
    """
    found: dict[str, dict[tuple[str, Part], Scalar]] = {}
    for tag in sorted(scalars, key=lambda tag: (len(tag), tag)):
        words = {word.casefold() for word in _WORDS.findall(tag)}
        what = _what(words)
        steps, values = scalars[tag]
        finite = np.isfinite(values)
        if what is None or not finite.any():
            continue
        values = values[finite]
        if what == "accuracy" and values.max() > 1.5:
            values = values / 100
        part: Part = "validation" if words & _VALIDATION else "training"
        lines = found.setdefault(_run(tag), {})
        lines.setdefault((what, part), (steps[finite], values))
    return tuple(
        ForeignRun(f"{name}/{run}" if run else name, lines) for run, lines in found.items()
    )


def _what(words: set[str]) -> str | None:
    if any(word.endswith("loss") for word in words):
        return "loss"
    return "accuracy" if any(word.startswith("acc") for word in words) else None


def _run(tag: str) -> str:
    """The folders before a tag that do not tell training from validation."""
    folders = tag.split("/")[:-1]
    kept = [
        folder
        for folder in folders
        if not {word.casefold() for word in _WORDS.findall(folder)}
        & (_VALIDATION | _TRAINING | {"loss", "losses", "metrics", "epoch", "batch"})
        and _what({folder.casefold()}) is None
    ]
    return "/".join(kept)
