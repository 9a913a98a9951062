"""Several processes that train a run together: what they ask of each other."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, distributed, nn

from engine.recipe.recipe import Recipe
from engine.training.batches import Batches
from engine.training.control import Control
from engine.training.device import choose_device, choose_threads
from engine.training.distributed.batchnorm import share_statistics
from engine.training.distributed.control import AgreedControl
from engine.training.distributed.gathering import Gathering
from engine.training.distributed.group import Group, Look, LostError, Pair, Restore
from engine.training.distributed.sharding import ShardedUpdate
from engine.training.distributed.tally import Tally
from engine.training.distributed.update import SharedUpdate
from engine.training.errors import TrainingError
from engine.training.events import Event
from engine.training.nobody import Nobody
from engine.training.rundir import RunDirectory, RunState
from engine.training.setup import Setup
from engine.training.standing import STANDING, TRAINING, WEIGHTS

dist: Any = distributed

GLANCE = 0.05
"""Seconds between two looks at what the others say."""
WORD = 2.0
"""Seconds in which a process that ends the run has said why."""
_LOST = re.compile(
    r"gloo|nccl|connection (closed|reset|refused)|broken pipe|socket|store|recvvalue|timed? ?out",
    re.IGNORECASE,
)
"""What the errors speak of that come from another process's end."""


