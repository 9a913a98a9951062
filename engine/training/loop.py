"""The training of one run: prepare, train, check, and tell of it in the run directory."""

from __future__ import annotations

import math
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from engine.analysis import analyse
from engine.codegen.guard import GuardError
from engine.data import DataError, load
from engine.data.dataset import Part
from engine.data.images import Images, split
from engine.interop.weights import WeightsError
from engine.network.storage import StorageError
from engine.training.batches import Batches, Normalizer
from engine.training.build import build
from engine.training.checks import check_module, input_shape, source_of
from engine.training.control import Control
from engine.training.device import choose_device, choose_threads, determinism, want_workspace
from engine.training.errors import TrainingError
from engine.training.events import (
    EpochEnded,
    Failed,
    Finished,
    Paused,
    Preparing,
    Resumed,
    Started,
    Stopped,
)
from engine.training.failures import sentence
from engine.training.freezing import Frozen, frozen_paths
from engine.training.initialize import initialize
from engine.training.losses import Objective, main_result
from engine.training.meter import Clock, DivergedError, Meter
from engine.training.optimizers import learning, make_optimizer
from engine.training.results import Snapshots, write_results
from engine.training.rundir import RunDirectory, RunError
from engine.training.updates import Update

_TELL = 0.2
"""Seconds between two readings of losses from the device."""
_PATIENCE = 0.05
"""Seconds between two looks at the control while images are read."""
_OUTPUT_IMAGES = 64
_OUTPUT_MACS = 4_000_000_000
"""Images whose outputs are kept, and the multiply-accumulates that they may take (a fraction of a second)."""

_TOLD = (DataError, TrainingError, RunError, StorageError, GuardError, WeightsError)
"""Errors whose text is the sentence for people."""


class _StopRequest(Exception):  # noqa: N818 - a request, not an error
    """The control asks the run to end."""


def train(run: RunDirectory, control: Control) -> None:
    """Train a run from its first step to its end, in this thread; everything is told by events.

    Returns when the run has finished, was stopped or has failed, as `run.state()` says; an
    exception is a `Failed` event with its traceback in the log, and nothing is raised for it.
    """
    session = _Session(run, control)
    try:
        try:
            session.aside(session.prepare)
            with determinism(session.recipe.deterministic):
                session.train()
                session.finish()
        except _StopRequest:
            session.end()
    except _TOLD as error:
        session.fail(str(error))
    except Exception as error:
        session.fail(sentence(error, run))


