"""Guesses are written as they were made, and read again; the figures are those of scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save
from safetensors.torch import load_file
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from engine.data import load
from engine.data.images import split
from engine.recipe.mse import MSELoss
from engine.training.build import build
from engine.training.events import EpochEnded
from engine.training.predictions import (
    Predictions,
    confusion,
    precision_recall,
    read_predictions,
    write_predictions,
)
from engine.training.rundir import RunDirectory, RunError
from tests.engine.training.drawing import SMALL, chain, run_of, small, trained


def test_the_guesses_of_a_run_are_those_of_its_weights(tmp_path: Path) -> None:
    project = small(epochs=2)
    run, events = trained(project, tmp_path)
    found = read_predictions(run, "validation")
    assert found is not None
    images = load(project.data, (1, 8, 8))
    aside = split(images.train.labels, project.recipe.validation)[1]
    assert found.positions.tolist() == aside.tolist()
    assert found.labels.tolist() == images.train.labels[aside].tolist()
    module = build(run.source_text()).eval()
    module.load_state_dict(load_file(run.weights_file))
    pixels = images.train.images[aside].astype(np.float32) / 255
    inputs = (torch.from_numpy(pixels) - images.mean[0]) / images.std[0]
    with torch.no_grad():
        guesses = module(inputs).argmax(1)
    # A tie to rounding may fall either way.
    assert (guesses.numpy() != found.guesses).sum() <= 1
    end = next(e for e in reversed(events) if isinstance(e, EpochEnded))
    assert end.val_accuracy == pytest.approx((found.guesses == found.labels).mean())
    assert found.step == end.step


def test_a_network_that_rebuilds_images_guesses_nothing(tmp_path: Path) -> None:
    project = chain(SMALL[0], SMALL[1], replace(SMALL[1], out_channels=1, padding=2), SMALL[-1])
    project = replace(project, recipe=replace(project.recipe, loss=MSELoss(), epochs=1))
    run, _ = trained(project, tmp_path)
    assert run.state().status == "finished", run.state().message
    assert read_predictions(run, "validation") is None


def test_the_figures_are_those_of_scikit_learn() -> None:
    generator = np.random.default_rng(3)
    labels, guesses = generator.integers(0, 7, 500), generator.integers(0, 7, 500)
    matrix = confusion(labels, guesses, 7)
    assert (matrix == confusion_matrix(labels, guesses, labels=range(7))).all()
    precision, recall = precision_recall(matrix)
    assert precision == pytest.approx(precision_score(labels, guesses, average=None))
    assert recall == pytest.approx(recall_score(labels, guesses, average=None))


def test_a_class_that_is_never_guessed_or_never_seen_has_no_such_figure() -> None:
    precision, recall = precision_recall(confusion(np.array([0, 0]), np.array([0, 2]), 3))
    assert precision[0] == 1 and np.isnan(precision[1]) and precision[2] == 0
    assert recall[0] == 0.5 and np.isnan(recall[1]) and np.isnan(recall[2])


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return run_of(small(), tmp_path)


def test_what_is_written_is_read_again(run: RunDirectory) -> None:
    written = Predictions(7, np.array([3, 9]), np.array([0, 999]), np.array([1, 0]))
    write_predictions(run, "test", written)
    found = read_predictions(run, "test")
    assert found is not None and found.step == 7
    for column in ("positions", "labels", "guesses"):
        assert getattr(found, column).tolist() == getattr(written, column).tolist()
    assert read_predictions(run, "validation") is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a file of tensors",
        save({"positions": np.zeros(2, np.int32)}, {"step": "1"}),
        save({n: np.zeros(k, np.int32) for n, k in (("positions", 1), ("labels", 2), ("guesses", 2))}, {"step": "1"}),
        save({n: np.zeros(2, np.float32) for n in ("positions", "labels", "guesses")}, {"step": "1"}),
        save({n: np.full(2, -1, np.int32) for n in ("positions", "labels", "guesses")}, {"step": "1"}),
        save({n: np.zeros(2, np.int32) for n in ("positions", "labels", "guesses")}),
    ],
)  # fmt: skip
def test_a_damaged_file_is_told(run: RunDirectory, data: bytes) -> None:
    file = run.predictions_file("test")
    file.parent.mkdir()
    file.write_bytes(data)
    with pytest.raises(RunError, match=r"test\.safetensors"):
        read_predictions(run, "test")
