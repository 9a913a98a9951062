"""Judged: what a run has guessed of one part of its images, counted by true and guessed class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from designer.style import numbers
from engine.network.project import DataChoice
from engine.training.predictions import Predictions, confusion, precision_recall
from engine.training.rundir import PredictedPart

Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Judged:
    """The predictions of a run's weights after some step, `parts` being those there are."""

    run: Path
    part: PredictedPart
    parts: tuple[PredictedPart, ...]
    data: DataChoice
    classes: tuple[str, ...]
    predictions: Predictions
    matrix: Counts
    """Images (classes, classes) of each true class, a row, by guessed class, a column."""
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    """Parts of 1 (classes,); NaN where there is nothing to count."""

    @staticmethod
    def of(
        run: Path,
        part: PredictedPart,
        parts: tuple[PredictedPart, ...],
        data: DataChoice,
        names: Sequence[str],
        predictions: Predictions,
    ) -> Judged:
        """Count what was guessed; classes that have no name are called by their numbers."""
        labels, guesses = predictions.labels, predictions.guesses
        most = max(int(labels.max(initial=-1)), int(guesses.max(initial=-1))) + 1
        count = max(len(names), most, 1)
        classes = (*names, *(str(place) for place in range(len(names), count)))
        matrix = confusion(labels, guesses, count)
        precision, recall = precision_recall(matrix)
        return Judged(run, part, parts, data, classes, predictions, matrix, precision, recall)

    @cached_property
    def f1(self) -> NDArray[np.float64]:
        """The harmonic mean (classes,) of precision and recall: 2 right / (guessed + true) (van
        Rijsbergen, Information Retrieval, 1979, chapter 7); NaN for a class never guessed nor seen.
        """
        right = np.diagonal(self.matrix).astype(np.float64)
        with np.errstate(invalid="ignore"):
            return 2 * right / (self.matrix.sum(0) + self.matrix.sum(1))

    @cached_property
    def accuracy(self) -> float:
        """The part of the images that are taken for what they are; NaN without images."""
        total = int(self.matrix.sum())
        return float(np.trace(self.matrix)) / total if total else float("nan")

    @cached_property
    def mistakes(self) -> tuple[Counts, Counts]:
        """True and guessed classes of all mistakes that were made, the most frequent first."""
        wrong = self.matrix.copy()
        np.fill_diagonal(wrong, 0)
        true, guessed = np.nonzero(wrong)
        order = np.argsort(-wrong[true, guessed], kind="stable")
        return true[order], guessed[order]

    def rows(self, true: int, guessed: int) -> Counts:
        """Where the images of a class that are taken for another lie among the part's."""
        found = self.predictions
        return found.positions[(found.labels == true) & (found.guesses == guessed)]

    def missed(self, true: int) -> Counts:
        """Where the images of a class that are taken for any other lie."""
        found = self.predictions
        return found.positions[(found.labels == true) & (found.guesses != true)]

    def title(self, true: int, guessed: int) -> str:
        """`12 images of 4 taken for 9`."""
        name = self.classes[true]
        count = images(int(self.matrix[true, guessed]))
        if true == guessed:
            return f"{count} of {name} taken for {name}, which is right"
        return f"{count} of {name} taken for {self.classes[guessed]}"

    def missed_title(self, true: int) -> str:
        """`14 images of 4 taken for something else`."""
        count = images(len(self.missed(true)))
        return f"{count} of {self.classes[true]} taken for something else"

    def told(self, true: int, guessed: int) -> str:
        """The title, and what part of the class that is."""
        total = int(self.matrix[true].sum())
        if not total:
            return f"No image is of {self.classes[true]}"
        part = numbers.percent(int(self.matrix[true, guessed]) / total)
        return f"{self.title(true, guessed)} · {part}"

    @property
    def summary(self) -> str:
        """How many images there are, after which step, and how often it is right."""
        total = int(self.matrix.sum())
        count = f"{numbers.count(total)} {self.part} image{'s' * (total != 1)}"
        return (
            f"{numbers.percent(self.accuracy)} of {count} right · "
            f"after step {numbers.count(self.predictions.step)}"
        )


def images(count: int) -> str:
    """`1 image`, `12 images`, `no image`."""
    return "no image" if not count else f"{numbers.count(count)} image{'s' * (count != 1)}"
