"""What a run has told so far, as the columns that ailments look at."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from engine.training.events import (
    Changed,
    EpochEnded,
    Event,
    Failed,
    Measured,
    Resumed,
    Started,
    Steps,
)

RECENT = 512
"""Measurements that are kept; they become rarer as a run goes on."""
LOSSES = 2048
"""Means of losses that are kept of the steps, each over as many steps as it takes."""


@dataclass
class Past:
    """Grows by events, in their order. `losses` holds (last step, mean loss) of stretches of equal length
    in steps, at most `LOSSES` of them: the length, `stretch`, doubles as the run grows.
    """

    started: Started | None = None
    failed: Failed | None = None
    first_loss: float | None = None
    """The loss of the very first step."""
    rate: float = 0.0
    """The highest learning rate, as last changed; 0: as the recipe says."""
    epochs: list[EpochEnded] = field(default_factory=list[EpochEnded])
    measured: deque[Measured] = field(default_factory=lambda: deque[Measured](maxlen=RECENT))
    losses: list[tuple[int, float]] = field(default_factory=list[tuple[int, float]])
    stretch: int = 1
    _open: list[float] = field(default_factory=list[float])
    _places: deque[dict[str, int]] = field(
        default_factory=lambda: deque[dict[str, int]](maxlen=RECENT)
    )
    """Where each node stands in each of `measured`; one and the same while the nodes are."""

    def take(self, events: Iterable[Event]) -> None:
        """Take what was told next."""
        for event in events:
            match event:
                case Started():
                    self.started = event
                case Changed():
                    self.rate = event.rate
                case Resumed():
                    self.failed = None
                case Measured():
                    self._measure(event)
                case EpochEnded():
                    self.epochs.append(event)
                case Failed():
                    self.failed = event
                case Steps():
                    self._lengthen(event)
                case _:
                    pass

    def curve(self, name: str, node: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Steps, and the column `name` of `Measured` for a node, where it is known."""
        points = [
            (float(item.step), value)
            for item, places in zip(self.measured, self._places, strict=True)
            if (place := places.get(node)) is not None
            and (value := getattr(item, name)[place]) is not None
        ]
        return tuple(step for step, _ in points), tuple(value for _, value in points)

    def whole(self, name: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Steps, and the number `name` of `Measured`, where it is finite."""
        points = [
            (float(item.step), float(value))
            for item in self.measured
            if (value := getattr(item, name)) is not None
        ]
        return tuple(step for step, _ in points), tuple(value for _, value in points)

    def lasting(self, name: str, times: int = 3) -> dict[str, tuple[float, ...]]:
        """Of each node the last `times` values of the column `name`, where all are known, oldest first."""
        latest = list(self.measured)[-times:]
        if len(latest) < times or any(item.nodes != latest[0].nodes for item in latest):
            return {}
        rows: Sequence[Sequence[float | None]] = [getattr(item, name) for item in latest]
        found: dict[str, tuple[float, ...]] = {}
        for node, *values in zip(latest[0].nodes, *rows, strict=True):
            known = tuple(value for value in values if value is not None)
            if len(known) == times:
                found[node] = known
        return found

    def _measure(self, event: Measured) -> None:
        """Keep a measurement, and find its nodes without a search: there may be hundreds of findings."""
        if self.measured and self.measured[-1].nodes == event.nodes:
            places = self._places[-1]
        else:
            places = {node: place for place, node in enumerate(event.nodes)}
        self.measured.append(event)
        self._places.append(places)

    def _lengthen(self, steps: Steps) -> None:
        at = steps.step - len(steps.losses)
        if self.first_loss is None and steps.losses:
            self.first_loss = steps.losses[0]
        for loss in steps.losses:
            at += 1
            self._open.append(loss)
            if len(self._open) >= self.stretch:
                self.losses.append((at, sum(self._open) / len(self._open)))
                self._open.clear()
        if len(self.losses) > LOSSES:
            pairs = zip(self.losses[::2], self.losses[1::2], strict=False)
            self.losses = [(last, (first + second) / 2) for (_, first), (last, second) in pairs]
            self.stretch *= 2
