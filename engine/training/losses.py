"""From a recipe's loss to torch's: what a network's results are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, cast

import torch
from torch import Tensor, nn

from engine.recipe.recipe import Recipe
from engine.training.augment import partners
from engine.training.errors import TrainingError

Results: TypeAlias = Tensor | tuple[Tensor, ...]
"""What a network puts out: one tensor, or one for each of its Outputs in the order of drawing."""


class Objective:
    """What training makes small: the loss of the first Output, and of each further one a part.

    Further Outputs are auxiliary heads (Szegedy et al., Going deeper with convolutions, 2014,
    section 5): their losses count `auxiliary_weight` times.
    """

    def __init__(
        self, recipe: Recipe, counts: Sequence[int] = (), device: torch.device | None = None
    ) -> None:
        """Of a recipe, for training images of which `counts` show each class; raises `TrainingError` for a
        loss that cannot tell so many classes apart.
        """
        declared = recipe.loss
        unfit = declared.unfit(len(counts)) if counts else ""
        if unfit:
            raise TrainingError(
                f"{declared.kind()} {unfit}, but the data has {len(counts):,} classes; mend the loss."
            )
        self.accuracy = declared.target == "class"
        """Whether it makes sense to ask how often the network is right."""
        arguments = declared.arguments()
        for name, row in declared.tensors(counts).items():
            arguments[name] = torch.tensor(row, dtype=torch.float32, device=device)
        self._loss: nn.Module = getattr(nn, declared.kind())(**arguments)
        self._weights: Tensor | None = arguments.get("weight")
        self._single = self.accuracy and declared.scores(2) == 1
        self._hides = declared.hides
        self._weight = recipe.auxiliary_weight

    def __call__(self, results: Results, images: Tensor, labels: Tensor) -> Tensor:
        """The mean loss () of normalised images (n, channels, height, width) with labels (n,)."""
        target = labels if self.accuracy else images
        if self._single:
            target = labels[:, None].to(torch.float32)
        if isinstance(results, Tensor):
            return self._of(results, target)
        total: Any = self._of(results[0], target)
        for result in results[1:]:
            total = total + self._weight * self._of(result, target)
        return cast(Tensor, total)

    def _of(self, result: Tensor, target: Tensor) -> Tensor:
        loss: Any = self._loss(result, target)
        if self._hides:
            # 0, but where a score is infinite or no number.
            loss = loss + result.detach().mul(0).sum()
        return loss

    def mixed(self, results: Results, images: Tensor, labels: Tensor, share: float) -> Tensor:
        """The mean loss () of images that are `share` of themselves and the rest of their partners.

        That of the labels counts as much, and that of the partners' labels the rest: for cross-entropy
        the loss of mixed labels, since it is linear in them (Zhang et al., mixup, 2018). An image that
        is rebuilt is itself mixed.
        """
        own = self(results, images, labels)
        if not self.accuracy or share == 1.0:
            return own
        return share * own + (1 - share) * self(results, images, partners(labels))

    def amount(self, labels: Tensor) -> int | Tensor:
        """By how much the mean loss of these images (n,) counts in the mean over more than them: by their
        number, or by their classes' weights together, ().
        """
        return len(labels) if self._weights is None else self._weights[labels].sum()

    def guess(self, result: Tensor) -> Tensor:
        """The classes (n,) that the first Output's numbers (n, scores) speak for."""
        return (result[:, 0] > 0).long() if self._single else result.argmax(1)


def main_result(results: Results) -> Tensor:
    """What the first Output puts out, which is what the network is asked for."""
    return results if isinstance(results, Tensor) else results[0]
