"""Those who watch a run whose module lies in pieces: for them it is gathered at steps that all agree on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn

from engine.training.batches import Batches
from engine.training.build import build
from engine.training.checkpoint import lend, take
from engine.training.distributed.group import Look
from engine.training.nobody import Nobody
from engine.training.rundir import PredictedPart, RunDirectory
from engine.training.strides import Strides
from engine.training.validating import Checked
from engine.training.whole import whole

if TYPE_CHECKING:
    from engine.training.distributed.team import Team
    from engine.training.onlookers import Onlookers
    from engine.training.setup import Setup


class Gathering(Nobody):
    """With the first process are those who watch; it has a copy of the module for them, in the memory of
    the machine, which holds the weights that are shown. The others give their pieces.

    What asks for pieces is called by all processes at the same step: everything but `offer`, `follow`,
    `checked`, `rescue` and `close`. How often it does so by itself the first process decides.
    """

    def __init__(self, team: Team, make: Look, setup: Setup, run: RunDirectory) -> None:
        self._team = team
        self._setup = setup
        self._strides = Strides(setup.module, setup.update)
        self._wants_offer = self._wants_measure = False
        self._copy = _empty(run.source_text()) if team.writes else None
        self._inner: Onlookers | None = None
        self._gather()
        if self._copy is not None:
            copied = replace(setup, module=self._copy, shown=nullcontext)
            self._inner = make(copied, tensors=self._take, strides=self._strides)

    def begin(self) -> None:
        self.due = False
        if self._inner is not None:
            self._inner.begin()
        else:
            self._strides.begin()

    def measure(self, step: int) -> None:
        self._gather()
        if self._inner is not None:
            self._inner.measure(step)
        else:
            self._strides.measure()

    def offer(self, step: int) -> None:
        if self._inner is None:
            return
        self._wants_offer = self._inner.wants()
        self._wants_measure = self._inner.due
        if self._wants_offer or self._wants_measure:
            self._team.want()

    def meet(self, step: int) -> None:
        offer, measure = self._team.most(self._wants_offer, self._wants_measure)
        self._wants_offer = self._wants_measure = False
        self.due = bool(measure)
        if offer:
            self._gather()
            if self._inner is not None:
                self._inner.offer(step)

    def follow(self, step: int) -> None:
        if self._inner is not None:
            self._inner.follow(step)

    def keep(self, step: int) -> None:
        self._lead(lambda inner: inner.keep(step))

    def checked(self, part: PredictedPart, step: int, images: Batches, found: Checked) -> None:
        if self._inner is not None:
            self._inner.checked(part, step, images, found)

    def epoch_ended(self, step: int, loss: float) -> None:
        self._gather()
        self._lead(lambda inner: inner.epoch_ended(step, loss))
        self.due = bool(self._team.most(self._inner is not None and self._inner.due)[0])

    def show(self, step: int) -> None:
        self._gather()
        if self._inner is not None:
            self._inner.show(step)

    def rest(self, step: int) -> None:
        self._gather()
        self._lead(lambda inner: inner.rest(step))

    def write_results(self, step: int) -> None:
        self._gather()
        if self._inner is not None:
            self._inner.write_results(step)

    def rescue(self) -> None:
        if self._inner is not None:
            self._inner.rescue()

    def close(self) -> None:
        if self._inner is not None:
            self._inner.close()

    @torch.no_grad()
    def _gather(self) -> None:
        """Let the copy be what the module is."""
        into = _state(self._copy) if self._copy is not None else {}
        with self._setup.shown():
            for name, tensor in _state(self._setup.module).items():
                found = whole(tensor.detach())
                if into:
                    into[name].copy_(found)

    def _lead(self, act: Callable[[Onlookers], None]) -> None:
        """Let the watchers do what may take checkpoints; the other processes help until it is done."""
        if self._inner is None:
            while self._team.most(0)[0]:
                lend(self._setup.module, self._setup.update)
            return
        try:
            act(self._inner)
        finally:
            self._team.most(0)

    def _take(self) -> tuple[bytes, bytes]:
        self._team.most(1)
        return take(self._setup.module, self._setup.update)


def _state(module: nn.Module) -> dict[str, Tensor]:
    return cast("dict[str, Tensor]", cast(Any, module).state_dict())


def _empty(text: str) -> nn.Module:
    """The module of a source, on the processor, with nothing in it yet; no random number is drawn."""
    with torch.device("meta"):
        module = build(text, "copy")
    return module.to_empty(device="cpu")
