"""A check on images that are not learned from, as each of several processes goes through it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from engine.training.distributed.group import Group, Pair
from engine.training.setup import set_up
from engine.training.validating import check
from tests.engine.training.drawing import run_of, small


class Idle(Group):
    """A process for which no batch is left over."""

    def dealt(self, batches: Iterable[Pair]) -> Iterable[Pair]:
        return ()

    def gathered(
        self, parts: Sequence[Tensor], count: int, size: int, dtype: torch.dtype
    ) -> Tensor:
        return torch.ones(count, dtype=dtype)

    def total(self, *numbers: Tensor) -> None:
        for number in numbers:
            number += 1


def test_a_process_without_a_batch_hears_what_the_others_hear(tmp_path: Path) -> None:
    setup = set_up(run_of(small(), tmp_path), lambda message, fraction: None)
    heard: list[bool] = []
    check(setup, setup.validation, lambda: heard.append(True), Idle())
    # Else it would wait for the others in the check while they wait for it in agreeing what is asked.
    assert heard == [True]