class Team(Group):
    """The processes of a run. The first of them, rank 0, has the run directory and is its one writer.

    `local` and `beside` are the number of this process and how many there are on this machine;
    `attempt` counts how often they have all been started.
    """

    meter = Tally

    def __init__(
        self, store: Any, rank: int, size: int, local: int, beside: int, attempt: int = 0
    ) -> None:
        self.rank, self.size = rank, size
        self._local, self._beside = local, beside
        self._store: Any = dist.PrefixStore(f"convoscope/{attempt}", store)
        self._control = AgreedControl(self, Control())
        self._device = torch.device("cpu")
        self._update: SharedUpdate | None = None
        self._lost = False
        self.idle = False
        """Whether this process has no image of the present batch."""

    def device(self, name: str) -> torch.device:
        device = choose_device(name)
        if device.type == "cuda":
            cards = torch.cuda.device_count()
            if self._beside > cards:
                raise TrainingError(
                    f"The recipe asks for {self._beside:,} processes on this machine, but it has "
                    f"{cards:,} CUDA device{'s' if cards > 1 else ''}; set processes to {cards:,}."
                )
            device = torch.device("cuda", self._local)
            torch.cuda.set_device(device)
        elif device.type != "cpu":
            raise TrainingError(
                f"Several processes cannot share the device {device.type}; set the device to cpu, or "
                "processes to 1."
            )
        self._device = device
        return device

    def threads(self, wanted: int) -> int:
        return wanted or max(1, (choose_threads(0) + 1) // self._beside)

    def check(self, recipe: Recipe) -> None:
        unit = _unit(recipe)
        if recipe.batch_size < self.size * unit:
            pairs = ", in pairs since images are mixed," if unit > 1 else ""
            raise TrainingError(
                f"The recipe's batch of {recipe.batch_size:,} images cannot be divided{pairs} among "
                f"{self.size:,} processes; set the batch size to {self.size * unit:,} at least, or "
                f"processes to {max(1, recipe.batch_size // unit):,}."
            )
        self._unit = unit

    def in_pieces(self, recipe: Recipe) -> bool:
        return recipe.sharded

    def update(self, *given: Any, recipe: Recipe) -> SharedUpdate:
        kind = ShardedUpdate if self.in_pieces(recipe) else SharedUpdate
        self._update = kind(*given, recipe=recipe, team=self)
        return self._update

    def onlookers(self, make: Look, setup: Setup, run: RunDirectory) -> Nobody:
        if self.in_pieces(setup.recipe):
            return Gathering(self, make, setup, run)
        return super().onlookers(make, setup, run)

    def control(self, control: Control) -> Control:
        self._control = AgreedControl(self, control)
        return self._control

    def part(self, count: int) -> tuple[int, int]:
        """From which to which image of a batch of `count` are this process's; equally many, to rounding."""
        unit = self._unit
        low, high = (
            place * count // (self.size * unit) * unit if place < self.size else count
            for place in (self.rank, self.rank + 1)
        )
        return low, high

    def prepared(self, run: RunDirectory) -> None:
        if not self.writes:
            return
        for name, file in _files(run).items():
            self._store.set(name, file.read_bytes())
        self._store.set("prepared", "1")

    def await_run(self, folder: Path) -> RunDirectory | None:
        """Wait for the first process's files, and make a run of them in a new `folder` that nobody
        else looks at; None where that process ended before.
        """
        while not self._has("prepared"):
            if self._has("ended"):
                return None
            time.sleep(GLANCE)
        folder.mkdir()
        run = Scratch(folder)
        for name, file in _files(run).items():
            file.write_bytes(self._store.get(name))
        run.events_file.touch()
        run.log_file.touch()
        return run

    def meet(
        self, setup: Setup, began: Path | None, restore: Restore, wait: Callable[[], None]
    ) -> str:
        if self.rank:
            self._store.set(f"ready/{self.rank}", "1")
            while not self._has("all"):
                if self._has("ended"):
                    raise LostError("The first process has ended.")
                time.sleep(GLANCE)
        else:
            self._wait_for_all(wait)
        backend = "cpu:gloo,cuda:nccl" if self._device.type == "cuda" else "gloo"
        dist.init_process_group(backend, store=self._store, rank=self.rank, world_size=self.size)
        self._hand_over(began, restore)
        share_statistics(setup.module, self)
        assert self._update is not None
        self._update.connect(setup)
        self._control.meet()
        return " ".join(filter(None, (_of_chance(setup.module, self.size), self._update.remark)))

    def _wait_for_all(self, wait: Callable[[], None]) -> None:
        missing = set(range(1, self.size))
        while missing:
            for rank in missing:
                if self._has(f"failed/{rank}"):
                    raise TrainingError(self._complaint(rank))
            missing = {rank for rank in missing if not self._has(f"ready/{rank}")}
            wait()
            time.sleep(GLANCE if missing else 0)
        self._store.set("all", "1")

    def _hand_over(self, began: Path | None, restore: Restore) -> None:
        """Give the others the checkpoint that the first process stands at."""
        names = (STANDING, WEIGHTS, TRAINING)
        mine = [(began / name).read_bytes() for name in names] if began and self.writes else []
        lengths = self.most(*map(len, mine or (b"",) * len(names)))
        if not any(lengths):
            return
        with tempfile.TemporaryDirectory(prefix="convoscope-") as folder:
            for number, (name, length) in enumerate(zip(names, lengths, strict=True)):
                data = self.tell_all(mine[number] if mine else b"", length)
                if not self.writes:
                    (Path(folder) / name).write_bytes(data)
            if not self.writes:
                restore(Path(folder))

    def cut(
        self,
        batches: Batches,
        size: int,
        order: torch.Generator,
        keep_single: bool,
        together: int,
        skip: int,
    ) -> Iterator[Pair]:
        return batches.shared(self.part, size, order, keep_single, together, skip)

    def dealt(self, batches: Iterable[Pair]) -> Iterable[Pair]:
        """Every batch to one process. Between the rounds they hear what is asked for."""
        source = iter(batches)
        while len(hand := tuple(islice(source, self.size))) == self.size:
            self._control.hear(bool(self.most(self._control.asked)[0]))
            yield hand[self.rank]
        if self.rank < len(hand):
            yield hand[self.rank]
        elif hand and self._update is not None:
            self._update.accompany(hand[0][0])

    def gathered(
        self, parts: Sequence[Tensor], count: int, size: int, dtype: torch.dtype
    ) -> Tensor:
        whole = torch.zeros(count, dtype=dtype, device=self._device)
        for number, part in enumerate(parts):
            start = (number * self.size + self.rank) * size
            whole[start : start + size] = part
        self.total(whole)
        return whole

    def total(self, *numbers: Tensor) -> None:
        for number in numbers:
            dist.all_reduce(number)

    def most(self, *numbers: int) -> list[int]:
        """The largest of each number over the processes."""
        found = torch.tensor(numbers, dtype=torch.int64)
        dist.all_reduce(found, dist.ReduceOp.MAX)
        return cast("list[int]", cast(Any, found).tolist())

    def of_first(self, mine: bool, tensor: Tensor) -> Tensor:
        """The tensor of the first process that has one, as `mine` says; all have equally many axes."""
        rank = min(self.size - self.most(self.size - self.rank if mine else 0)[0], self.size - 1)
        shape = self.most(*(tensor.shape if self.rank == rank else (0,) * tensor.ndim))
        found = tensor.contiguous() if self.rank == rank else tensor.new_empty(shape)
        dist.broadcast(found, rank)
        return found

    def tell_all(self, data: bytes, length: int) -> bytes:
        """What the first process says, `length` bytes."""
        if not length:
            return b""
        told = np.zeros(length, np.uint8)
        if self.writes:
            told[:] = np.frombuffer(data, np.uint8)
        tensor = cast(Any, torch).from_numpy(told)
        dist.broadcast(tensor, 0)
        return told.tobytes()

    def want(self) -> None:
        """Let the processes meet between two steps, soon; for the first one to ask."""
        self._control.wanting = True

    @property
    def asked(self) -> bool:
        """Whether this process has to tell the others what is asked of it."""
        return self._control.asked

    def hear(self, attention: bool) -> None:
        """Some process has something to tell."""
        self._control.hear(attention)

    def complain(self, sentence: str) -> None:
        with suppress(RuntimeError):
            self._store.set(f"failed/{self.rank}", sentence)

    def blame(self, error: Exception) -> str:
        if not isinstance(error, (dist.DistError, RuntimeError)) or not _LOST.search(str(error)):
            return ""
        end = time.monotonic() + WORD
        others = [rank for rank in range(self.size) if rank != self.rank]
        while time.monotonic() < end:
            for rank in others:
                if self._has(f"failed/{rank}"):
                    return self._complaint(rank)
            time.sleep(GLANCE)
        self._lost = True
        raise LostError(f"Another of the {self.size:,} processes is gone.") from error

    def leave(self) -> None:
        """The run has ended, as far as this process knows."""
        if self.writes:
            with suppress(RuntimeError):
                self._store.set("ended", "1")
        if not self._lost and dist.is_initialized():
            dist.destroy_process_group()

    def _has(self, key: str) -> bool:
        return bool(self._store.check([key]))

    def _complaint(self, rank: int) -> str:
        said = self._store.get(f"failed/{rank}").decode(errors="replace")
        return f"Process {rank + 1:,} of {self.size:,}: {said}"


class Scratch(RunDirectory):
    """The run as another process than the first has it: it reads, and what it tells is for nobody."""

    def update(self, **changes: Any) -> RunState:
        return replace(self.state(), **changes)

    def append(self, *events: Event) -> None:
        pass

    def take_back(self, length: int) -> None:
        pass

    def put_back(self) -> None:
        pass

    def settle(self) -> None:
        pass

    def log(self, text: str) -> None:
        pass


def _files(run: RunDirectory) -> dict[str, Path]:
    return {"project": run.project_file, "source": run.source_file, "state": run.state_file}


def _unit(recipe: Recipe) -> int:
    """How many images must stay together: two where neighbours are mixed."""
    return 2 if any(item.mixes for item in recipe.augmentations) else 1


_RANDOM = (nn.Dropout, nn.Dropout2d, nn.RReLU)


def _of_chance(module: nn.Module, size: int) -> str:
    if any(isinstance(item, _RANDOM) for item in module.modules()):
        return (
            f"Each of the {size:,} processes draws its own random numbers, so what Dropout leaves out "
            "is not what one process would leave out."
        )
    return ""
