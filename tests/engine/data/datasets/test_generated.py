"""Drawn datasets are the same every time, balanced, and as hard as they claim."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.data import DataChoice, catalogue, load
from engine.data.generated import Generated
from engine.layers.base import Layer
from engine.layers.catalogue import layer
from engine.training.events import Finished
from tests.engine.training.drawing import chain, trained

NAMES = [name for name, item in catalogue().items() if isinstance(item, Generated)]


@pytest.mark.parametrize("name", NAMES)
def test_the_same_images_are_drawn_every_time_and_each_class_as_often(name: str) -> None:
    dataset = catalogue()[name]
    small = replace(dataset, train_images=12 * len(dataset.classes), test_images=8)
    first, again = (small.read(None, lambda *_: None) for _ in range(2))
    assert np.array_equal(first[0].images, again[0].images)
    assert first[0].images.shape[1:] == dataset.shape
    assert np.bincount(first[0].labels).tolist() == [12] * len(dataset.classes)
    assert first[1] is not None and len(first[1]) == 8


def test_gratings_run_the_way_that_their_class_says() -> None:
    part = load(DataChoice("gratings"), (1, 32, 32)).train
    images = part.images[:, 0].astype(float)
    across = np.abs(np.diff(images, axis=2)).mean((1, 2))
    down = np.abs(np.diff(images, axis=1)).mean((1, 2))
    # Of a rising line the pixel above to the right is alike, of a falling one that above to the left.
    rising = np.abs(images[:, 1:, :-1] - images[:, :-1, 1:]).mean((1, 2))
    falling = np.abs(images[:, 1:, 1:] - images[:, :-1, :-1]).mean((1, 2))
    way = part.labels % 4
    assert (down > across)[way == 0].mean() > 0.95 and (across > down)[way == 2].mean() > 0.95
    assert (falling > rising)[way == 1].mean() > 0.95 and (rising > falling)[way == 3].mean() > 0.95


def test_no_pixel_of_the_lines_tells_the_class() -> None:
    part = load(DataChoice("lines"), (1, 32, 32)).train
    means = [part.images[part.labels == label].mean(0) for label in (0, 1)]
    assert np.abs(means[0] - means[1]).max() < 8


def accuracy(name: str, tmp_path: Path, *layers: Layer, epochs: int) -> float:
    """The part of the test images that a network answers rightly after so many epochs."""
    project = chain(layer("Input", shape=(1, 32, 32)), *layers, layer("Output"))
    recipe = replace(project.recipe, epochs=epochs, batch_size=50)
    project = replace(project, data=DataChoice(name), recipe=recipe)
    run, events = trained(project, tmp_path)
    finished = events[-1]
    assert isinstance(finished, Finished), run.state().message
    assert finished.test_accuracy is not None
    return finished.test_accuracy


def network(classes: int) -> tuple[Layer, ...]:
    """A convolution, and the strongest answer of each of its filters anywhere."""
    return (
        layer("Conv2d", out_channels=8, kernel_size=7),
        layer("ReLU"),
        layer("AdaptiveMaxPool2d", output_size=1),
        layer("Flatten"),
        layer("Linear", out_features=classes),
    )


def test_at_the_lines_a_perceptron_fails_and_a_convolution_does_not(tmp_path: Path) -> None:
    perceptron = (layer("Flatten"), layer("Linear", out_features=2))
    assert accuracy("lines", tmp_path, *perceptron, epochs=10) < 0.6
    assert accuracy("lines", tmp_path, *network(2), epochs=4) > 0.95


def test_edges_and_gratings_are_learned(tmp_path: Path) -> None:
    assert accuracy("gratings", tmp_path, *network(8), epochs=5) > 0.9
