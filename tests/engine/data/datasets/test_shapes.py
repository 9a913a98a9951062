"""Drawn figures are the same every time, balanced, and quick to draw."""

from __future__ import annotations

import time

import numpy as np

from engine.data import DataChoice, load


def test_the_same_figures_are_drawn_every_time_and_quickly() -> None:
    began = time.process_time()
    first = load(DataChoice("shapes"), (3, 32, 32))
    assert time.process_time() - began < 3
    second = load(DataChoice("shapes"), (3, 32, 32))
    assert np.array_equal(first.train.images, second.train.images)
    assert first.test is not None and len(first.test) == 1200
    assert not np.array_equal(first.train.images[:100], first.test.images[:100])


def test_every_class_is_drawn_equally_often() -> None:
    labels = load(DataChoice("shapes"), (3, 32, 32)).train.labels
    assert np.bincount(labels).tolist() == [1000] * 6


def test_every_figure_stands_out_from_its_ground() -> None:
    images = load(DataChoice("shapes"), (3, 32, 32)).train.images.astype(float)
    assert images.std((2, 3)).mean(1).min() > 8
