"""One comparison of `bench train`: our loop trains a run, and now and then stands still for the others.

Run as a process with a trainer's environment: `python -m engine.cli.bench_turns RUN SETTINGS`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import torch

from engine.cli.bench_loops import Steps, Task, best, tutorial
from engine.data import load
from engine.training.control import Control
from engine.training.events import Steps as StepsTold
from engine.training.loop import train
from engine.training.rundir import RunDirectory

CHECKED = 3
"""First steps whose losses are compared: the third tells whether momentum is the same too."""
TUTORIAL_EVERY = 4
"""Of so many rounds the tutorial's loop takes part in one: it is slower by more than the noise."""

Tell: TypeAlias = Callable[[Mapping[str, object]], None]


@dataclass(frozen=True)
class Settings:
    """How many rounds are timed, and how long one loop's turn in a round is, in seconds."""

    rounds: int
    seconds: float
    shape: tuple[int, ...]
    device: str


class Standstill:
    """The clock of our loop, which does not go while the others have their turn.

    So our loop does what it does by the clock (telling, snapshots) as often as ever.
    """

    def __init__(self) -> None:
        self._real = time.perf_counter
        self._lost = 0.0

    def __call__(self) -> float:
        return self._real() - self._lost

    def real(self) -> float:
        """The time as it is, in seconds."""
        return self._real()

    def lose(self, seconds: float) -> None:
        """Leave out the last `seconds`."""
        self._lost += seconds


@dataclass
class Loop:
    """A loop written by hand, and what its turns took."""

    steps: Steps
    length: int = 0
    """Steps in one turn."""
    losses: list[float] = field(default_factory=list[float])

    def take(self, count: int) -> int:
        """Take steps; how many images they had."""
        return sum(images for images, _ in islice(self.steps, count))


class Turns(Control):
    """The control of our loop, which reads `attention` once a step: there its turn ends, in its own thread."""

    def __init__(
        self, run: RunDirectory, settings: Settings, clock: Standstill, tell: Tell
    ) -> None:
        self._wanted = False
        self._left = 1
        self._next = self._await
        self._run = run
        self._settings = settings
        self._clock = clock
        self._say = tell
        self._batch = run.project().recipe.batch_size
        self._began = 0.0
        self._length = 0
        self._round = 0
        self.loops: dict[str, Loop] = {}
        super().__init__()

    @property
    def attention(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        self._left -= 1
        if not self._left:
            self._left = 1
            self._next()
        return self._wanted

    @attention.setter
    def attention(self, value: bool) -> None:
        self._wanted = value

    def _await(self) -> None:
        """Before the first step: get the others ready to begin where our loop begins."""
        if not self._run.snapshot_file.exists():
            return
        began = self._clock.real()
        project = self._run.project()
        device = torch.device(self._settings.device)
        task = Task(self._run, project, load(project.data, self._settings.shape), device)
        self.loops = {"best": Loop(best(task)), "tutorial": Loop(tutorial(task))}
        for loop in self.loops.values():
            loop.losses = [float(loss) for _, loss in islice(loop.steps, CHECKED)]
            start = self._now()
            while self._now() - start < self._settings.seconds:
                loop.length += 1
                loop.take(1)
        self._clock.lose(self._clock.real() - began)
        self._left, self._next = CHECKED, self._warm_up

    def _warm_up(self) -> None:
        """Learn how many steps of our loop fill its turn."""
        if not self._length:
            self._began = self._now()
        elif self._now() - self._began >= self._settings.seconds:
            self._left, self._next = self._length, self._others
            self._began = self._now()
            return
        self._length += 1

    def _others(self) -> None:
        """Our turn is over: time the others', and tell."""
        turn = self._now() - self._began
        began = self._clock.real()
        told = {"ours": self._length * self._batch / turn}
        for name, loop in self.loops.items():
            if name == "best" or self._round % TUTORIAL_EVERY == 0:
                start = self._now()
                images = loop.take(loop.length)
                told[name] = images / (self._now() - start)
        self._say(told)
        self._round += 1
        if self._round >= self._settings.rounds:
            self.stop()
        self._clock.lose(self._clock.real() - began)
        self._left = self._length
        self._began = self._now()

    def _now(self) -> float:
        """Seconds of this process's CPU; on a GPU, which works by itself, seconds."""
        if self._settings.device == "cuda":
            torch.cuda.synchronize()
            return self._clock.real()
        return time.process_time()


def main(arguments: list[str]) -> int:
    """Measure; each round is a line of JSON on stdout, the first losses of all loops are the last."""

    def tell(value: Mapping[str, object]) -> None:
        print(json.dumps(value), flush=True)

    run = RunDirectory.open(Path(arguments[0]))
    settings = Settings(**json.loads(arguments[1]))
    clock = Standstill()
    time.perf_counter = clock
    turns = Turns(run, settings, clock, tell)
    train(run, turns)
    state = run.state()
    if state.status != "stopped":
        tell({"failed": state.message or "the run ended before it was measured"})
        return 1
    events, _ = run.events()
    told = [loss for event in events if isinstance(event, StepsTold) for loss in event.losses]
    losses = {name: loop.losses for name, loop in turns.loops.items()}
    tell({"losses": {"ours": told[:CHECKED], **losses}})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
