"""The training of one run: prepare, train, check, and tell of it in the run directory."""

from __future__ import annotations

import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch

from engine.codegen.guard import GuardError
from engine.data import DataError
from engine.data.images import split
from engine.interop.weights import WeightsError
from engine.network.storage import StorageError
from engine.training.aside import aside
from engine.training.batches import Batches, order_of
from engine.training.checkpoint import give_back
from engine.training.control import Control
from engine.training.device import determinism
from engine.training.distributed.group import ALONE, Group
from engine.training.diverging import of_a_check, of_a_loss
from engine.training.errors import DivergedError, TrainingError
from engine.training.events import (
    Changed,
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
from engine.training.meter import Clock, LossError, Meter, Sums
from engine.training.nobody import Nobody
from engine.training.onlookers import Onlookers
from engine.training.rundir import RunDirectory, RunError
from engine.training.setup import Setup, set_up
from engine.training.standing import (
    Standing,
    checkpoints,
    newest_whole,
    none_whole,
    read_standing,
)
from engine.training.updates import NotFiniteError
from engine.training.validating import Checked, check

_TELL = 0.3
"""Seconds between two readings of losses from the device."""

_TOLD = (DataError, TrainingError, RunError, StorageError, GuardError, WeightsError)
"""Errors whose text is the sentence for people."""


class _StopRequest(Exception):  # noqa: N818 - a request, not an error
    """The control asks the run to end."""


def train(run: RunDirectory, control: Control, group: Group = ALONE) -> None:
    """Train a run from its first step to its end, in this thread; everything is told by events.

    Returns when the run has finished, was stopped or has failed, as `run.state()` says; an
    exception is a `Failed` event with its traceback in the log, and nothing is raised for it. Where
    one of a `group` of processes is gone, which is no failure of the run, `LostError` is raised.
    """
    session = _Session(run, control, group)
    try:
        try:
            aside(session.prepare, session.heed)
            session.meet()
            with determinism(session.setup.recipe.deterministic):
                session.train()
                session.finish()
        except _StopRequest:
            session.end()
    except DivergedError as error:
        session.fail(str(error), error.node, error.step)
    except _TOLD as error:
        session.fail(str(error))
    except Exception as error:
        session.fail(group.blame(error) or sentence(error, run))
    finally:
        session.onlookers.close()
        group.leave()


class _Session:
    """One run under way. The methods are called in the order in which they stand."""

    def __init__(self, run: RunDirectory, control: Control, group: Group) -> None:
        self.run = run
        self.group = group
        self.control = group.control(control)
        self.clock = Clock()
        self.step = 0
        self.epoch = 0
        """Epochs that are over."""
        self.batch = 0
        """Steps taken in the epoch after them."""
        self.checks: list[float] = []
        """The loss of every epoch so far: on the validation images, where there are some."""
        self.reason = ""
        """Why the run ended before its last epoch."""
        self.meter: Meter | None = None
        self.onlookers = Nobody()
        self._stood: Path | None = None
        self._remark = ""
        self._told = ("", 0.0)

    def prepare(self) -> None:
        """Read, check and build everything that the first step needs; in a thread of its own."""
        self.setup = setup = set_up(self.run, self.tell, self.group)
        recipe = setup.recipe
        self.epochs = recipe.epochs
        self.rate = recipe.optimizer.learning_rate
        """The highest learning rate, which the schedule scales."""
        self.began: Standing | None = None
        present = checkpoints(self.run)
        found = newest_whole(self.run)
        if present and found is None:
            raise RunError(none_whole(self.run))
        if found is not None:
            self.tell("Reading the checkpoint", 1.0)
            if found[0] != present[-1]:
                self.run.take_back(found[1].events)
            self.restore(*found)
            self._stood = found[0]
        self.per_epoch = setup.per_epoch
        self.group.prepared(self.run)

    def meet(self) -> None:
        """Let all processes of the group stand at the same step."""

        def restore(folder: Path) -> None:
            self.restore(folder, read_standing(folder))

        self._remark = self.group.meet(self.setup, self._stood, restore, self.heed)

    def restore(self, folder: Path, standing: Standing) -> None:
        """Stand where the checkpoint does."""
        setup = self.setup
        self.began = standing
        self.step, self.epoch, self.batch = standing.step, standing.epoch, standing.batch
        self.epochs, self.rate = standing.epochs, standing.rate
        self.checks = list(standing.checks)
        exact = standing.source_hash == setup.source_hash
        left = give_back(folder, setup.module, setup.update, standing, exact=exact)
        if left:
            self.run.log(
                f"Taken over from {folder}: every tensor but, wholly or in part, {', '.join(left)}."
            )

    def train(self) -> None:
        """Take every step of every epoch."""
        setup = self.setup
        torch.set_num_threads(setup.threads)
        self.meter = self.group.meter(self.clock, 0, 0, setup.objective.guess)
        self.meter.step = self.step
        self.onlookers = self.group.onlookers(self.look, setup, self.run)
        self.onlookers.show(self.step)
        self.run.update(status="running")
        self.begin()
        while self.epoch < self.epochs:
            self.expect()
            self.train_epoch()
            self.end_epoch()
            if self.epoch < self.epochs and self.stands_still():
                break

    def look(self, setup: Setup, **means: Any) -> Onlookers:
        """Those who watch what is set up."""
        return Onlookers(self.run, setup, self.standing, self.began, **means)

    def begin(self) -> None:
        """Tell what is begun, or gone on with."""
        setup, recipe, began = self.setup, self.setup.recipe, self.began
        if began is None or not began.events:
            self.run.append(
                Started(
                    device=str(setup.device),
                    threads=setup.threads,
                    epochs=self.epochs,
                    steps_per_epoch=self.per_epoch,
                    train_images=len(setup.training),
                    validation_images=len(setup.validation),
                    parameters=setup.learning,
                    loss=recipe.loss.axis(),
                    accuracy=setup.objective.accuracy,
                    remark=" ".join(filter(None, (setup.remark, self._remark))),
                    leaked=setup.leaked,
                    processes=self.group.size,
                )
            )
        if began is None:
            self.run.settle()
            self.onlookers.keep(self.step)
            return
        assert self.meter is not None
        self.meter.sums = Sums(began.sum_loss, began.sum_hits, began.sum_images, began.sum_seconds)
        self.run.append(Changed(self.step, self.epochs, self.rate), Resumed(self.step))
        self.run.settle()

    def expect(self) -> None:
        """Let the meter know how much is still to do."""
        assert self.meter is not None
        setup = self.setup
        left = self.epochs - self.epoch
        done = self.batch * setup.recipe.batch_size * setup.recipe.accumulate
        images = max(0, setup.images_per_epoch * left - done)
        self.meter.expect(images, len(setup.validation) * left)

    def standing(self) -> Standing:
        """Where the run stands, every step before told."""
        self.read()
        assert self.meter is not None
        self.onlookers.follow(self.step)
        sums = self.meter.sums
        return Standing(
            step=self.step,
            epoch=self.epoch,
            batch=self.batch,
            epochs=self.epochs,
            rate=self.rate,
            checks=tuple(self.checks),
            sum_loss=sums.loss,
            sum_hits=sums.hits,
            sum_images=sums.images,
            sum_seconds=sums.seconds,
        )

    def train_epoch(self) -> None:
        """Go over the training images, or those that are left of this epoch, in its order."""
        setup, recipe, meter, control = self.setup, self.setup.recipe, self.meter, self.control
        onlookers = self.onlookers
        assert meter is not None
        take, rate, every = setup.update.take, recipe.schedule.rate, recipe.checkpoint_every
        self.plan()
        setup.module.train()
        setup.frozen.hold()
        meter.begin()
        due = time.perf_counter() + _TELL
        order = order_of(recipe.seed, self.epoch + 1)
        size, together = recipe.batch_size, recipe.accumulate
        for pixels, labels in self.group.cut(
            setup.training, size, order, setup.single, together, self.batch
        ):
            if control.attention:
                self.attend()
            try:
                meter.rate = now = rate(self.highest, self.step, self.steps, self.per_epoch)
                measured = onlookers.due
                if measured:
                    onlookers.begin()
                loss, scores = take(pixels, labels, now, self.step)
            except NotFiniteError as error:
                self.read()
                raise of_a_loss(setup, self.step + 1, error.loss, error.inputs) from None
            self.step += 1
            self.batch += 1
            if measured:
                onlookers.measure(self.step)
            # Nothing here waits for the device; `read` does, some three times a second. All that
            # goes by the clock is asked then: after a step of a millisecond every question counts.
            full = meter.add(loss, labels, scores)
            if full or time.perf_counter() >= due:
                self.read()
                onlookers.offer(self.step)
                due = time.perf_counter() + _TELL
            if every is not None and self.step % every == 0:
                onlookers.keep(self.step)
        self.read()

    def plan(self) -> None:
        """Work out how the rate goes on, from the epochs so far and those to come."""
        self.highest = self.setup.recipe.schedule.checked(self.rate, self.checks)
        self.steps = self.per_epoch * self.epochs

    def read(self) -> None:
        """Tell of the steps since the last time; raises `DivergedError`."""
        if self.meter is None:
            return
        try:
            steps = self.meter.read()
        except LossError as error:
            if error.steps.losses:
                self.run.append(error.steps)
            # Which images these were is not known any more.
            size = self.setup.recipe.batch_size
            inputs = self.setup.normalizer(self.setup.training.first(size)[0])
            raise of_a_loss(self.setup, error.step, error.loss, inputs) from None
        if steps is not None:
            self.run.append(steps)

    def end_epoch(self) -> None:
        """Check on the validation images and tell of the epoch."""
        setup = self.setup
        assert self.meter is not None
        began = self.clock.now()
        with setup.shown():
            checked = self.check(setup.validation)
        self.meter.validated(len(setup.validation), self.clock.now() - began)
        loss, accuracy, speed = self.meter.epoch()
        lasting = loss if checked.loss is None else checked.loss
        self.checks.append(lasting)
        self.epoch += 1
        self.batch = 0
        self.run.append(
            EpochEnded(
                epoch=self.epoch,
                step=self.step,
                train_loss=loss,
                train_accuracy=accuracy,
                val_loss=checked.loss,
                val_accuracy=checked.accuracy,
                val_top5=checked.top5,
                images_per_second=speed,
                seconds_left=self.meter.seconds_left(),
            )
        )
        self.onlookers.checked("validation", self.step, setup.validation, checked)
        self.onlookers.epoch_ended(self.step, lasting)

    def check(self, batches: Batches) -> Checked:
        """Measure the weights on images that are not learned from."""
        try:
            return check(self.setup, batches, self.heed, self.group)
        except NotFiniteError as error:
            raise of_a_check(self.setup, self.step, error.loss, error.inputs) from None

    def heed(self) -> None:
        """Do what the control asks for, if it does."""
        if self.control.attention or self.control.stopped:
            self.attend()

    def stands_still(self) -> bool:
        """Whether the recipe ends the run here, because nothing has become better for long."""
        patience = self.setup.recipe.patience
        best = self.checks.index(min(self.checks))
        if patience is None or len(self.checks) - 1 - best < patience:
            return False
        of = "validation" if len(self.setup.validation) else "training"
        self.reason = (
            f"Ended after epoch {len(self.checks):,}: the {of} loss was lowest in epoch {best + 1:,}, "
            f"and the recipe bears {patience:,} epoch{'s' if patience > 1 else ''} without a lower one."
        )
        return True

    def finish(self) -> None:
        """Write what the run leaves, and measure it on the test images, where there are some."""
        self.onlookers.rest(self.step)
        with self.setup.shown():
            self.conclude()

    def conclude(self) -> None:
        """What `finish` does, with the weights that are kept."""
        setup = self.setup
        self.onlookers.show(self.step)
        test_loss = test_accuracy = None
        if setup.test is not None:
            labels = setup.test.labels
            everything = split(labels, 0.0)[0]
            part = Batches(setup.test.images, labels, everything, setup.normalizer, setup.device)
            checked = self.check(part)
            test_loss, test_accuracy = checked.loss, checked.accuracy
            self.onlookers.checked("test", self.step, part, checked)
        self.onlookers.write_results(self.step)
        self.run.update(status="finished", test_loss=test_loss, test_accuracy=test_accuracy)
        self.run.append(Finished(test_loss, test_accuracy, self.reason))

    def end(self) -> None:
        """End before the end, on request."""
        if self.meter is not None and self.step:
            self.onlookers.rest(self.step)
            with self.setup.shown():
                self.onlookers.show(self.step)
                self.onlookers.write_results(self.step)
        self.run.update(status="stopped")
        self.run.put_back()
        self.run.append(Stopped(self.step))

    def fail(self, message: str, node: str = "", step: int = 0) -> None:
        """End by the exception that is being handled."""
        detail = traceback.format_exc()
        self.group.complain(message)
        # Each by itself: where the disk is full, none of them may be possible.
        self.onlookers.rescue()
        with suppress(OSError, RunError):
            self.run.update(status="failed", message=message)
        with suppress(OSError):
            self.run.put_back()
        with suppress(OSError):
            self.run.append(Failed(message, detail, node, step))
        with suppress(OSError):
            self.run.log(detail)

    def attend(self) -> None:
        """Do what the control asks for: change, stand still, or end by raising `_StopRequest`."""
        self.control.agree()
        self.grant()
        if self.control.paused:
            began = time.perf_counter()
            self.read()
            self.run.append(Paused(self.step))
            self.run.update(status="paused")
            if self.meter is not None:
                self.onlookers.show(self.step)
                self.onlookers.rest(self.step)
            while self.control.paused:
                self.control.wait()
                self.control.agree()
                self.grant()
            self.clock.skip(time.perf_counter() - began)
            if not self.control.stopped:
                self.run.update(status="running" if self.meter else "preparing")
                self.run.append(Resumed(self.step))
        if self.control.stopped:
            raise _StopRequest
        if self.meter is not None:
            self.onlookers.meet(self.step)

    def grant(self) -> None:
        """Fulfil the wishes for change, once the run has begun."""
        if self.meter is None:
            return
        for wish in self.control.granted():
            if wish.rate is not None:
                self.rate = wish.rate
            if wish.epochs is not None:
                # At the least, the epoch that is being trained comes to its end.
                self.epochs = max(wish.epochs, self.epoch + 1)
            if wish.rate is not None or wish.epochs is not None:
                self.plan()
                self.read()
                self.expect()
                self.run.append(Changed(self.step, self.epochs, self.rate))
            # Whoever goes on from a paused run's checkpoint goes on with its new plan.
            if wish.checkpoint or self.control.paused:
                self.onlookers.keep(self.step)

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
