"""What is read of a run's predictions, and what is said where there is nothing to read."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from designer.metrics.judged import Judged
from designer.metrics.reading import PredictionsReader, Unjudged, read
from engine.codegen import write
from engine.recipe.mse import MSELoss
from engine.training.rundir import RunDirectory, runs_folder
from tests.designer.metrics.guessed import MakeRun, make_run, predictions
from tests.engine.training.drawing import small

__all__ = ["make_run"]


def test_images_are_counted_by_true_and_guessed_class(make_run: MakeRun) -> None:
    run = make_run(("a", "b", "c"), validation=predictions([0, 0, 0, 1, 1, 2], [0, 1, 1, 1, 0, 2]))
    judged = read(run, None)
    assert isinstance(judged, Judged) and judged.part == "validation"
    assert judged.matrix.tolist() == [[1, 2, 0], [1, 1, 0], [0, 0, 1]]
    assert judged.accuracy == 0.5
    assert judged.f1.tolist() == pytest.approx([2 / 5, 2 / 5, 1.0])
    assert judged.rows(0, 1).tolist() == [11, 12] and judged.missed(1).tolist() == [14]
    assert judged.title(0, 1) == "2 images of a taken for b"
    assert judged.title(1, 0) == "1 image of b taken for a"
    assert judged.told(0, 1) == "2 images of a taken for b · 66.7 %"
    assert judged.summary == "50.0 % of 6 validation images right · after step 120"
    true, guessed = judged.mistakes
    assert list(zip(true.tolist(), guessed.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_precision_recall_and_f1_are_scikit_learns(make_run: MakeRun) -> None:
    from sklearn.metrics import precision_recall_fscore_support

    chance = np.random.default_rng(4)
    labels, guesses = chance.integers(0, 7, 300), chance.integers(0, 7, 300)
    judged = read(make_run((), test=predictions(labels.tolist(), guesses.tolist())), None)
    assert isinstance(judged, Judged)
    expected = precision_recall_fscore_support(labels, guesses, zero_division=0)
    for ours, theirs in zip((judged.precision, judged.recall, judged.f1), expected, strict=False):
        assert ours.tolist() == pytest.approx(list(theirs))


def test_test_images_come_first_unless_others_are_asked_for(make_run: MakeRun) -> None:
    run = make_run(("a", "b"), validation=predictions([0], [0]), test=predictions([1], [0]))
    first, other = read(run, None), read(run, "validation")
    assert isinstance(first, Judged) and isinstance(other, Judged)
    assert (first.part, other.part) == ("test", "validation")
    assert first.parts == ("validation", "test")


def test_classes_without_a_name_are_called_by_their_numbers(make_run: MakeRun) -> None:
    judged = read(make_run(("a",), validation=predictions([0, 3], [2, 3])), None)
    assert isinstance(judged, Judged) and judged.classes == ("a", "1", "2", "3")
    assert np.isnan(judged.recall[1]) and np.isnan(judged.precision[1])
    assert judged.told(1, 0) == "No image is of 1"


def test_a_run_without_predictions_or_without_classes_says_so(make_run: MakeRun) -> None:
    told = read(make_run(("a",)), None)
    assert isinstance(told, Unjudged) and told.title == "No predictions yet"
    project = small(epochs=1)
    project = replace(project, recipe=replace(project.recipe, loss=MSELoss()))
    run = RunDirectory.create(runs_folder(), project, write(small(epochs=1)).text)
    told = read(run, None)
    assert isinstance(told, Unjudged) and "mean squared error" in told.hint


def test_damaged_predictions_are_told_of(make_run: MakeRun) -> None:
    run = make_run(("a",), validation=predictions([0], [0]))
    run.predictions_file("validation").write_bytes(b"damaged")
    told = read(run, None)
    assert isinstance(told, Unjudged) and told.title == "The predictions cannot be read"
    assert "validation" in told.hint


def test_of_many_questions_the_last_is_answered_beside_the_window(make_run: MakeRun) -> None:
    runs = [make_run(("a",), validation=predictions([0], [0], step)) for step in range(5)]
    reader = PredictionsReader()
    for run in runs:
        reader.ask(run, None)
    answers = []
    until = time.monotonic() + 10
    while reader.busy and time.monotonic() < until:
        told = reader.poll()
        answers += [told] if told is not None else []
        time.sleep(0.01)
    reader.close()
    assert answers[-1].run == runs[-1].path and not reader.busy