class _Session:
    """One run under way. The methods are called in the order in which they stand."""

    def __init__(self, run: RunDirectory, control: Control) -> None:
        self.run = run
        self.control = control
        self.clock = Clock()
        self.step = 0
        self.meter: Meter | None = None
        self.checks: list[float] = []
        """The loss of every epoch so far: on the validation images, where there are some."""
        self.reason = ""
        """Why the run ended before its last epoch."""
        self._told = ("", 0.0)

    def prepare(self) -> None:
        """Read, check and build everything that the first step needs; in a thread of its own."""
        self.tell("Reading the project", 0.0)
        project = self.run.project()
        text = self.run.source_text()
        self.recipe = recipe = project.recipe
        self.device = choose_device(recipe.device)
        if recipe.deterministic:
            want_workspace()
        self.threads = choose_threads(self.run.state().threads)
        analysis = analyse(project)
        shape = input_shape(project, analysis)
        images = load(project.data, shape, self.tell)
        self.remark = self.note(images.remarks)
        self.tell("Building the network", 1.0)
        self.lay_out(images)
        cast(Any, torch).manual_seed(recipe.seed)
        self.module: nn.Module = build(text, project.name)
        initialize(self.module, recipe.initialization)
        self.module.to(self.device)
        if not recipe.channels_last:  # build() has made it so.
            cast(Any, self.module).to(memory_format=torch.contiguous_format)
        # A batch of one image has no deviation to normalise by.
        self.single = not any(isinstance(child, nn.BatchNorm2d) for child in self.module.modules())
        sample, _ = self.training.first(2)
        source = source_of(project, analysis, text)
        check_module(self.module, project, analysis, source, self.training.normalize(sample))
        paths = frozen_paths(project, source, self.run.state().frozen)
        self.frozen = Frozen(self.module, paths)
        self.objective = Objective(recipe, self.counts, self.device)
        optimizer = make_optimizer(recipe.optimizer, self.module.parameters())
        self.learning = learning(optimizer)
        self.update = Update(
            self.module, self.objective, optimizer, self.normalizer, recipe, self.device
        )
        average = self.update.average
        self.shown = average.in_place if average is not None else nullcontext
        """Within it the module has the weights that are checked, shown and kept."""
        self.kept = max(1, min(_OUTPUT_IMAGES, _OUTPUT_MACS // max(1, analysis.macs)))
        self.run.update(
            device=str(self.device),
            threads=self.threads,
            seed=recipe.seed,
            mean=images.mean,
            std=images.std,
            classes=images.classes,
            frozen=paths,
        )

    def note(self, remarks: Sequence[str]) -> str:
        """Write the remarks on image files into the log; a sentence about them, where there are any."""
        if not remarks:
            return ""
        self.run.log("\n".join(remarks))
        files = "1 image file was" if len(remarks) == 1 else f"{len(remarks):,} image files were"
        return f"{files} left out or changed, each named in {self.run.log_file}: {remarks[0]}."

    def lay_out(self, images: Images) -> None:
        """Put the images on the device, in their parts."""
        last = self.recipe.channels_last
        normalizer = Normalizer(images.mean, images.std, self.device, last)
        train = images.train
        kept, aside = split(train.labels, self.recipe.validation)
        self.counts = np.bincount(train.labels[kept], minlength=len(images.classes)).tolist()
        self.training = Batches(train.images, train.labels, kept, normalizer, self.device)
        self.validation = self.training.other(aside)
        self.test: Part | None = images.test
        self.normalizer = normalizer

    def train(self) -> None:
        """Take every step of every epoch."""
        torch.set_num_threads(self.threads)
        recipe = self.recipe
        size = recipe.batch_size
        self.per_epoch = per_epoch = self.training.batches(size, self.single, recipe.accumulate)
        self.steps = per_epoch * recipe.epochs
        images = self.training.images(size, self.single)
        checks = len(self.validation) * recipe.epochs
        self.meter = Meter(self.clock, images * recipe.epochs, checks, self.objective.guess)
        self.snapshots = Snapshots(self.run, self.module, self.shown)
        self.snapshots.write(0)
        self.run.append(
            Started(
                device=str(self.device),
                threads=self.threads,
                epochs=recipe.epochs,
                steps_per_epoch=per_epoch,
                train_images=len(self.training),
                validation_images=len(self.validation),
                parameters=self.learning,
                loss=recipe.loss.axis(),
                accuracy=self.objective.accuracy,
                remark=self.remark,
            )
        )
        self.run.update(status="running")
        shuffle = torch.Generator().manual_seed(recipe.seed)
        for epoch in range(1, recipe.epochs + 1):
            self.train_epoch(shuffle)
            self.end_epoch(epoch)
            if epoch < recipe.epochs and self.stands_still():
                break

    def train_epoch(self, shuffle: torch.Generator) -> None:
        """Go once over the training images, in a new order."""
        recipe, meter, control = self.recipe, self.meter, self.control
        assert meter is not None
        take, rate = self.update.take, recipe.schedule.rate
        highest = recipe.schedule.checked(recipe.optimizer.learning_rate, self.checks)
        self.module.train()
        self.frozen.hold()
        meter.begin()
        due = time.perf_counter() + _TELL
        size, together = recipe.batch_size, recipe.accumulate
        for pixels, labels in self.training.cut(size, shuffle, self.single, together):
            if control.attention:
                self.attend()
            loss, scores = take(
                pixels, labels, rate(highest, self.step, self.steps, self.per_epoch)
            )
            self.step += 1
            # Nothing here waits for the device; `read` does, some five times a second.
            full = meter.add(loss, labels, scores)
            if full or time.perf_counter() >= due:
                self.read()
                self.snapshots.offer(self.step)
                due = time.perf_counter() + _TELL
        self.read()

    def read(self) -> None:
        """Tell of the steps since the last time; raises `DivergedError`."""
        if self.meter is None:
            return
        try:
            steps = self.meter.read()
        except DivergedError as error:
            if error.steps.losses:
                self.run.append(error.steps)
            raise
        if steps is not None:
            self.run.append(steps)

    def end_epoch(self, epoch: int) -> None:
        """Check on the validation images and tell of the epoch."""
        assert self.meter is not None
        began = self.clock.now()
        with self.shown():
            val_loss, val_accuracy = self.evaluate(self.validation)
        self.meter.validated(len(self.validation), self.clock.now() - began)
        loss, accuracy, speed = self.meter.epoch()
        self.checks.append(loss if val_loss is None else val_loss)
        self.run.append(
            EpochEnded(
                epoch=epoch,
                step=self.step,
                train_loss=loss,
                train_accuracy=accuracy,
                val_loss=val_loss,
                val_accuracy=val_accuracy,
                images_per_second=speed,
                seconds_left=self.meter.seconds_left(),
            )
        )
        self.snapshots.offer(self.step)

    @torch.no_grad()
    def evaluate(self, batches: Batches) -> tuple[float | None, float | None]:
        """Mean loss and accuracy in evaluation mode; None for no images, and where none is measured."""
        if not len(batches):
            return None, None
        self.module.eval()
        loss = torch.zeros((), device=self.device)
        hits = torch.zeros((), device=self.device, dtype=torch.int64)
        for pixels, labels in batches.cut(max(64, self.recipe.batch_size)):
            if self.control.attention:
                self.attend()
            inputs = self.normalizer(pixels)
            results = self.update.forward(inputs)
            loss += self.objective(results, inputs, labels) * len(labels)
            if self.objective.accuracy:
                hits += (self.objective.guess(main_result(results)) == labels).sum()
        mean = loss.item() / len(batches)
        if not math.isfinite(mean):
            raise TrainingError(
                f"The validation loss became {mean} after step {self.step:,}; "
                "lower the learning rate."
            )
        return mean, hits.item() / len(batches) if self.objective.accuracy else None

    def stands_still(self) -> bool:
        """Whether the recipe ends the run here, because nothing has become better for long."""
        patience = self.recipe.patience
        best = self.checks.index(min(self.checks))
        if patience is None or len(self.checks) - 1 - best < patience:
            return False
        of = "validation" if len(self.validation) else "training"
        self.reason = (
            f"Ended after epoch {len(self.checks):,}: the {of} loss was lowest in epoch {best + 1:,}, "
            f"and the recipe bears {patience:,} epoch{'s' if patience > 1 else ''} without a lower one."
        )
        return True

    def finish(self) -> None:
        """Write what the run leaves, and measure it on the test images, where there are some."""
        with self.shown():
            self.conclude()

    def conclude(self) -> None:
        """What `finish` does, with the weights that are kept."""
        self.snapshots.write(self.step)
        test_loss = test_accuracy = None
        if self.test is not None:
            labels = self.test.labels
            everything = split(labels, 0.0)[0]
            part = Batches(self.test.images, labels, everything, self.normalizer, self.device)
            test_loss, test_accuracy = self.evaluate(part)
        self.write_results()
        self.run.update(status="finished", test_loss=test_loss, test_accuracy=test_accuracy)
        self.run.append(Finished(test_loss, test_accuracy, self.reason))

    def end(self) -> None:
        """End before the end, on request."""
        if self.meter is not None and self.step:
            self.read()
            with self.shown():
                self.snapshots.write(self.step)
                self.write_results()
        self.run.update(status="stopped")
        self.run.append(Stopped(self.step))

    def write_results(self) -> None:
        """Write the weights, and outputs for some validation images."""
        source = self.validation if len(self.validation) else self.training
        pixels, _ = source.first(self.kept)
        write_results(self.run, self.module, self.normalizer(pixels), self.step)

    def fail(self, message: str) -> None:
        """End by the exception that is being handled."""
        detail = traceback.format_exc()
        # Each by itself: where the disk is full, none of them may be possible.
        with suppress(OSError, RunError):
            self.run.update(status="failed", message=message)
        with suppress(OSError):
            self.run.append(Failed(message, detail))
        with suppress(OSError):
            self.run.log(detail)

    def attend(self) -> None:
        """Do what the control asks for: stand still, or end by raising `_StopRequest`."""
        if self.control.paused:
            began = time.perf_counter()
            self.read()
            self.run.append(Paused(self.step))
            self.run.update(status="paused")
            if self.meter is not None:
                self.snapshots.write(self.step)
            self.control.wait()
            self.clock.skip(time.perf_counter() - began)
            if not self.control.stopped:
                self.run.update(status="running" if self.meter else "preparing")
                self.run.append(Resumed(self.step))
        if self.control.stopped:
            raise _StopRequest

    def tell(self, message: str, fraction: float) -> None:
        """Tell how the preparation goes, a few times a second; ends it where the run is to stop."""
        if self.control.stopped:
            raise _StopRequest
        last, at = self._told
        now = time.perf_counter()
        if message != last or now - at >= _TELL:
            self._told = (message, now)
            if not self.control.paused:
                self.run.append(Preparing(message, fraction))

    def aside(self, work: Callable[[], None]) -> None:
        """Do `work` in another thread, so that this one can obey meanwhile.

        A thread that hangs in the network is left to itself when the run is stopped.
        """
        errors: list[BaseException] = []

        def do() -> None:
            try:
                work()
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=do, name="preparation", daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(_PATIENCE)
            if self.control.attention:
                self.attend()
        if errors:
            raise errors[0]
