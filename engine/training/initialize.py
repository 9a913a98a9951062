"""The weights that a run begins with, where the recipe asks for others than PyTorch's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

import torch
from torch import Tensor, nn

_DRAWN: dict[str, Callable[[Tensor], Any]] = {
    "he": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu"),
    "xavier": nn.init.xavier_uniform_,
    "orthogonal": nn.init.orthogonal_,
}


@torch.no_grad()
def initialize(module: nn.Module, name: str) -> None:
    """Draw the weights of convolutions and Dense layers anew, by torch's generator; biases become 0.

    `pytorch` leaves everything as it was made, and so stays whatever is of another kind.
    """
    if name == "pytorch":
        return
    draw = _DRAWN[name]
    for child in cast("Iterable[nn.Module]", cast(Any, module).modules()):
        if isinstance(child, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            draw(child.weight)
            if child.bias is not None:
                child.bias.zero_()
