"""How long a step is: the norms of weights, of their gradients, and of what the step changes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from engine.training.updates import Update
from engine.training.whole import whole


@dataclass(frozen=True)
class Stride:
    """L2 norms of a step: of every parameter's `weights`, `changes` and `gradients`, and of all gradients together
    (`gradient`), all gradients as they were before any clipping.
    """

    weights: list[float]
    changes: list[float]
    gradients: list[float]
    gradient: float


class Strides:
    """Measures a step of a module's parameters, as far as they learn: `begin` before it, `measure` after it."""

    def __init__(self, module: nn.Module, update: Update) -> None:
        named = {name: item for name, item in module.named_parameters() if item.requires_grad}
        self.names = tuple(named)
        self.sizes = [item.numel() for item in named.values()]
        self._parameters = list(named.values())
        self._update = update
        self._before: list[Tensor] = []
        self._scale = 1.0

    @torch.no_grad()
    def begin(self) -> None:
        """A step to be measured comes now."""
        self._before = [item.detach().clone() for item in self._parameters]
        scaler = self._update.scaler
        self._scale = float(scaler.get_scale()) if scaler is not None else 1.0

    @torch.no_grad()
    def measure(self) -> Stride:
        """What the step that has just been taken was like."""
        changes = [
            item - before for item, before in zip(self._parameters, self._before, strict=True)
        ]
        self._before = []
        gradients, gradient = self._gradients()
        return Stride(_norms(self._parameters), _norms(changes), gradients, gradient)

    def _gradients(self) -> tuple[list[float], float]:
        update = self._update
        found = _norms(
            [
                torch.zeros_like(item) if item.grad is None else item.grad
                for item in self._parameters
            ]
        )
        total = length(found)
        # Clipping has taken the scale of a 16-bit loss out of them already.
        times = 1.0 if update.norm is not None else 1 / self._scale
        if update.norm is not None and total > 0:
            times = float(update.norm) / total
        return [norm * times for norm in found], total * times


def length(norms: Sequence[float], places: Iterable[int] | None = None) -> float:
    """The norm of those at `places` together (None: of all)."""
    chosen = norms if places is None else [norms[place] for place in places]
    return math.sqrt(sum(norm * norm for norm in chosen))


def _norms(tensors: Sequence[Tensor]) -> list[float]:
    """The L2 norm of each, read from the device at once."""
    norms: list[Tensor] = cast(Any, torch)._foreach_norm(tensors)
    return cast(Any, torch.stack([whole(norm).float() for norm in norms])).tolist()
