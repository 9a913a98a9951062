"""Those who watch a run and write down what they see: weights, checkpoints, guesses, measures, event files."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from engine.training.batches import Batches
from engine.training.checkpoint import Take, take
from engine.training.diverging import of_a_tensor
from engine.training.keeping import Checkpoints
from engine.training.nobody import Nobody
from engine.training.results import Guesses, Snapshots, write_results
from engine.training.rundir import PredictedPart, RunDirectory, RunError
from engine.training.setup import Setup
from engine.training.standing import Standing
from engine.training.strides import Strides
from engine.training.validating import Checked
from engine.training.watching import Watch


class Onlookers(Nobody):
    """All of them. Each sees to it by itself that it takes but little time."""

    def __init__(
        self,
        run: RunDirectory,
        setup: Setup,
        standing: Callable[[], Standing],
        began: Standing | None,
        *,
        tensors: Take | None = None,
        strides: Strides | None = None,
    ) -> None:
        """`standing` tells where the run stands; `began` is where it is taken up again, if it is.

        Where the module that is set up is a copy, `tensors` takes those of the checkpoints from what
        trains, and `strides` measures that.
        """
        # Not at the top: it would make every trainer ready a tenth of a second later.
        from engine.training.tensorboard import Board

        self._run = run
        self._setup = setup
        self._snapshots = Snapshots(run, setup.module, setup.shown)
        tensors = tensors or partial(take, setup.module, setup.update)
        self._checkpoints = Checkpoints(run, setup, standing, tensors)
        self._guesses = Guesses(run)
        self._board = Board(run, setup, began)
        self._watch: Watch | None = None
        try:
            self._watch = Watch(setup, strides)
        except Exception as error:  # Whatever a module does that cannot be looked into.
            self._give_up(error)
        self._look()

    def wants(self) -> bool:
        """Whether an `offer` would be taken now. `due` is up to date then."""
        self._look()
        return self._snapshots.due() or self._board.due()

    def begin(self) -> None:
        assert self._watch is not None
        self.due = False
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
        self._look()
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
        # Epochs may be shorter than it is from one offer to the next.
        self._look()
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

    def _look(self) -> None:
        """Find out whether it is time to measure a step."""
        self.due = self._watch is not None and self._watch.due()

    def _give_up(self, error: Exception) -> None:
        self._watch = None
        self._run.log(
            f"Gradients and activations are not measured: {type(error).__name__}: {error}"
        )
