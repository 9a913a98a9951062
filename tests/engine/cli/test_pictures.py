from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.cli.pictures import DIVERGING, SEQUENTIAL, colored, curves, feature_maps, ticks
from engine.training.events import EpochEnded, Started, Steps


def rgb(color: str) -> list[int]:
    return [int(color[at : at + 2], 16) for at in (1, 3, 5)]


def test_signed_values_are_coloured_around_zero():
    pixels = colored(np.array([[-2.0, 0.0, 1.0]], np.float32), -2.0, 1.0)
    assert pixels[0, 0].tolist() == rgb(DIVERGING[0])
    assert pixels[0, 1].tolist() == rgb(DIVERGING[2])
    assert pixels[0, 2].tolist() != rgb(DIVERGING[-1])


def test_unsigned_values_are_coloured_from_zero():
    pixels = colored(np.array([[0.0, 4.0]], np.float32), 0.0, 4.0)
    assert pixels[0].tolist() == [rgb(SEQUENTIAL[0]), rgb(SEQUENTIAL[-1])]


def test_maps_that_are_zero_everywhere_have_a_colour():
    assert colored(np.zeros((2, 2), np.float32), 0.0, 0.0).shape == (2, 2, 3)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_few_and_enclose_the_range(low, span):
    found = ticks(low, low + span)
    slack = 1e-6 * max(1, abs(low), span)
    assert found[0] <= low + slack
    assert found[-1] >= low + span - slack
    assert 2 <= len(found) <= 8


def test_curves_are_drawn_of_a_run_and_of_one_that_has_no_epoch_yet(tmp_path):
    events = [
        Started("cpu", 1, 2, 2, 100, 0, 10),
        Steps(2, (2.0, 1.5), (0.1, 0.4), 100.0, 1.0),
        EpochEnded(1, 2, 1.7, 0.3, None, None, 100.0, 1.0),
    ]
    for name, told in (("all.png", events), ("none.png", [])):
        curves("Kurven", told, tmp_path / name)
        with Image.open(tmp_path / name) as picture:
            assert picture.size == (2240, 920)


def test_a_run_without_accuracy_has_its_loss_alone_drawn(tmp_path):
    events = [
        Started("cpu", 1, 2, 2, 100, 0, 10, "mean squared error", False),
        Steps(2, (2.0, 1.5), (), 100.0, 1.0),
        EpochEnded(1, 2, 1.7, None, 1.6, None, 100.0, 1.0),
    ]
    curves("Autoencoder", events, tmp_path / "loss.png")
    with Image.open(tmp_path / "loss.png") as picture:
        assert picture.size == (1160, 920)


def test_feature_maps_are_drawn_a_strip_per_node(tmp_path):
    image = np.zeros((3, 8, 8), np.float32)
    maps = {"conv1 · 20×8×8": np.random.default_rng(0).normal(size=(20, 8, 8)).astype(np.float32)}
    feature_maps("Karten", image, maps, tmp_path / "maps.png")
    with Image.open(tmp_path / "maps.png") as picture:
        assert picture.height > 400
