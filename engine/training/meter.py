"""What is measured while training: losses, accuracies, speed, and how long it will take."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, cast

import torch
from torch import Tensor

from engine.training.errors import TrainingError
from engine.training.events import Steps

_MEMORY = 1 << 22
"""Numbers of results that may wait on the device."""
_SMOOTHING = 3.0
"""Seconds over which the speed is averaged for the time left."""


class Clock:
    """Seconds of work: those of a pause do not count."""

    def __init__(self) -> None:
        self._idle = 0.0

    def now(self) -> float:
        """Seconds since some moment, pauses left out."""
        return time.perf_counter() - self._idle

    def skip(self, seconds: float) -> None:
        """Leave out the last `seconds`."""
        self._idle += seconds


def _best(scores: Tensor) -> Tensor:
    return scores.argmax(1)


def _numbers(losses: list[Any]) -> list[float]:
    """The numbers in tensors (), for which a device is waited for once, or numbers as they are."""
    return cast(Any, torch.stack(losses)).tolist() if isinstance(losses[0], Tensor) else losses


class Meter:
    """Collects the results of steps on the device, and reads them there seldom.

    Reading waits for the device, so a step only hands its tensors over; `read` turns what has
    come together into numbers.
    """

    def __init__(
        self,
        clock: Clock,
        images: int,
        validations: int,
        guess: Callable[[Tensor], Tensor] = _best,
    ) -> None:
        """A run that will go over `images` images in all, those of every epoch, and check on `validations`.

        `guess` tells the class (n,) from scores (n, scores).
        """
        self.step = 0
        """Steps taken, those before this meter included."""
        self.rate = 0.0
        """The learning rate of the last step, which is told with it."""
        self.sums = Sums()
        self._guess = guess
        self._clock = clock
        self.expect(images, validations)
        self._losses: list[Any] = []
        """Tensors () that wait on a device; from a processor, for which nobody waits, numbers."""
        self._sizes: list[int] = []
        self._results: list[Tensor] = []
        self._labels: list[Tensor] = []
        self._waiting = 0
        self._mark = clock.now()
        self._each = 0.0
        self._each_validation = 0.0

    def expect(self, images: int, validations: int) -> None:
        """There are so many images still to go over, and to check on."""
        self._images_left = images
        self._validations_left = validations

    def begin(self) -> None:
        """Training steps begin now, after something else."""
        self._mark = self._clock.now()

    def add(self, loss: Tensor, labels: Tensor, results: Tensor | None) -> bool:
        """Take a step's mean loss (), labels (n,) and class scores (n, classes); whether it is time to read.

        Where there are no scores, no accuracy is measured.
        """
        self.step += 1
        self._losses.append(loss.item() if loss.is_cpu else loss.detach())
        self._sizes.append(labels.numel())
        if results is None:
            return False
        self._labels.append(labels)
        self._results.append(results.detach())
        self._waiting += results.numel()
        return self._waiting > _MEMORY

    def read(self) -> Steps | None:
        """The steps since the last call, or None; raises `LossError` where a loss is not finite.

        What came before such a step is in the error's `steps`.
        """
        if not self._losses:
            return None
        # Between two steps nothing of this lies in the processor's caches, so that what counts is how
        # many different things are done, and less how often.
        losses, sizes = _numbers(self._losses), self._sizes
        hits = self._hits(sizes)
        self._losses, self._sizes, self._results, self._labels = [], [], [], []
        self._waiting = 0
        seconds = max(1e-9, self._clock.now() - self._mark)
        self._mark += seconds
        images = sum(sizes)
        self._count(losses, sizes, images, hits, seconds)
        good = next((i for i, loss in enumerate(losses) if not math.isfinite(loss)), len(losses))
        pairs = zip(hits, sizes, strict=True) if hits is not None else ()
        accuracies = [right / size for right, size in pairs]
        steps = Steps(
            step=self.step - len(losses) + good,
            losses=tuple(losses[:good]),
            accuracies=tuple(accuracies[:good]),
            images_per_second=images / seconds,
            seconds_left=self.seconds_left(),
            rate=self.rate,
        )
        if good < len(losses):
            raise LossError(steps.step + 1, losses[good], steps)
        return steps

    def validated(self, images: int, seconds: float) -> None:
        """A validation of `images` images took `seconds`."""
        self._validations_left -= images
        self._each_validation = seconds / max(1, images)
        self.begin()

    def epoch(self) -> tuple[float, float | None, float]:
        """Mean loss, accuracy and images per second since the last call; what was added is read."""
        sums = self.sums
        self.sums = Sums()
        accuracy = None if sums.hits is None else sums.hits / sums.images
        return sums.loss / sums.images, accuracy, sums.images / max(1e-9, sums.seconds)

    def seconds_left(self) -> float:
        """How long the remaining steps and validations will take at the speed of late."""
        # Before the first validation: going forward is about a third of a training step's work.
        each_validation = self._each_validation or self._each / 3
        left = self._images_left * self._each + self._validations_left * each_validation
        return max(0.0, left)

    def _hits(self, sizes: list[int]) -> list[int] | None:
        """How many images of each step, of `sizes` images, were told right; None where none was to be."""
        if not self._results:
            return None
        guesses = self._guess(torch.cat(self._results))
        right = (guesses == torch.cat(self._labels)).cpu().numpy().tobytes()
        ends = accumulate(sizes)
        return [right.count(1, end - size, end) for size, end in zip(sizes, ends, strict=True)]

    def _count(
        self,
        losses: list[float],
        sizes: list[int],
        images: int,
        hits: list[int] | None,
        seconds: float,
    ) -> None:
        self._images_left -= images
        weight = 1.0 if not self._each else 1 - math.exp(-seconds / _SMOOTHING)
        self._each += weight * (seconds / images - self._each)
        sums = self.sums
        # One by one: so the sum is the same to the last bit, however often it is read between.
        for loss, size in zip(losses, sizes, strict=True):
            sums.loss += loss * size
        sums.images += images
        sums.seconds += seconds
        if hits is not None:
            sums.hits = (sums.hits or 0) + sum(hits)


@dataclass
class Sums:
    """Over the steps since the last epoch's end; `hits` None where nothing can be right or wrong."""

    loss: float = 0.0
    hits: int | None = None
    images: int = 0
    seconds: float = 0.0


class LossError(TrainingError):
    """The loss of step `step` was `loss`, which is not finite; `steps` are those before that are not told yet."""

    def __init__(self, step: int, loss: float, steps: Steps) -> None:
        super().__init__(f"The loss became {loss} at step {step:,}; lower the learning rate.")
        self.step = step
        self.loss = loss
        self.steps = steps
