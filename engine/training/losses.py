"""From a recipe's loss to torch's: what a network's results are compared with."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

from torch import Tensor, nn

from engine.recipe.recipe import Recipe

Results: TypeAlias = Tensor | tuple[Tensor, ...]
"""What a network puts out: one tensor, or one for each of its Outputs in the order of drawing."""


class Objective:
    """What training makes small: the loss of the first Output, and of each further one a part.

    Further Outputs are auxiliary heads (Szegedy et al., Going deeper with convolutions, 2014,
    section 5): their losses count `auxiliary_weight` times.
    """

    def __init__(self, recipe: Recipe) -> None:
        declared = recipe.loss
        self.accuracy = declared.target == "class"
        """Whether it makes sense to ask how often the network is right."""
        self._loss: nn.Module = getattr(nn, declared.kind())(**declared.arguments())
        self._weight = recipe.auxiliary_weight

    def __call__(self, results: Results, images: Tensor, labels: Tensor) -> Tensor:
        """The mean loss () of normalised images (n, channels, height, width) with labels (n,)."""
        target = labels if self.accuracy else images
        if isinstance(results, Tensor):
            return self._loss(results, target)
        total: Any = self._loss(results[0], target)
        for result in results[1:]:
            total = total + self._weight * self._loss(result, target)
        return cast(Tensor, total)


def main_result(results: Results) -> Tensor:
    """What the first Output puts out, which is what the network is asked for."""
    return results if isinstance(results, Tensor) else results[0]
