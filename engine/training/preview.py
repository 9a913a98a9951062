"""What a recipe makes of an image, to be looked at before anything is trained."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from engine.data.images import Images
from engine.recipe.recipe import Recipe
from engine.training.augment import Augmenter
from engine.training.errors import TrainingError

Pixels = NDArray[np.uint8]


def previewed(images: Images, recipe: Recipe, sample: int, draws: int) -> tuple[Pixels, Pixels]:
    """Training image number `sample` (channels, height, width), and what becomes of it `draws` times.

    The draws are those of so many steps of a run, each with another of the following images to be mixed
    with. Raises `TrainingError` where there is no such image, or an augmentation is larger than it.
    """
    pixels = images.train.images
    if not 0 <= sample < len(pixels):
        raise TrainingError(
            f"There is no image {sample:,}; choose one from 0 to {len(pixels) - 1:,}."
        )
    augmenter = Augmenter(
        recipe.augmentations, recipe.seed, images.mean, pixels.shape[1:], torch.device("cpu")
    )
    found = np.empty((draws, *pixels.shape[1:]), np.uint8)
    for step in range(draws):
        pair = pixels[[sample, (sample + 1 + step) % len(pixels)]].transpose(0, 2, 3, 1)
        batch = cast(Any, torch).from_numpy(np.ascontiguousarray(pair))
        changed = augmenter.change(batch, augmenter.draw(step, 2))[0]
        found[step] = changed.permute(2, 0, 1).round().numpy()
    return pixels[sample], found
