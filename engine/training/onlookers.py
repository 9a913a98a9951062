"""Those who watch a run and write down what they see: weights, checkpoints, guesses, measures, event files."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from engine.training.batches import Batches
from engine.training.diverging import of_a_tensor
from engine.training.keeping import Checkpoints
from engine.training.results import Guesses, Snapshots, write_results
from engine.training.rundir import PredictedPart, RunDirectory, RunError
from engine.training.setup import Setup
from engine.training.standing import Standing
from engine.training.validating import Checked
from engine.training.watching import Watch


class Nobody:
    """No onlookers: those of a process that writes nothing."""

    def due(self) -> bool:
        """Whether the next step is to be measured, between `begin` and `measure`."""
        return False

    def begin(self) -> None:
        """A step to be measured comes now."""

    def measure(self, step: int) -> None:
        """The step to be measured, number `step`, has been taken."""

    def offer(self, step: int) -> None:
        """There is a moment for whoever wants to write down something after `step`."""

    def follow(self, step: int) -> None:
        """Write down all that has been told until `step`."""

    def keep(self, step: int) -> None:
        """Write a checkpoint after `step` now; raises `DivergedError` where there is no going on from it."""

    def checked(self, part: PredictedPart, step: int, images: Batches, found: Checked) -> None:
        """The images of a part were `found` to be so after `step`."""

    def epoch_ended(self, step: int, loss: float) -> None:
        """An epoch has ended with this loss, at `step`; raises `DivergedError` as `keep`."""

    def show(self, step: int) -> None:
        """Write the weights after `step`, for whoever looks inside."""

    def rest(self, step: int) -> None:
        """The run stands still after `step`, or for good: write all that waits, and a checkpoint."""

    def write_results(self, step: int) -> None:
        """Write what is left when a run is over; the module is of no use for training any more."""

    def rescue(self) -> None:
        """The run has failed: write what waits, as far as that is possible."""

    def close(self) -> None:
        """Nothing more is to be seen."""


class Onlookers(Nobody):
    """All of them. Each sees to it by itself that it takes but little time."""

    def __init__(
        self,
        run: RunDirectory,
        setup: Setup,
        standing: Callable[[], Standing],
        began: Standing | None,
    ) -> None:
        """`standing` tells where the run stands; `began` is where it is taken up again, if it is."""
        # Not at the top: it would make every trainer ready a tenth of a second later.
        from engine.training.tensorboard import Board

        self._run = run
        self._setup = setup
        self._snapshots = Snapshots(run, setup.module, setup.shown)
        self._checkpoints = Checkpoints(run, setup, standing)
        self._guesses = Guesses(run)
        self._board = Board(run, setup, began)
        self._watch: Watch | None = None
        try:
            self._watch = Watch(setup)
        except Exception as error:  # Whatever a module does that cannot be looked into.
            self._give_up(error)

    def due(self) -> bool:
        return self._watch is not None and self._watch.due()

    def begin(self) -> None:
        assert self._watch is not None
        self._watch.begin()

    def measure(self, step: int) -> None:
        assert self._watch is not None
        try:
            measured = self._watch.measure(step)
        except RuntimeError as error:  # No memory for it, say, where training has enough.
            self._give_up(error)
            return
        self._run.append(measured)

    def offer(self, step: int) -> None:
        self._snapshots.offer(step)
        self._board.offer(step)

    def follow(self, step: int) -> None:
        self._board.follow(step)

    def keep(self, step: int) -> None:
        try:
            self._checkpoints.write()
        except FloatingPointError as error:
            raise of_a_tensor(self._setup, step, str(error)) from None

    def checked(self, part: PredictedPart, step: int, images: Batches, found: Checked) -> None:
        self._guesses.checked(part, step, images, found)

    def epoch_ended(self, step: int, loss: float) -> None:
        self._snapshots.offer(step)
        try:
            self._checkpoints.epoch_ended(loss)
        except FloatingPointError as error:
            raise of_a_tensor(self._setup, step, str(error)) from None

    def show(self, step: int) -> None:
        self._snapshots.write(step)

    def rest(self, step: int) -> None:
        self._checkpoints.flush()
        self.keep(step)
        self._guesses.flush()
        self._board.draw(step)

    def write_results(self, step: int) -> None:
        self._guesses.flush()
        setup = self._setup
        source = setup.validation if len(setup.validation) else setup.training
        pixels, _ = source.first(setup.outputs)
        write_results(self._run, setup.module, setup.normalizer(pixels), step)

    def rescue(self) -> None:
        with suppress(OSError, RunError):
            self._checkpoints.flush()

    def close(self) -> None:
        self._board.close()

    def _give_up(self, error: Exception) -> None:
        self._watch = None
        self._run.log(
            f"Gradients and activations are not measured: {type(error).__name__}: {error}"
        )
