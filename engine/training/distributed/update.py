"""A step of learning that several processes take together, by torch's DistributedDataParallel.

https://docs.pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html
"""

from __future__ import annotations

import inspect
import math
from collections import deque
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from engine.recipe.recipe import Recipe
from engine.training.augment import share_of
from engine.training.losses import Results, main_result
from engine.training.updates import NotFiniteError, Told, Update

if TYPE_CHECKING:
    from engine.training.distributed.team import Team
    from engine.training.setup import Setup

_LATE = 8
"""Steps after which the numbers of a step are read from a graphics card, which has long made them by then."""


class SharedUpdate(Update):
    """Takes steps whose gradients are those of the whole batch, of which this process has a part.

    `take` wants the pixels of this process's images and the labels of all. It gives the mean loss of
    all, and how many of all were told right (1,) in place of scores.
    """

    def __init__(self, *parts: Any, recipe: Recipe, team: Team) -> None:
        """`parts` are the rest of what `Update` takes."""
        super().__init__(*parts, recipe=recipe)
        self._team = team
        self._seed = recipe.seed
        self._late: deque[Tensor] = deque()
        self._inputs = self._broken = cast("Tensor | None", None)
        """What the last batch was, and the last whose loss was not finite in this process."""
        self.remark = ""
        """What there is to say of how the processes are bound together."""
        self.take = self._full

    def connect(self, setup: Setup) -> None:
        """Bind the processes' modules together; to be called by all of them at once."""
        self._carrier = _Carrier(self._module, self.device)
        sample = setup.training.normalize(setup.training.first(1)[0])
        make: Any = DistributedDataParallel
        named = ("forward_sync_buffers", "broadcast_buffers")  # Of late, and before.
        buffers = next(name for name in named if name in inspect.signature(make).parameters)
        self._parallel: Any = make(
            self._carrier,
            device_ids=[self.device] if self.device.type == "cuda" else None,
            gradient_as_bucket_view=True,
            find_unused_parameters=_has_unused(self._module, sample),
            **{buffers: False},
        )
        self._call = self._parallel

    def accompany(self, pixels: Tensor) -> None:
        """Others check some images, and this process has none left; these are to do with as it likes."""

    def _way(self, inputs: Tensor) -> Any:
        return self._call if self._module.training else self._module

    def _gradients(self, pixels: Tensor, labels: Tensor, step: int) -> Told:
        self._draw_anew(step)
        self._begin_telling()
        count, at = len(labels), 0
        drawn = self._augmenter.draw(step, count) if self._augmenter is not None else ()
        whole = self._objective.amount(labels)
        for start in range(0, count, self._size):
            theirs = labels[start : start + self._size]
            low, high = self._team.part(len(theirs))
            some = pixels[at : at + high - low]
            at += high - low
            if self._augmenter is not None and high > low:
                some = self._augmenter.change(some, drawn, start + low)
            last = start + self._size >= count
            with self._together(last):
                self._backward(some, theirs, slice(low, high), whole, share_of(drawn))
        figures = self._told()
        self._late.append(figures)
        if len(self._late) > (0 if self._look else _LATE):
            self._hear(self._late.popleft())
        self._broken = None
        return figures[0], figures[1:2] if self._objective.accuracy else None

    def _backward(
        self, pixels: Tensor, labels: Tensor, part: slice, whole: int | Tensor, share: float
    ) -> None:
        """Add the gradients of this process's part of a batch, in a step whose labels amount to `whole`."""
        objective, team = self._objective, self._team
        mine = labels[part]
        team.idle = idle = not len(mine)
        if idle:
            # Every process has to go through the module; this image counts nothing.
            pixels, mine = pixels.new_zeros(1, *pixels.shape[1:]), labels[:1]
        inputs = self._normalize(pixels)
        results = self.forward(inputs)
        # torch takes the mean over the processes, but a sum is wanted.
        weight = 0.0 if idle else objective.amount(mine) / whole * team.size
        loss: Any = objective.mixed(results, inputs, mine, share) * weight
        if self._look and not idle and not math.isfinite(loss.item()):
            self._broken = inputs
        self._inputs = inputs
        figures = torch.zeros(3, device=self.device)
        figures[0] = loss.detach()
        if objective.accuracy and not idle:
            right = objective.guess(main_result(results)) == mine
            figures[1] = right.sum() * team.size
        figures[2] = float(team.asked)
        scaler: Any = self.scaler
        total = loss if scaler is None else scaler.scale(loss)
        (total + self._tell(figures)).backward()

    def _together(self, last: bool) -> AbstractContextManager[None]:
        """A batch's gradients are made within this; with the `last` one's the processes exchange them."""
        return nullcontext() if last else self._parallel.no_sync()

    def _begin_telling(self) -> None:
        """A step begins."""
        self._carrier.told.grad = None

    def _tell(self, figures: Tensor) -> Tensor:
        """Let the others know loss, hits and whether this process is asked something; a part of the loss.

        They go as the gradient of a parameter that nothing else uses: so the processes add them up on
        the way, without another word.
        """
        return (self._carrier.told * figures).sum()

    def _told(self) -> Tensor:
        """The mean over the processes of what was told in this step."""
        return cast(Tensor, self._carrier.told.grad).detach().clone()

    def _hear(self, figures: Tensor) -> None:
        """Take note of what a step has told; every process does at the same step."""
        loss, _, asked = cast("list[float]", cast(Any, figures).tolist())
        self._team.hear(asked > 0)
        if not math.isfinite(loss):
            found = self._broken is not None
            inputs = cast(Tensor, self._broken if found else self._inputs)
            raise NotFiniteError(loss, self._team.of_first(found, inputs) if self._look else inputs)

    def _draw_anew(self, step: int) -> None:
        """Let the step's random numbers depend on seed, step and process alone, so that none is kept."""
        mixed = np.random.SeedSequence([self._seed, step, self._team.rank])
        seed = int(mixed.generate_state(1, np.uint64)[0]) >> 1
        generators: Any = cast(Any, torch)
        generators.default_generator.manual_seed(seed)
        if self.device.type == "cuda":
            generators.cuda.default_generators[self.device.index].manual_seed(seed)


class _Carrier(nn.Module):
    """A module, and beside it the parameter whose gradient is what a step tells: loss, hits, asked."""

    def __init__(self, module: nn.Module, device: torch.device) -> None:
        super().__init__()
        self.module = module
        self.told = nn.Parameter(torch.zeros(3, device=device))

    def forward(self, inputs: Tensor) -> Results:
        return self.module(inputs)


def _has_unused(module: nn.Module, inputs: Tensor) -> bool:
    """Whether parameters that learn have no part in what the module puts out."""
    training = module.training
    module.eval()
    results: Results = module(inputs)
    outputs = (results,) if isinstance(results, Tensor) else results
    total: Any = torch.stack([item.sum() for item in outputs]).sum()
    total.backward()
    unused = any(item.grad is None for item in module.parameters() if item.requires_grad)
    module.zero_grad(set_to_none=True)
    module.train(training)
    return unused
