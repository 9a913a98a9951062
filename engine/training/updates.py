"""One step of learning: forward, backward, and what a recipe has done to the gradients and weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from engine.recipe.recipe import Recipe
from engine.training.augment import Augmenter, share_of
from engine.training.averaging import Average
from engine.training.batches import Normalizer
from engine.training.device import precision_of
from engine.training.losses import Objective, Results, main_result
from engine.training.optimizers import Stepper, set_rate
from engine.training.whole import whole

Told: TypeAlias = tuple[Tensor, Tensor | None]
"""A step's mean loss () and its class scores (n, scores), without these where none are told."""


class NotFiniteError(ArithmeticError):
    """The loss of a step, before it was taken, is `loss`: an infinity or no number.

    `inputs` (n, channels, height, width) are the normalised images of which it is.
    """

    def __init__(self, loss: float, inputs: Tensor) -> None:
        super().__init__(f"a loss of {loss}")
        self.loss = loss
        self.inputs = inputs


class Update:
    """Takes steps. What a recipe leaves off costs nothing, and nothing here waits for the device but
    fp16, whose scaler does in some optimisers.
    """

    def __init__(
        self,
        module: nn.Module,
        objective: Objective,
        optimizer: Stepper,
        normalizer: Normalizer,
        device: torch.device,
        augmenter: Augmenter | None = None,
        *,
        recipe: Recipe,
    ) -> None:
        self.optimizer = optimizer
        self.kind = recipe.optimizer.kind()
        self.device = device
        self._module = module
        self._call: Callable[[Tensor], Results] = module
        self._objective = objective
        self._normalize = normalizer
        self._augmenter = augmenter
        # Elsewhere a look at the loss would wait for the device; there `Meter.read` finds it later.
        self._look = device.type == "cpu"
        self._size = recipe.batch_size
        self._clip = recipe.clip_norm
        self._dtype = precision_of(recipe.precision, device)
        half = self._dtype == torch.float16
        self.norm: Tensor | None = None
        """The norm () of all gradients of the last step before they were clipped, where they are."""
        self.scaler = torch.GradScaler(device.type) if half else None
        decay = recipe.ema_decay
        self.average: Average | None = Average(module, decay) if decay is not None else None
        once = recipe.accumulate == 1 and augmenter is None
        plain = once and self._clip is None and self._dtype is None
        self._parameters = [item for group in optimizer.param_groups for item in group["params"]]
        self.take: Callable[[Tensor, Tensor, float, int], Told]
        """Take a step with pixels (n, height, width, channels), labels (n,), a learning rate and the
        number of steps before.
        """
        self.take = self._plain if plain and self.average is None else self._full

    def shown(self) -> AbstractContextManager[None]:
        """For as long as this lasts, the module has the weights that are checked, shown and kept."""
        return nullcontext() if self.average is None else self.average.in_place()

    def use(self, call: Callable[[Tensor], Results]) -> None:
        """Take full batches of training through `call`, which does what the module does."""
        self._call = call

    def _way(self, inputs: Tensor) -> Callable[[Tensor], Results]:
        # For another size, or for evaluation, it would be compiled anew.
        full = inputs.shape[0] == self._size and self._module.training
        return self._call if full else self._module

    def _plain(self, pixels: Tensor, labels: Tensor, rate: float, step: int) -> Told:
        optimizer, objective = self.optimizer, self._objective
        set_rate(optimizer, rate)
        optimizer.zero_grad(set_to_none=True)
        inputs = self._normalize(pixels)
        results = self._way(inputs)(inputs)
        loss: Any = objective(results, inputs, labels)
        if self._look and not math.isfinite(value := loss.item()):
            raise NotFiniteError(value, inputs)
        loss.backward()
        optimizer.step()
        return loss, main_result(results) if objective.accuracy else None

    def _full(self, pixels: Tensor, labels: Tensor, rate: float, step: int) -> Told:
        optimizer = self.optimizer
        set_rate(optimizer, rate)
        optimizer.zero_grad(set_to_none=True)
        loss, scores = self._gradients(pixels, labels, step)
        if self._clip is not None:
            if self.scaler is not None:
                self.scaler.unscale_(optimizer)  # type: ignore[arg-type]
            self.norm = whole(nn.utils.clip_grad_norm_(self._parameters, self._clip))
        if self.scaler is not None:
            self.scaler.step(optimizer)  # type: ignore[arg-type]
            self.scaler.update()
        else:
            optimizer.step()
        if self.average is not None:
            self.average.follow()
        return loss, scores

    def _gradients(self, pixels: Tensor, labels: Tensor, step: int) -> Told:
        """Gradients of the mean loss of all these images, gathered batch by batch."""
        told = self._objective.accuracy
        augmenter = self._augmenter
        drawn = augmenter.draw(step, len(labels)) if augmenter is not None else ()
        share = share_of(drawn)
        losses: list[Tensor] = []
        scores: list[Tensor] = []
        whole = self._objective.amount(labels)
        for start in range(0, len(labels), self._size):
            some, their = pixels[start : start + self._size], labels[start : start + self._size]
            if augmenter is not None:
                some = augmenter.change(some, drawn, start)
            inputs = self._normalize(some)
            results = self.forward(inputs)
            loss: Any = self._objective.mixed(results, inputs, their, share)
            loss = loss * (self._objective.amount(their) / whole)
            if self._look and not math.isfinite(value := loss.item()):
                raise NotFiniteError(value, inputs)
            scaler: Any = self.scaler
            (loss if scaler is None else scaler.scale(loss)).backward()
            losses.append(loss.detach())
            if told:
                scores.append(main_result(results).detach())
        total = losses[0] if len(losses) == 1 else torch.stack(losses).sum()
        return total, torch.cat(scores) if told else None

    def forward(self, inputs: Tensor, call: Callable[[Tensor], Results] | None = None) -> Results:
        """What the module, or `call`, makes of normalised images, in the recipe's precision; float32
        comes out.
        """
        call = call or self._way(inputs)
        if self._dtype is None:
            return call(inputs)
        with torch.autocast(self.device.type, self._dtype):
            results = call(inputs)
        if isinstance(results, Tensor):
            return results.float()
        return tuple(result.float() for result in results)
