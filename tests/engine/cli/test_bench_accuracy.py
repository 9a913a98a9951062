"""`bench accuracy`: that the script in plain PyTorch is the template's network and recipe, and that both run."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import resources
from engine.cli import bench_accuracy, bench_resnet8
from engine.codegen import write
from engine.network import storage
from engine.training.build import build


@pytest.fixture
def template():
    return storage.load(resources.TEMPLATES / "resnet8.convo")


@pytest.fixture
def cifar(tmp_path):
    """A folder like CIFAR-10's, with 200 images and 50 for testing."""
    chance = np.random.default_rng(0)
    for name, count in (("data_batch_1.bin", 200), ("test_batch.bin", 50)):
        records = chance.integers(0, 256, (count, 3073), np.uint8)
        records[:, 0] = np.arange(count) % 10
        records.tofile(tmp_path / name)
    return tmp_path


def test_the_script_has_the_recipe_of_the_template(template):
    recipe = template.recipe
    optimizer, schedule = recipe.optimizer, recipe.schedule
    shift, flip = recipe.augmentations

    assert (recipe.epochs, recipe.batch_size) == (bench_resnet8.EPOCHS, bench_resnet8.BATCH)
    assert recipe.validation == bench_resnet8.ASIDE
    assert recipe.ema_decay == bench_resnet8.AVERAGE
    assert recipe.initialization == "he"
    assert (recipe.accumulate, recipe.clip_norm, recipe.patience) == (1, None, None)
    assert recipe.loss.kind() == "CrossEntropyLoss" and recipe.loss.label_smoothing == 0
    assert optimizer.kind() == "SGD" and optimizer.nesterov
    assert optimizer.learning_rate == bench_resnet8.RATE
    assert (optimizer.momentum, optimizer.weight_decay) == (
        bench_resnet8.MOMENTUM,
        bench_resnet8.DECAY,
    )
    assert schedule.kind() == "OneCycleLR" and schedule.pct_start == bench_resnet8.RISING
    assert (shift.kind(), shift.pixels, shift.border) == ("Shift", bench_resnet8.SHIFT, "reflect")
    assert (flip.kind(), flip.probability) == ("HorizontalFlip", 0.5)


def test_the_script_has_the_network_of_the_template(template):
    ours = build(write(template).text).train()
    images = torch.randint(0, 256, (8, 3, 32, 32), dtype=torch.uint8)
    by_hand = bench_resnet8.resnet8(images).train()
    with torch.no_grad():
        pairs = zip(ours.parameters(), by_hand.parameters(), strict=True)
        for own, other in pairs:
            own.copy_(other)

    normalised = by_hand[0](images.float())
    torch.testing.assert_close(ours(normalised), by_hand(images.float()), rtol=1e-4, atol=1e-5)


def test_a_moved_image_keeps_its_pixels_and_mirrors_them_at_its_border():
    torch.manual_seed(0)
    images = torch.arange(32).expand(64, 3, 32, 32).to(torch.uint8)

    moved = bench_resnet8.augmented(images)

    assert moved.shape == (64, 3, 32, 32)
    rows = {tuple(row.int().tolist()) for row in moved[:, 0, 5]}
    ways = [[abs(x + d) if x + d < 32 else 62 - x - d for x in range(32)] for d in range(-4, 5)]
    assert rows <= {tuple(way) for way in ways} | {tuple(reversed(way)) for way in ways}
    assert len(rows) > 9


def test_both_are_trained_and_compared(convoscope, cifar):
    found = json.loads(
        convoscope("bench", "accuracy", "--quick", "--json", "--data", str(cifar)).out
    )

    for name in ("ours", "by_hand"):
        key = f"resnet8_cifar10_{name}"
        assert found[f"{key}_each"] == [found[key]]
        assert 0 <= found[key] <= 1
    assert found["epochs"] == 1
    difference = found["resnet8_cifar10_ours"] - found["resnet8_cifar10_by_hand"]
    assert found["resnet8_cifar10_difference"] == pytest.approx(difference, abs=1e-3)


def test_means_are_told_with_what_chance_makes_of_them(convoscope, cifar, monkeypatch):
    monkeypatch.setattr(bench_accuracy, "_ours", lambda folder, seed, epochs: 0.8 + seed / 100)
    monkeypatch.setattr(bench_accuracy, "_by_hand", lambda folder, seed, epochs: 0.8)

    said = convoscope("bench", "accuracy", "--data", str(cifar)).out

    assert "the template   81.00% ± 1.00%  (80.00%, 81.00%, 82.00%)" in said
    assert "difference     +1.00%, with a standard error of 0.58%" in said


def test_images_that_are_not_there_are_one_sentence(refused, tmp_path):
    assert "lacks the files of CIFAR-10" in refused("bench", "accuracy")
    assert "lies in one" in refused("bench", "accuracy", "--data", "a", "--data", "b")
    assert "--seeds must be 1 or more, not 0" in refused("bench", "accuracy", "--seeds", "0")
