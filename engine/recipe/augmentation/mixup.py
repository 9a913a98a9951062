"""Two images and their labels as one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from engine.fields import Real, parameter
from engine.recipe.augmentation.base import Augmentation
from engine.recipe.augmentation.change import Mixed


@dataclass(frozen=True)
class Mixup(Augmentation):
    """Adds to each image another of its batch, shares λ and 1 - λ of Beta(alpha, alpha), labels likewise.

    A batch has one λ, as the authors' own code has, of at least a half: which of two images is called
    the first means nothing. The loss is λ · loss(label) + (1 - λ) · loss(other label), which is
    cross-entropy with mixed labels; an accuracy counts the heavier label.
    """

    purpose: ClassVar[str] = "Learns from blends of two images and of their labels"
    when: ClassVar[str] = (
        "For long runs that overfit, or labels that may be wrong; it makes probabilities more modest, "
        "and the training loss no longer goes to 0."
    )
    title: ClassVar[str] = "mixup"
    mixes: ClassVar[bool] = True
    reference: ClassVar[str] = "torchvision.transforms.v2.MixUp"
    paper: ClassVar[str] = "Zhang et al., mixup: Beyond empirical risk minimization, 2018"

    alpha: float = parameter(
        0.2,
        Real(
            low=0.01,
            high=100.0,
            help="How evenly two images share: 0.2 mostly one of them, 1 any share, 10 mostly halves.",
        ),
    )

    def draw(self, random: np.random.Generator, count: int) -> Mixed:
        share = random.beta(self.alpha, self.alpha)
        return Mixed(max(share, 1 - share))
