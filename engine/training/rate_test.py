"""The learning-rate range test as it is computed: some steps at growing rates, told as a run's are."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Iterator

import torch
from torch import Tensor

from engine.codegen.guard import GuardError
from engine.data import DataError
from engine.network.storage import StorageError
from engine.training.batches import order_of
from engine.training.control import Control
from engine.training.device import determinism
from engine.training.errors import TrainingError
from engine.training.events import Failed, Finished, Preparing, Started, Steps, Stopped
from engine.training.failures import sentence
from engine.training.rates import Divergence, RateTest
from engine.training.rundir import RunDirectory, RunError
from engine.training.setup import Setup, set_up
from engine.training.updates import NotFiniteError

_TELL = 0.1
"""Seconds between two tellings."""
_TOLD = (DataError, TrainingError, RunError, StorageError, GuardError)
"""Errors whose text is the sentence for people."""


class _Stopped(Exception):  # noqa: N818 - a request, not an error
    """The control asks for the end."""


def try_rates(run: RunDirectory, test: RateTest, control: Control) -> None:
    """Test the rates on the network of a run directory; its events tell the losses, as of a run.

    No weights are written. It ends early, with a reason, where the loss diverges. Nothing is raised:
    what goes wrong is a `Failed` event.
    """
    try:
        try:
            setup = set_up(run, lambda message, part: _prepare(run, control, message, part))
            with determinism(setup.recipe.deterministic):
                reason = _steps(run, setup, test, control)
            run.update(status="finished")
            run.append(Finished(reason=reason))
        except _Stopped:
            run.update(status="stopped")
            run.append(Stopped(0))
    except _TOLD as error:
        _fail(run, str(error))
    except Exception as error:
        _fail(run, sentence(error, run))


def _prepare(run: RunDirectory, control: Control, message: str, part: float) -> None:
    if control.stopped:
        raise _Stopped
    run.append(Preparing(message, part))


def _steps(run: RunDirectory, setup: Setup, test: RateTest, control: Control) -> str:
    """Take the steps; why they ended before the last, or nothing."""
    torch.set_num_threads(setup.threads)
    run.append(
        Started(
            device=str(setup.device),
            threads=setup.threads,
            epochs=1,
            steps_per_epoch=test.steps,
            train_images=len(setup.training),
            validation_images=0,
            parameters=setup.learning,
            loss=setup.recipe.loss.axis(),
            accuracy=False,
            remark=setup.remark,
        )
    )
    run.update(status="running")
    setup.module.train()
    setup.frozen.hold()
    losses: list[float] = []
    watch = Divergence()
    told = 0
    began = last = time.perf_counter()
    reason = ""
    for step, (pixels, labels) in zip(range(test.steps), _batches(setup), strict=False):
        if control.stopped:
            raise _Stopped
        rate = test.rate(step)
        try:
            loss = setup.update.take(pixels, labels, rate, step)[0].item()
        except NotFiniteError as error:
            loss = error.loss
        if not math.isfinite(loss):
            reason = f"The loss became {loss} at a rate of {rate:.2g}, so the test ended there."
            break
        losses.append(loss)
        if watch.after(loss):
            reason = f"The loss diverged at a rate of {rate:.2g}, so the test ended there."
            break
        now = time.perf_counter()
        if now - last >= _TELL:
            last = now
            _tell(run, setup, losses, told, test.steps, now - began)
            told = len(losses)
    _tell(run, setup, losses, told, test.steps, time.perf_counter() - began)
    return reason


def _tell(
    run: RunDirectory, setup: Setup, losses: list[float], told: int, steps: int, seconds: float
) -> None:
    done = len(losses)
    if done > told:
        each = max(seconds, 1e-9) / done
        size = setup.recipe.batch_size * setup.recipe.accumulate
        run.append(Steps(done, tuple(losses[told:]), (), size / each, (steps - done) * each))


def _batches(setup: Setup) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches as a run has them, epoch after epoch."""
    recipe = setup.recipe
    epoch = 1
    while True:
        order = order_of(recipe.seed, epoch)
        yield from setup.training.cut(recipe.batch_size, order, setup.single, recipe.accumulate)
        epoch += 1


def _fail(run: RunDirectory, message: str) -> None:
    detail = traceback.format_exc()
    run.log(detail)
    run.update(status="failed", message=message)
    run.append(Failed(message, detail))
