"""When checkpoints are written: every so many steps, at the ends of epochs, and when a run stands still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from engine.training.budget import Budget
from engine.training.checkpoint import Take
from engine.training.events import CheckpointWritten
from engine.training.rundir import RunDirectory
from engine.training.setup import Setup
from engine.training.standing import (
    Standing,
    best_checkpoint,
    checkpoints,
    prune,
    read_standing,
    write_checkpoint,
)

_PART = 0.005
"""The part of the time that checkpoints may take: more than those who only watch, for what they save."""


class Checkpoints:
    """Writes a run's checkpoints and keeps as many as its recipe says."""

    def __init__(
        self, run: RunDirectory, setup: Setup, standing: Callable[[], Standing], take: Take
    ) -> None:
        """`standing` tells where the run stands, all steps told; `take` takes the tensors."""
        self._run = run
        self._setup = setup
        self._standing = standing
        self._take = take
        self._budget = Budget(part=_PART)
        self._last: Standing | None = None
        """The last that was written."""
        best = best_checkpoint(checkpoints(run))
        self._best: tuple[Standing, bytes, bytes] | None = None
        """The best epoch's, while it waits to be written."""
        self._least = read_standing(best).check if best is not None else None

    def epoch_ended(self, loss: float) -> None:
        """An epoch has ended with this loss: write its checkpoint soon, and surely if none is better."""
        best = self._least is None or loss < self._least
        if best:
            self._least = loss
            self._best = None
        if self._budget.due():
            with self._budget.spend():
                self.flush()
                self.write(loss)
        elif best:
            with self._budget.spend():
                self._best = self._taken(loss)

    def write(self, check: float | None = None) -> None:
        """Write one now, unless this step's is there, with the same plan."""
        standing = self._stands(check)
        last = self._last
        if check is None and last is not None and last.step == standing.step:
            if (last.rate, last.epochs) == (standing.rate, standing.epochs):
                return
            standing = replace(standing, check=last.check)
        self._put(standing, *self._take())

    def flush(self) -> None:
        """Write what has waited."""
        best, self._best = self._best, None
        if best is not None:
            self._put(*best)

    def _taken(self, check: float | None) -> tuple[Standing, bytes, bytes]:
        return self._stands(check), *self._take()

    def _stands(self, check: float | None) -> Standing:
        """Where the run stands, with all that belongs to a checkpoint but its tensors."""
        setup, update = self._setup, self._setup.update
        standing = replace(
            self._standing(),
            check=check,
            optimizer=update.kind,
            source_hash=setup.source_hash,
            threads=setup.threads,
            torch=torch.__version__,
            events=self._run.events_file.stat().st_size,
        )
        if update.average is not None:
            standing = replace(standing, averaged=update.average.steps)
        if update.scaler is not None:
            state = update.scaler.state_dict()
            standing = replace(standing, scale=state["scale"], grown=state["_growth_tracker"])
        return standing

    def _put(self, standing: Standing, weights: bytes, training: bytes) -> None:
        write_checkpoint(self._run, standing, weights, training)
        self._last = standing
        prune(self._run, self._setup.recipe.keep_checkpoints)
        self._run.append(CheckpointWritten(standing.step))
