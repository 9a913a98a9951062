"""The weights that a run begins with, where the recipe or a node asks for others than PyTorch's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from engine.network.learning import AS_RECIPE, Learning
from engine.training.learners import owner

_DRAWN: dict[str, Callable[[Tensor], Any]] = {
    "he": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu"),
    "he_uniform": lambda weight: nn.init.kaiming_uniform_(weight, nonlinearity="relu"),
    "xavier": nn.init.xavier_uniform_,
    "xavier_normal": nn.init.xavier_normal_,
    # Of variance 1 / fan_in.
    "lecun": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="linear"),
    "orthogonal": nn.init.orthogonal_,
    "zero": nn.init.zeros_,
}


@torch.no_grad()
def initialize(module: nn.Module, name: str, said: Mapping[str, Learning] | None = None) -> None:
    """Draw the weights of convolutions and Dense layers anew, by torch's generator; biases become 0.

    `said` holds, by the paths of modules, what their nodes say instead. `pytorch` leaves everything
    as it was made, and so stays whatever is of another kind.
    """
    for path, child in cast(Any, module).named_modules():
        own = owner(path, said or {})
        chosen = name if own is None or own.initialization == AS_RECIPE else own.initialization
        if chosen != "pytorch" and isinstance(child, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            # Drawn as if channels lay first: torch's orthogonal knows no other order, and equal seeds
            # shall give equal weights in both.
            drawn = torch.empty(child.weight.shape, dtype=child.weight.dtype)
            _DRAWN[chosen](drawn)
            child.weight.copy_(drawn)
            if child.bias is not None:
                child.bias.zero_()
