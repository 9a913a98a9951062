"""Batches hold every image once, in the order that is asked for, normalised as the run says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.images import statistics
from engine.training.batches import Batches, Normalizer

CPU = torch.device("cpu")


def numbered(count: int) -> Batches:
    """Images of 1 x 1 whose label is their number."""
    images = np.zeros((count, 1, 1, 1), np.uint8)
    labels = np.arange(count)
    return Batches(images, labels, labels, Normalizer([0], [1], CPU), CPU)


def test_pixels_are_normalised_as_the_formula_says_and_lie_channels_last() -> None:
    images = np.random.default_rng(3).integers(0, 256, (5, 3, 4, 6), np.uint8)
    mean, std = statistics(images)
    batches = Batches(images, np.arange(5), np.arange(5), Normalizer(mean, std, CPU), CPU)
    pixels, _ = batches.first(5)
    values = batches.normalize(pixels)
    middle, spread = np.reshape(mean, (3, 1, 1)), np.reshape(std, (3, 1, 1))
    assert values.numpy() == pytest.approx((images / 255 - middle) / spread, abs=1e-5)
    assert values.is_contiguous(memory_format=torch.channels_last)
    assert values.mean().item() == pytest.approx(0, abs=1e-5)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 60), st.integers(1, 70), st.booleans())
def test_every_image_comes_once_and_a_single_leftover_only_if_wanted(
    count: int, size: int, keep_single: bool
) -> None:
    batches = numbered(count)
    cut = list(batches.cut(size, torch.Generator().manual_seed(0), keep_single))
    lengths = [len(labels) for _, labels in cut]
    dropped = not keep_single and size > 1 and count > 1 and count % size == 1
    assert sum(lengths) == count - dropped == batches.images(size, keep_single)
    assert len(cut) == batches.batches(size, keep_single)
    assert all(length == size for length in lengths[:-1])
    seen = torch.cat([labels for _, labels in cut]).tolist()
    assert len(set(seen)) == len(seen)


def test_the_order_is_new_each_time_and_the_same_for_the_same_seed() -> None:
    def order(shuffle: torch.Generator | None) -> list[int]:
        return torch.cat([labels for _, labels in numbered(50).cut(8, shuffle)]).tolist()

    shuffle = torch.Generator().manual_seed(1)
    first, second = order(shuffle), order(shuffle)
    assert first != second
    assert first == order(torch.Generator().manual_seed(1))
    assert order(None) == list(range(50))


def test_images_are_shuffled_with_their_labels_across_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.training.batches._BLOCK", 20)
    images = np.arange(200, dtype=np.uint8).reshape(200, 1, 1, 1)
    batches = Batches(images, np.arange(200), np.arange(0, 200, 2), Normalizer([0], [1], CPU), CPU)
    pixels, labels = zip(*batches.cut(7, torch.Generator().manual_seed(2)), strict=True)
    assert torch.cat(pixels).flatten().tolist() == torch.cat(labels).tolist()
    assert sorted(torch.cat(labels).tolist()) == list(range(0, 200, 2))


def test_images_mapped_from_the_disk_stay_there(tmp_path: Path) -> None:
    file = tmp_path / "pixels"
    file.write_bytes(bytes(range(240)))
    mapped = np.memmap(file, np.uint8, "c", shape=(5, 4, 4, 3)).transpose(0, 3, 1, 2)
    batches = Batches(mapped, np.arange(5), np.arange(5), Normalizer([0] * 3, [1] * 3, CPU), CPU)
    assert batches._images.data_ptr() == mapped.ctypes.data
    pixels, labels = next(batches.cut(3, torch.Generator().manual_seed(1)))
    assert (pixels.numpy() == mapped.transpose(0, 2, 3, 1)[labels.numpy()]).all()


def test_images_too_many_for_a_device_are_sent_a_block_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    device = torch.device("meta")
    monkeypatch.setattr("engine.training.batches._room", lambda device: 100.0)
    few, many = (np.zeros((count, 1, 1, 1), np.uint8) for count in (50, 51))
    for images, home in ((few, "meta"), (many, "cpu")):
        numbers = np.arange(len(images))
        batches = Batches(images, numbers, numbers, Normalizer([0], [1], device), device)
        assert batches._images.device.type == home
        for pixels, labels in batches.cut(8, torch.Generator().manual_seed(1)):
            assert pixels.device == labels.device == device
