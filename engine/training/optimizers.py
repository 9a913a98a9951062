"""From a recipe's optimiser to torch's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from engine.recipe.optimizer import Optimizer
from engine.training.errors import TrainingError


def make_optimizer(
    declared: Optimizer, parameters: Iterable[nn.Parameter]
) -> torch.optim.Optimizer:
    """torch's optimiser of the declared kind and arguments, with one kernel for all tensors where it has one.

    Raises `TrainingError` where there is nothing to learn.
    """
    learnable = [parameter for parameter in parameters if parameter.requires_grad]
    if not learnable:
        raise TrainingError(
            "The network has no parameters, so there is nothing to learn; add a Conv2d or a Dense layer."
        )
    kind: Any = getattr(torch.optim, declared.kind())
    try:
        return kind(learnable, fused=True, **declared.arguments())
    except RuntimeError:  # This device has no fused kernel.
        return kind(learnable, **declared.arguments())


def learning(optimizer: torch.optim.Optimizer) -> int:
    """How many numbers it changes."""
    return sum(item.numel() for group in optimizer.param_groups for item in group["params"])


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Let the next step be taken with this learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate
