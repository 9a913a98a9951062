"""Weights begin as the recipe says, the same for the same seed."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from engine.recipe.recipe import INITIALIZATIONS
from engine.recipe.sgd import SGD
from engine.training.initialize import initialize
from tests.engine.training.drawing import small, trained


def layers() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(16, 64, 3), nn.BatchNorm2d(64), nn.Flatten(), nn.Linear(256, 100)
    )


@pytest.mark.parametrize(
    ("name", "convolution", "dense"),
    [
        ("he", math.sqrt(2 / (16 * 9)), math.sqrt(2 / 256)),
        ("xavier", math.sqrt(2 / (80 * 9)), math.sqrt(2 / 356)),
    ],
)
def test_weights_have_the_deviation_of_the_formula(
    name: str, convolution: float, dense: float
) -> None:
    module = layers()
    initialize(module, name)
    assert module[0].weight.std().item() == pytest.approx(convolution, rel=0.05)
    assert module[3].weight.std().item() == pytest.approx(dense, rel=0.05)
    assert not module[0].bias.any() and not module[3].bias.any()
    assert bool((module[1].weight == 1).all())


def test_orthogonal_weights_are() -> None:
    module = layers()
    initialize(module, "orthogonal")
    weight = module[3].weight
    assert torch.allclose(weight @ weight.T, torch.eye(100), atol=1e-5)


@pytest.mark.parametrize("name", INITIALIZATIONS)
def test_channels_that_lie_last_begin_with_the_same_weights(name: str) -> None:
    first, last = layers(), layers().to(memory_format=torch.channels_last)
    for module in (first, last):
        torch.manual_seed(1)
        initialize(module, name)
    assert last[0].weight.is_contiguous(memory_format=torch.channels_last)
    for one, other in zip(first.parameters(), last.parameters(), strict=True):
        assert torch.equal(one, other)


def test_pytorchs_own_are_left_alone() -> None:
    module, twin = layers(), layers()
    initialize(module, "pytorch")
    assert all(
        torch.equal(one, other)
        for one, other in zip(module.parameters(), twin.parameters(), strict=True)
    )


def test_a_run_begins_with_them_the_same_each_time(tmp_path: Path) -> None:
    still = SGD(learning_rate=1e-9, momentum=0.0)
    found = {}
    for name in INITIALIZATIONS:
        project = small(epochs=1, initialization=name, optimizer=still, batch_size=512)
        weights = [load_file(trained(project, tmp_path)[0].weights_file) for _ in range(2)]
        assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
        found[name] = weights[0]["classifier.linear4.weight"].std().item()
    assert found["pytorch"] == pytest.approx(1 / math.sqrt(3 * 288), rel=0.05)
    assert found["he"] == pytest.approx(math.sqrt(2 / 288), rel=0.05)
    assert found["xavier"] == pytest.approx(math.sqrt(2 / 298), rel=0.05)
    assert found["orthogonal"] == pytest.approx(1 / math.sqrt(288), rel=0.05)
