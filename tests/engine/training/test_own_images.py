"""A training on a person's own image files, some of them broken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load_file

from engine.data import DataChoice, load
from engine.data.images import parted, split
from engine.layers.catalogue import layer
from engine.network.project import Project
from engine.training.batches import Batches, Normalizer
from engine.training.events import EpochEnded, Finished, Started
from tests.engine.training.drawing import chain, trained

LAYERS = (
    layer("Input", shape=(3, 8, 8)),
    layer("Conv2d", out_channels=4, kernel_size=3),
    layer("ReLU"),
    layer("Flatten"),
    layer("Linear", out_features=2),
    layer("Output"),
)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """120 images to learn from and 20 to test on: dark ones, and light ones, with noise."""
    chance = np.random.default_rng(1)
    for part, count in (("train", 60), ("test", 10)):
        for name, level in (("dark", 60), ("light", 190)):
            folder = tmp_path / "photos" / part / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = chance.integers(level - 50, level + 50, (10, 12, 3), np.uint8)
                Image.fromarray(pixels).save(folder / f"{number}.png")
    return tmp_path / "photos"


def project_of(folder: Path) -> Project:
    project = chain(*LAYERS)
    recipe = replace(project.recipe, epochs=4, batch_size=20)
    return replace(project, data=DataChoice("folder", str(folder)), recipe=recipe)


def test_a_folder_of_images_is_learned(photos: Path, tmp_path: Path) -> None:
    run, events = trained(project_of(photos), tmp_path / "runs")
    assert run.state().status == "finished", run.state().message
    assert run.state().classes == ("dark", "light")
    finished = events[-1]
    assert isinstance(finished, Finished) and finished.test_accuracy == 1.0
    assert next(event for event in events if isinstance(event, Started)).remark == ""


def test_broken_images_do_not_end_the_run_and_are_told(photos: Path, tmp_path: Path) -> None:
    for number in range(3):
        (photos / "train" / "dark" / f"{number}.png").write_bytes(b"broken")
    run, events = trained(project_of(photos), tmp_path / "runs")
    assert run.state().status == "finished", run.state().message
    started = next(event for event in events if isinstance(event, Started))
    assert started.train_images + started.validation_images == 117
    assert started.remark.startswith("3 image files were left out or changed, each named in ")
    assert "0.png is no image that can be opened" in started.remark
    log = run.log_file.read_text(encoding="utf-8")
    assert all(f"{number}.png is no image" in log for number in range(3))


def test_images_of_a_validation_folder_are_checked_on_and_not_learned_from(
    photos: Path, tmp_path: Path
) -> None:
    (photos / "test").rename(photos / "val")
    run, events = trained(project_of(photos), tmp_path / "runs")
    assert run.state().status == "finished", run.state().message
    started = next(event for event in events if isinstance(event, Started))
    assert (started.train_images, started.validation_images) == (120, 20)
    last = [event for event in events if isinstance(event, EpochEnded)][-1]
    assert last.val_accuracy == 1.0 and events[-1] == Finished(None, None)
    # What the run says of them is of them: the outputs that it leaves are those of their pixels.
    images = load(DataChoice("folder", str(photos)), (3, 8, 8))
    kept, aside = parted(images.train, 0.5)
    assert kept.tolist() == list(range(120)) and aside.tolist() == list(range(120, 140))
    state = run.state()
    mean, std = (np.array(row, np.float32)[:, None, None] for row in (state.mean, state.std))
    pixels = (images.train.images[aside] / np.float32(255) - mean) / std
    assert np.allclose(load_file(run.outputs_file)["inputs"], pixels, atol=1e-5)


def test_mapped_images_are_not_copied_into_memory(photos: Path) -> None:
    images = load(DataChoice("folder", str(photos)), (3, 8, 8))
    kept, _ = split(images.train.labels, 0.1)
    device = torch.device("cpu")
    normalizer = Normalizer(images.mean, images.std, device)
    batches = Batches(images.train.images, images.train.labels, kept, normalizer, device)
    images.train.images[int(kept[0])] = 77
    assert (batches.first(1)[0] == 77).all()
