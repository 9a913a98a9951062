"""How good the weights are on images that are not learned from."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.training.batches import Batches
from engine.training.distributed.group import ALONE, Group
from engine.training.losses import main_result
from engine.training.setup import Setup
from engine.training.updates import NotFiniteError

_TOP = 5


@dataclass(frozen=True)
class Checked:
    """Mean loss (as the images' classes weigh), accuracy, and the part whose class is among the five guessed first, over all images.

    None for no images; accuracies and `guesses` (n,), in the order of the images, are None where none
    is measured, and `top5` also where there are not more than five classes.
    """

    loss: float | None = None
    accuracy: float | None = None
    top5: float | None = None
    guesses: NDArray[np.int64] | None = None


@torch.no_grad()
def check(
    setup: Setup, batches: Batches, attend: Callable[[], None], group: Group = ALONE
) -> Checked:
    """Measure the module as it is, in evaluation mode, in which it is left. `attend` is called between
    batches, and may raise; the processes of a `group` measure some of the batches each, and come to the
    same. Raises `NotFiniteError` with the first images whose loss is not finite.
    """
    if not len(batches):
        return Checked()
    # All processes hear what was asked at the last step: not each has a batch before which it would.
    attend()
    objective = setup.objective
    setup.module.eval()
    losses: list[Tensor] = []
    counted: int | Tensor = 0
    hits = torch.zeros((), device=setup.device, dtype=torch.int64)
    among = torch.zeros((), device=setup.device, dtype=torch.int64)
    guesses: list[Tensor] = []
    tops = False
    size = max(64, setup.recipe.batch_size)
    for pixels, labels in group.dealt(batches.cut(size)):
        attend()
        inputs = setup.normalizer(pixels)
        results = setup.update.forward(inputs)
        amount = objective.amount(labels)
        losses.append((objective(results, inputs, labels) * amount).view(1))
        counted = counted + amount
        if objective.accuracy:
            scores = main_result(results)
            guesses.append(objective.guess(scores))
            hits += (guesses[-1] == labels).sum()
            tops = scores.shape[1] > _TOP
            if tops:
                among += (scores.topk(_TOP, 1).indices == labels[:, None]).sum()
    weight = torch.as_tensor(counted, dtype=torch.float64, device=setup.device)
    group.total(weight, hits, among)
    # One after the other: the sum is the same to the last bit for equal losses.
    every = group.gathered(losses, batches.batches(size), 1, torch.float32)
    values: list[float] = cast(Any, every).tolist()
    total = sum(values)
    if not math.isfinite(total):
        raise _not_finite(setup, batches, size, values)
    mean = total / float(weight)
    if not objective.accuracy:
        return Checked(mean)
    count = len(batches)
    return Checked(
        mean,
        hits.item() / count,
        among.item() / count if tops else None,
        group.gathered(guesses, count, size, torch.int64).cpu().numpy(),
    )


def _not_finite(setup: Setup, batches: Batches, size: int, values: list[float]) -> NotFiniteError:
    place = next(i for i, loss in enumerate(values) if not math.isfinite(loss))
    pixels, _ = next(iter(batches.cut(size, skip=place)))
    return NotFiniteError(values[place], setup.normalizer(pixels))
