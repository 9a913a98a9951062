"""The processes that train a run together, as the run sees them; by itself this is one process alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch import Tensor

from engine.training.batches import Batches
from engine.training.control import Control
from engine.training.device import choose_device, choose_threads
from engine.training.meter import Meter
from engine.training.nobody import Nobody
from engine.training.updates import Update

if TYPE_CHECKING:
    from engine.recipe.recipe import Recipe
    from engine.training.onlookers import Onlookers
    from engine.training.rundir import RunDirectory
    from engine.training.setup import Setup

Pair = tuple[Tensor, Tensor]
Restore = Callable[[Path], None]
"""Lets a run stand where the checkpoint in a folder does."""
Look: TypeAlias = "Callable[..., Onlookers]"
"""Makes those who watch a run of what is set up; what they cannot do by that is given by name."""


class LostError(Exception):
    """Another process of the run is gone, so that this one cannot go on."""


class Group:
    """One process, for which nothing here does anything; `Team` is several."""

    rank = 0
    size = 1
    meter: type[Meter] = Meter
    """What their results are collected in."""

    @property
    def writes(self) -> bool:
        """Whether this is the process that writes the run directory."""
        return self.rank == 0

    def device(self, name: str) -> torch.device:
        """The device of this process, where the recipe says `name`; raises `TrainingError`."""
        return choose_device(name)

    def threads(self, wanted: int) -> int:
        """How many threads this process computes with, 0 standing for as many as there is room for."""
        return choose_threads(wanted)

    def check(self, recipe: Recipe) -> None:
        """Raise `TrainingError` where the recipe is none for so many processes."""

    def in_pieces(self, recipe: Recipe) -> bool:
        """Whether each process is to keep but a piece of every tensor of the module."""
        return False

    def update(self, *given: Any, recipe: Recipe) -> Update:
        """What takes the steps: made of all that `Update` is made of."""
        return Update(*given, recipe=recipe)

    def onlookers(self, make: Look, setup: Setup, run: RunDirectory) -> Nobody:
        """Those who watch the run from this process."""
        return make(setup) if self.writes else Nobody()

    def control(self, control: Control) -> Control:
        """What the run is to obey, of what is asked of this process."""
        return control

    def meet(
        self, setup: Setup, began: Path | None, restore: Restore, wait: Callable[[], None]
    ) -> str:
        """Wait until every process is ready, and stand where the first does; what there is to remark.

        `began` is the checkpoint that this process stands at, `restore` goes to another. `wait` is
        called again and again meanwhile. Raises `TrainingError` where one cannot be ready.
        """
        return ""

    def cut(
        self,
        batches: Batches,
        size: int,
        order: torch.Generator,
        keep_single: bool,
        together: int,
        skip: int,
    ) -> Iterator[Pair]:
        """The batches of an epoch's steps: the images of this process, and the labels of all."""
        return batches.cut(size, order, keep_single, together, skip)

    def dealt(self, batches: Iterable[Pair]) -> Iterable[Pair]:
        """Those of some batches that this process measures."""
        return batches

    def gathered(
        self, parts: Sequence[Tensor], count: int, size: int, dtype: torch.dtype
    ) -> Tensor:
        """What is known of the batches that were `dealt`, each (size,) or what was left over, as one
        tensor (count,) in the order of the batches.
        """
        return torch.cat(tuple(parts))

    def total(self, *numbers: Tensor) -> None:
        """Add to each tensor the other processes', in place."""

    def prepared(self, run: RunDirectory) -> None:
        """This process has prepared itself for the run; where it is the first, let the others do so."""

    def leave(self) -> None:
        """This process is done with the run."""

    def complain(self, sentence: str) -> None:
        """Let the others know why this process ends the run."""

    def blame(self, error: Exception) -> str:
        """Why another process ended the run, where that is behind an error here, else nothing.

        Raises `LostError` where another process is gone without a word.
        """
        return ""


ALONE = Group()
