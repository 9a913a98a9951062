"""Augmented batches against plain computations: numpy pixel by pixel, Pillow, scipy, and torch's own losses."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image, ImageEnhance
from scipy import ndimage
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from engine.recipe.augmentation.base import Augmentation
from engine.recipe.augmentation.change import Colored, Covered, Mixed, Moved
from engine.recipe.augmentation.color_jitter import ColorJitter
from engine.recipe.augmentation.cutout import Cutout
from engine.recipe.augmentation.horizontal_flip import HorizontalFlip
from engine.recipe.augmentation.mixup import Mixup
from engine.recipe.augmentation.rotation import Rotation
from engine.recipe.augmentation.scale import Scale
from engine.recipe.augmentation.shift import Shift
from engine.recipe.augmentation.vertical_flip import VerticalFlip
from engine.recipe.bce import BCEWithLogitsLoss
from engine.recipe.cross_entropy import CrossEntropyLoss
from engine.recipe.hinge import MultiMarginLoss
from engine.recipe.loss import Loss
from engine.recipe.mse import MSELoss
from engine.recipe.nll import NLLLoss
from engine.recipe.recipe import AUGMENTATIONS, Recipe
from engine.training.augment import Augmenter, partners, share_of
from engine.training.batches import Normalizer
from engine.training.errors import TrainingError
from engine.training.events import EpochEnded, Steps
from engine.training.losses import Objective
from tests.engine.training.drawing import run_of, small, trained
from tests.engine.training.test_losses import autoencoder
from tests.engine.training.test_resume import finished, losses

CPU = torch.device("cpu")
MEAN = (0.2, 0.5, 0.7)
Images = NDArray[np.uint8]


def images(count: int = 6, height: int = 9, width: int = 12, channels: int = 3) -> Images:
    """Bytes (n, height, width, channels), smooth enough that a place between pixels has a meaning."""
    generator = np.random.default_rng(1)
    rough = generator.uniform(20, 235, (count, height, width, channels))
    return ndimage.gaussian_filter(rough, (0, 1, 1, 0)).round().astype(np.uint8)


def augmenter(*items: Augmentation, shape: Sequence[int] = (3, 9, 12), seed: int = 3) -> Augmenter:
    return Augmenter(items, seed, MEAN[: shape[0]], shape, CPU)


def changed(
    pixels: Images, *items: Augmentation, step: int = 0
) -> tuple[NDArray[np.float64], Sequence[object]]:
    """What becomes of images, and what was drawn for it."""
    count, height, width, channels = pixels.shape
    tool = augmenter(*items, shape=(channels, height, width))
    drawn = tool.draw(step, count)
    before = torch.from_numpy(pixels.copy())
    after = tool.change(before, drawn)
    assert torch.equal(before, torch.from_numpy(pixels)), "the images themselves stay as they are"
    return after.numpy().astype(np.float64), drawn


@pytest.mark.parametrize("item", [HorizontalFlip(), VerticalFlip()])
def test_flips_are_numpys(item: HorizontalFlip | VerticalFlip) -> None:
    pixels = images(20)
    after, (moved,) = changed(pixels, item)
    assert isinstance(moved, Moved)
    axis = 1 if isinstance(item, HorizontalFlip) else 0
    flips = moved.matrix[:, axis, axis] < 0
    assert 0 < flips.sum() < 20
    for before, now, flip in zip(pixels, after, flips, strict=True):
        assert (now == (np.flip(before, axis) if flip else before)).all()


@pytest.mark.parametrize("border", ["reflect", "mean", "black"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_shift_is_a_crop_of_the_padded_image(border: str, channels: int) -> None:
    pixels = images(30, channels=channels)
    after, (moved,) = changed(pixels, Shift(pixels=4, border=border))
    assert isinstance(moved, Moved)
    for before, now, offset in zip(pixels, after, moved.offset.astype(int), strict=True):
        around = ((4, 4), (4, 4))
        planes = []
        for channel in range(channels):
            plane, level = before[..., channel], MEAN[channel] * 255
            planes.append(
                np.pad(plane, around, "reflect")
                if border == "reflect"
                else np.pad(plane, around, constant_values=round(level) if border == "mean" else 0)
            )
        y, x = 4 + offset
        assert (now == np.stack(planes, -1)[y : y + 9, x : x + 12]).all()


def test_a_shift_may_reach_over_an_image_and_back() -> None:
    line = images(4, height=1, width=6)
    tool = augmenter(Shift(pixels=1), shape=(3, 2, 6))
    still = Moved(np.tile(np.eye(2), (4, 1, 1)), np.array([[9.0, 0]] * 4), "reflect", whole=True)
    assert torch.equal(tool.change(torch.from_numpy(line), [still]), torch.from_numpy(line))
    far = replace(still, offset=np.array([[0, 23.0]] * 4))
    expected = np.stack([np.pad(item[0], ((0, 40), (0, 0)), "reflect")[23:29] for item in line])
    assert (tool.change(torch.from_numpy(line), [far]).numpy()[:, 0] == expected).all()


def bilinear(image: Images, row: float, column: float, border: str) -> NDArray[np.float64]:
    """A value between pixels (channels,), by the definition."""
    height, width, _ = image.shape

    def at(y: int, x: int) -> NDArray[np.float64]:
        if border == "reflect":  # about the edge, which lies half a pixel outside
            y, x = (
                min(value % (2 * size), 2 * size - 1 - value % (2 * size))
                for value, size in ((y, height), (x, width))
            )
        elif not (0 <= y < height and 0 <= x < width):
            return np.zeros(3) if border == "black" else np.round(np.array(MEAN) * 255)
        return image[y, x].astype(np.float64)

    top, left = math.floor(row), math.floor(column)
    down, across = row - top, column - left
    upper = (1 - across) * at(top, left) + across * at(top, left + 1)
    lower = (1 - across) * at(top + 1, left) + across * at(top + 1, left + 1)
    return (1 - down) * upper + down * lower


@pytest.mark.parametrize("border", ["reflect", "mean", "black"])
@pytest.mark.parametrize(
    "items",
    [
        (Rotation(degrees=60),),
        (Scale(part=0.5),),
        (Rotation(degrees=60), Scale(part=0.5), HorizontalFlip(), Shift(pixels=3)),
    ],
    ids=["rotation", "scale", "both, a flip and a shift"],
)
def test_places_between_pixels_are_weighed_by_nearness(
    items: tuple[Augmentation, ...], border: str
) -> None:
    items = tuple(
        item.changed(border=border) if "border" in item.values else item for item in items
    )
    pixels = images(4)
    after, drawn = changed(pixels, *items)
    (moved,) = drawn
    assert isinstance(moved, Moved)
    expected = np.empty_like(after)
    for number in range(4):
        for y in range(9):
            for x in range(12):
                place = moved.matrix[number] @ (y - 4, x - 5.5) + moved.offset[number] + (4, 5.5)
                expected[number, y, x] = bilinear(pixels[number], *place, border)
    assert after == pytest.approx(expected, abs=0.05)


def test_a_positive_angle_turns_counter_clockwise_as_pillow_does() -> None:
    pixels = images(5, height=15, width=15)
    after, (moved,) = changed(pixels, Rotation(degrees=50, border="black"))
    assert isinstance(moved, Moved)
    for before, now, matrix in zip(pixels, after, moved.matrix, strict=True):
        degrees = math.degrees(math.atan2(matrix[0, 1], matrix[0, 0]))
        turned = Image.fromarray(before).rotate(degrees, Image.Resampling.BILINEAR)
        middle = np.s_[4:-4, 4:-4]  # Beyond the edge Pillow weighs otherwise.
        assert np.abs(np.asarray(turned)[middle] - now[middle]).max() < 2


def test_a_factor_above_one_comes_nearer_as_scipy_zooms() -> None:
    pixels = images(5, height=15, width=15)
    after, (moved,) = changed(pixels, Scale(part=0.4))
    assert isinstance(moved, Moved)
    for before, now, matrix in zip(pixels, after, moved.matrix, strict=True):
        shift = 7 - matrix @ (7, 7)
        for channel in range(3):
            plane = before[..., channel].astype(float)
            zoomed = ndimage.affine_transform(plane, matrix, shift, order=1, mode="reflect")
            assert zoomed == pytest.approx(now[..., channel], abs=0.05)


def test_no_turn_and_no_change_of_size_leave_every_value() -> None:
    pixels = images()
    after, _ = changed(pixels, Rotation(degrees=0), Scale(part=0))
    assert after == pytest.approx(pixels.astype(float), abs=1e-3)


@pytest.mark.parametrize(
    ("name", "enhance"),
    [
        ("brightness", ImageEnhance.Brightness),
        ("contrast", ImageEnhance.Contrast),
        ("saturation", ImageEnhance.Color),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_light_and_colours_are_pillows(name: str, enhance: type, channels: int) -> None:
    pixels = images(8, channels=channels)
    none = {"brightness": 0.0, "contrast": 0.0, "saturation": 0.0, "hue": 0.0}
    after, (colored,) = changed(pixels, ColorJitter(**{**none, name: 0.9}))
    assert isinstance(colored, Colored)
    for before, now, factor in zip(pixels, after, getattr(colored, name), strict=True):
        picture = Image.fromarray(before if channels == 3 else before[..., 0])
        expected = np.asarray(enhance(picture).enhance(float(factor)), np.float64)
        assert now == pytest.approx(expected.reshape(before.shape), abs=1.6)


def test_a_turned_hue_keeps_brightness_and_strength_of_colour() -> None:
    pixels = images(6) // 4 + 96  # Far from black and white, so that nothing is cut off.
    after, (colored,) = changed(
        pixels, ColorJitter(brightness=0, contrast=0, saturation=0, hue=120)
    )
    assert isinstance(colored, Colored)
    for before, now, turn in zip(pixels, after, colored.hue, strict=True):
        for pixel, result in zip(before.reshape(-1, 3), now.reshape(-1, 3), strict=True):
            # Python's own YIQ has other, rounder numbers than BT.601.
            y, i, q = colorsys.rgb_to_yiq(*(pixel / 255))
            turned = (
                y,
                i * math.cos(turn) - q * math.sin(turn),
                i * math.sin(turn) + q * math.cos(turn),
            )
            assert colorsys.rgb_to_yiq(*(result / 255)) == pytest.approx(turned, abs=0.02)


def test_light_contrast_and_colours_together_are_one_after_the_other() -> None:
    pixels = images(6) // 4 + 96
    after, (colored,) = changed(pixels, ColorJitter(hue=0))
    assert isinstance(colored, Colored)
    luma = np.array([0.299, 0.587, 0.114])
    for number, now in enumerate(after):
        value = pixels[number] * colored.brightness[number]
        middle = (value @ luma).mean()
        value = middle + (value - middle) * colored.contrast[number]
        gray = (value @ luma)[..., None]
        value = gray + (value - gray) * colored.saturation[number]
        assert now == pytest.approx(value, abs=0.3)


def test_values_end_at_black_and_white() -> None:
    after, _ = changed(images(), ColorJitter(brightness=1.0, contrast=1.0))
    assert after.min() >= 0 and after.max() == 255


def square(drawn: Covered, number: int, height: int, width: int) -> NDArray[np.bool_]:
    """Where an image of a batch is covered, pixel by pixel."""
    covered = np.zeros((height, width), bool)
    top, left = (
        int(part * size) - drawn.size // 2
        for part, size in zip(drawn.middle[number], (height, width), strict=True)
    )
    for y in range(top, top + drawn.size):
        for x in range(left, left + drawn.size):
            if 0 <= y < height and 0 <= x < width:
                covered[y, x] = True
    return covered


@pytest.mark.parametrize("first", [(), (HorizontalFlip(), Shift(pixels=2))])
@pytest.mark.parametrize("size", [1, 4, 7])
def test_a_square_is_covered_with_the_mean(first: tuple[Augmentation, ...], size: int) -> None:
    pixels = images(20)
    without, _ = changed(pixels, *first)
    after, drawn = changed(pixels, *first, Cutout(size=size))
    covered = drawn[-1]
    assert isinstance(covered, Covered)
    for number in range(20):
        where = square(covered, number, 9, 12)
        assert (after[number][where] == [round(part * 255) for part in MEAN]).all()
        assert (after[number][~where] == without[number][~where]).all()


def test_a_square_that_is_covered_first_moves_with_the_image() -> None:
    pixels = images(20)
    covered, drawn = changed(pixels, Cutout(size=5))
    after, both = changed(pixels, Cutout(size=5), HorizontalFlip(probability=1.0))
    assert isinstance(drawn[0], Covered) and isinstance(both[0], Covered)
    assert (drawn[0].middle == both[0].middle).all()
    assert (after == covered[:, :, ::-1]).all()


def test_black_borders_and_covered_squares_keep_their_own_fill() -> None:
    pixels = np.full((30, 9, 12, 3), 200, np.uint8)
    shifted, _ = changed(pixels, Shift(pixels=4, border="black"))
    after, drawn = changed(pixels, Shift(pixels=4, border="black"), Cutout(size=4))
    covered = drawn[-1]
    assert isinstance(covered, Covered)
    assert (shifted == 0).any()
    for number in range(30):
        where = square(covered, number, 9, 12)
        assert (after[number][where] == [round(part * 255) for part in MEAN]).all()
        assert (after[number][~where] == shifted[number][~where]).all()


@pytest.mark.parametrize("count", [1, 2, 7, 8])
def test_each_image_is_mixed_with_its_neighbour(count: int) -> None:
    pixels = images(count)
    after, (mixed,) = changed(pixels, Mixup(alpha=1.0))
    assert isinstance(mixed, Mixed)
    for number, now in enumerate(after):
        other = number + 1 if number % 2 == 0 else number - 1
        other = number if other == count else other
        expected = mixed.share * pixels[number].astype(float) + (1 - mixed.share) * pixels[other]
        assert now == pytest.approx(expected, abs=1e-3)


def test_pixels_that_were_computed_are_normalised_without_being_rounded() -> None:
    pixels = torch.from_numpy(images())
    tool = augmenter(Mixup(alpha=5.0))
    drawn = tool.draw(0, len(pixels))
    for last in (True, False):
        normalize = Normalizer(MEAN, (0.3, 0.2, 0.1), CPU, last)
        whole, mixed = normalize(pixels), normalize(tool.change(pixels, drawn))
        share = share_of(drawn)
        assert torch.allclose(
            mixed, share * whole + (1 - share) * partners(whole), atol=1e-5, rtol=1e-5
        )
        assert mixed.is_contiguous(
            memory_format=torch.channels_last if last else torch.contiguous_format
        )


ALL = (*(kind() for kind in AUGMENTATIONS.values() if not kind.mixes), Mixup())


def test_a_step_is_drawn_from_the_seed_and_its_number_alone() -> None:
    pixels = torch.from_numpy(images(8))
    tool, again = augmenter(*ALL), augmenter(*ALL)
    first = [tool.change(pixels, tool.draw(step, 8)) for step in range(4)]
    assert not any(torch.equal(first[0], other) for other in first[1:])
    assert torch.equal(again.change(pixels, again.draw(2, 8)), first[2])
    other = augmenter(*ALL, seed=4)
    assert not torch.equal(other.change(pixels, other.draw(2, 8)), first[2])


def test_later_augmentations_leave_the_draws_of_earlier_ones() -> None:
    alone, more = (augmenter(*items) for items in ((Rotation(),), (Rotation(), ColorJitter())))
    one, two = alone.draw(5, 4)[0], more.draw(5, 4)[0]
    assert isinstance(one, Moved) and isinstance(two, Moved)
    assert (one.matrix == two.matrix).all()


def test_parts_of_a_batch_become_what_they_do_in_the_whole() -> None:
    pixels = torch.from_numpy(images(12))
    tool = augmenter(*ALL)
    drawn = tool.draw(7, 12)
    whole = tool.change(pixels, drawn)
    for size in (4, 6):
        parts = [
            tool.change(pixels[start : start + size], drawn, start) for start in range(0, 12, size)
        ]
        assert torch.allclose(torch.cat(parts), whole, atol=1e-3)


def test_an_augmentation_larger_than_the_images_is_refused_before_the_first_step() -> None:
    with pytest.raises(
        TrainingError, match=r"Shift has pixels 9, but the images are 9 × 12 px; .* less than 9\."
    ):
        augmenter(Shift(pixels=9))
    with pytest.raises(TrainingError, match=r"Cutout has size 12, but"):
        augmenter(Cutout(size=12))


# Losses of mixed labels

SCORES, LABELS = torch.randn(7, 10), torch.tensor([3, 1, 0, 9, 3, 3, 5])
IMAGES = torch.randn(7, 1, 8, 8)
SHARE = 0.7


def soft(classes: int, labels: Tensor) -> Tensor:
    """Mixed labels (n, classes) as rows of parts."""
    one = torch.eye(classes)[labels]
    return SHARE * one + (1 - SHARE) * torch.eye(classes)[partners(labels)]


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_mixed_cross_entropy_is_torchs_with_soft_labels(smoothing: float) -> None:
    objective = Objective(Recipe(loss=CrossEntropyLoss(label_smoothing=smoothing)))
    expected = cross_entropy(SCORES, soft(10, LABELS), label_smoothing=smoothing)
    assert objective.mixed(SCORES, IMAGES, LABELS, SHARE).item() == pytest.approx(expected.item())


def test_mixed_cross_entropy_of_balanced_classes_is_the_mean_of_the_weighted() -> None:
    counts = [1, 2, 3, 4, 5, 5, 4, 3, 2, 1]
    objective = Objective(Recipe(loss=CrossEntropyLoss(balanced=True)), counts)
    weights = soft(10, LABELS) * torch.tensor([30 / 10 / count for count in counts])
    expected = -(weights * SCORES.log_softmax(1)).sum() / weights.sum()
    assert objective.mixed(SCORES, IMAGES, LABELS, SHARE).item() == pytest.approx(expected.item())


def test_mixed_binary_cross_entropy_is_torchs_with_targets_between_0_and_1() -> None:
    objective = Objective(Recipe(loss=BCEWithLogitsLoss()))
    scores, labels = SCORES[:, :1], LABELS % 2
    expected = binary_cross_entropy_with_logits(scores[:, 0], soft(2, labels)[:, 1])
    assert objective.mixed(scores, IMAGES, labels, SHARE).item() == pytest.approx(expected.item())


@pytest.mark.parametrize("loss", [NLLLoss(), MultiMarginLoss()])
def test_other_losses_of_classes_count_both_labels_by_their_share(loss: Loss) -> None:
    objective = Objective(Recipe(loss=loss))
    own, other = (objective(SCORES, IMAGES, item) for item in (LABELS, partners(LABELS)))
    mixed = objective.mixed(SCORES, IMAGES, LABELS, SHARE)
    assert mixed.item() == pytest.approx((SHARE * own + (1 - SHARE) * other).item())


def test_every_head_learns_mixed_labels() -> None:
    heads = (SCORES, torch.randn(7, 10))
    objective = Objective(Recipe(auxiliary_weight=0.3))
    first, second = (cross_entropy(head, soft(10, LABELS)) for head in heads)
    mixed = objective.mixed(heads, IMAGES, LABELS, SHARE)
    assert mixed.item() == pytest.approx((first + 0.3 * second).item())


def test_an_image_that_is_rebuilt_is_the_mixed_one() -> None:
    objective = Objective(Recipe(loss=MSELoss()))
    results = torch.randn(7, 1, 8, 8)
    plain = objective(results, IMAGES, LABELS)
    assert torch.equal(objective.mixed(results, IMAGES, LABELS, SHARE), plain)


# Whole runs

MIX = (Shift(pixels=1), Rotation(degrees=10), Cutout(size=2), Mixup())


@pytest.mark.parametrize("name", ["plain", "gathered"])
def test_an_augmented_run_is_the_same_twice_and_not_the_one_without(
    name: str, tmp_path: Path
) -> None:
    more: dict[str, object] = {"accumulate": 3, "batch_size": 16} if name == "gathered" else {}
    project = small(augmentations=MIX, seed=5, epochs=1, **more)
    first, weights = finished(run_of(project, tmp_path))
    second, same = finished(run_of(project, tmp_path))
    assert losses(first) == losses(second)
    assert all(torch.equal(weights[key], same[key]) for key in weights)
    without, _ = finished(run_of(small(seed=5, epochs=1, **more), tmp_path))
    assert losses(without)[0] != losses(first)[0]


def test_augmented_digits_are_learned_and_checked_as_they_are(tmp_path: Path) -> None:
    run, events = trained(small(augmentations=(Shift(pixels=1), Rotation()), epochs=6), tmp_path)
    assert run.state().status == "finished", run.state().message
    last = [event for event in events if isinstance(event, EpochEnded)][-1]
    assert last.val_accuracy is not None and last.val_accuracy > 0.9
    assert last.val_loss is not None and last.val_loss < last.train_loss


def test_accuracy_under_mixup_counts_the_heavier_label(tmp_path: Path) -> None:
    _, events = trained(small(augmentations=(Mixup(alpha=0.2),), epochs=6), tmp_path)
    last = [event for event in events if isinstance(event, EpochEnded)][-1]
    assert last.train_accuracy is not None and last.train_accuracy > 0.8
    accuracies = [part for event in events if isinstance(event, Steps) for part in event.accuracies]
    assert len(accuracies) == len(losses(events))


def test_an_autoencoder_rebuilds_augmented_images(tmp_path: Path) -> None:
    project = autoencoder(epochs=3, augmentations=(Shift(pixels=2), HorizontalFlip(), Mixup()))
    run, events = trained(project, tmp_path)
    assert run.state().status == "finished", run.state().message
    last = [event for event in events if isinstance(event, EpochEnded)][-1]
    assert last.val_loss is not None and last.val_loss < 0.5


def test_a_run_with_an_augmentation_too_large_fails_with_a_sentence(tmp_path: Path) -> None:
    run, _ = trained(small(augmentations=(Shift(pixels=8),)), tmp_path)
    assert run.state().status == "failed"
    assert "Shift has pixels 8, but the images are 8 × 8 px" in run.state().message
