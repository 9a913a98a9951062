"""A running mean of the weights, which is often better than the weights themselves."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, cast

import torch
from torch import Tensor, nn

from engine.training.whole import piece


class Average:
    """An exponential moving average of a module's weights and running statistics.

    After each step, mean = d · mean + (1 - d) · weights, with d = min(decay, (1 + n) / (10 + n)) in
    step n, so that the random beginning is soon forgotten (as TensorFlow's; Polyak and Juditsky, 1992).
    Nothing waits for the device.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        state: dict[str, Tensor] = module.state_dict()
        live = {name: tensor for name, tensor in state.items() if tensor.is_floating_point()}
        self._names = tuple(live)
        self._live = list(live.values())
        self.mean = [tensor.clone() for tensor in self._live]
        self._pieces = [piece(mean) for mean in self.mean], [piece(live) for live in self._live]
        self._within = 0

    def named(self) -> Iterable[tuple[str, Tensor]]:
        """The means, by the names of the tensors that they are of."""
        return zip(self._names, self.mean, strict=True)

    @torch.no_grad()
    def begin_again(self, steps: int) -> None:
        """Let every mean be the weight as it is now, after so many steps."""
        self.steps = steps
        for live, mean in zip(self._live, self.mean, strict=True):
            mean.copy_(live)

    @torch.no_grad()
    def follow(self) -> None:
        """Take in the weights after a step."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        cast(Any, torch)._foreach_lerp_(*self._pieces, 1 - decay)

    @contextmanager
    def in_place(self) -> Generator[None]:
        """Let the module have the mean for a while; may be nested."""
        self._within += 1
        if self._within == 1:
            self._exchange()
        try:
            yield
        finally:
            self._within -= 1
            if self._within == 0:
                self._exchange()

    @contextmanager
    def out_of_place(self) -> Generator[None]:
        """Let the module have its own weights for a while, also within `in_place`."""
        if self._within:
            self._exchange()
        try:
            yield
        finally:
            if self._within:
                self._exchange()

    @torch.no_grad()
    def _exchange(self) -> None:
        for live, mean in zip(self._live, self.mean, strict=True):
            kept = live.clone()
            live.copy_(mean)
            mean.copy_(kept)
