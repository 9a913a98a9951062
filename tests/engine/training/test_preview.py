"""What a recipe makes of one image is what a run would learn from it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.data import DataChoice, load
from engine.recipe.augmentation.horizontal_flip import HorizontalFlip
from engine.recipe.augmentation.mixup import Mixup
from engine.recipe.augmentation.shift import Shift
from engine.recipe.recipe import Recipe
from engine.training.augment import Augmenter, share_of
from engine.training.errors import TrainingError
from engine.training.preview import previewed

DIGITS = load(DataChoice("digits"), (1, 8, 8))


def test_without_augmentations_every_draw_is_the_image() -> None:
    image, draws = previewed(DIGITS, Recipe(), 5, 3)
    assert (image == DIGITS.train.images[5]).all()
    assert draws.dtype == np.uint8 and (draws == image).all() and len(draws) == 3


def test_each_draw_is_that_of_a_step_and_the_seed_decides() -> None:
    items = (Shift(pixels=2), HorizontalFlip())
    image, draws = previewed(DIGITS, Recipe(augmentations=items, seed=4), 9, 6)
    augmenter = Augmenter(items, 4, DIGITS.mean, (1, 8, 8), torch.device("cpu"))
    pixels = torch.from_numpy(image[None]).permute(0, 2, 3, 1)
    for step, drawn in enumerate(draws):
        expected = augmenter.change(pixels, augmenter.draw(step, 2))[0]
        assert (expected.permute(2, 0, 1).numpy() == drawn).all()
    assert len(np.unique(draws, axis=0)) > 3
    other = previewed(DIGITS, Recipe(augmentations=items, seed=5), 9, 6)[1]
    assert (other != draws).any()


def test_it_is_mixed_with_the_images_that_follow_from_the_last_to_the_first() -> None:
    recipe = Recipe(augmentations=(Mixup(alpha=5.0),))
    last = len(DIGITS.train.images) - 1
    image, draws = previewed(DIGITS, recipe, last, 3)
    augmenter = Augmenter(recipe.augmentations, 0, DIGITS.mean, (1, 8, 8), torch.device("cpu"))
    for step, drawn in enumerate(draws):
        share = share_of(augmenter.draw(step, 2))
        mixed = share * image.astype(float) + (1 - share) * DIGITS.train.images[step]
        assert np.abs(mixed - drawn).max() <= 0.51


@pytest.mark.parametrize(
    ("recipe", "sample", "sentence"),
    [
        (Recipe(), 1797, "There is no image 1,797; choose one from 0 to 1,796."),
        (Recipe(), -1, "There is no image -1; choose one"),
        (Recipe(augmentations=(Shift(pixels=8),)), 0, "Shift has pixels 8, but the images are 8"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(recipe: Recipe, sample: int, sentence: str) -> None:
    with pytest.raises(TrainingError, match=sentence):
        previewed(DIGITS, recipe, sample, 3)
