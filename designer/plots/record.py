"""Record: what a run has told so far, folded from its events. Everything the training panel shows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from designer.plots.series import Series
from engine.training.events import (
    Changed,
    CheckpointWritten,
    EpochEnded,
    Event,
    Failed,
    Finished,
    Preparing,
    Started,
    Steps,
)


class Record:
    """The curves and figures of one run. Epochs and steps count from 1; accuracies are parts of 1."""

    def __init__(self, curves: bool = True) -> None:
        """Without `curves` only the figures are kept, not the values of every step."""
        self._curves = curves
        self.clear()

    def clear(self) -> None:
        """Begin anew, for another run."""
        self.steps = 0
        """Steps taken."""
        self.loss = Series()
        self.accuracy = Series()
        self.epochs_ended: list[EpochEnded] = []
        self._checked_steps: list[int] = []
        self._checked: dict[str, list[float]] = {"loss": [], "accuracy": []}
        self.best: EpochEnded | None = None
        """The first epoch with the best validation accuracy, or where none is measured, with the least
        validation loss; None while none is validated."""
        self.started: Started | None = None
        self.epochs = 0
        """Epochs asked for; 0 before the start."""
        self.rate: float | None = None
        """The highest learning rate, where it is another than the recipe's."""
        self.preparing = ""
        self.fraction = 0.0
        self.images_per_second = 0.0
        self.seconds_left = 0.0
        self.ended: Finished | Failed | None = None
        self.checkpoint = 0
        """The step of the last checkpoint; 0: none but that of the beginning."""
        self.version = 0

    def add(self, events: Iterable[Event]) -> None:
        """Take in what is new."""
        for event in events:
            self._add(event)
        self.version += 1

    @property
    def steps_per_epoch(self) -> int:
        return max(1, self.started.steps_per_epoch) if self.started else 1

    @property
    def epoch(self) -> int:
        """The epoch that is running, or the last one."""
        if not self.started:
            return 0
        return min(self.epochs, max(1, -(-self.steps // self.steps_per_epoch)))

    @property
    def progress(self) -> float:
        """How much of the run is done, 0 to 1."""
        if not self.started:
            return self.fraction
        return min(1.0, self.steps / (self.steps_per_epoch * max(1, self.epochs)))

    @property
    def measures_accuracy(self) -> bool:
        """Whether the run can be right or wrong, not only more or less so."""
        return self.started is None or self.started.accuracy

    def validation(self, what: str) -> tuple[list[int], list[float]]:
        """Steps and values at the epochs' ends, not to be changed; `what` is `loss` or `accuracy`."""
        values = self._checked[what]
        return (self._checked_steps if values else []), values

    def write_csv(self, path: Path) -> None:
        """One line a step; validation figures stand on the line of an epoch's last step."""
        ends = {item.step: item for item in self.epochs_ended}
        rate = self.steps_per_epoch
        names = ("loss", "accuracy") if self.measures_accuracy else ("loss",)
        columns = [getattr(self, name).values.tolist() for name in names]
        head = ["step", "epoch", *(f"{part}_{name}" for part in ("train", "val") for name in names)]
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(",".join(head) + "\n")
            for step, values in enumerate(zip(*columns, strict=True), 1):
                end = ends.get(step)
                checked = [getattr(end, f"val_{name}") if end else None for name in names]
                words = ["" if value is None else f"{value:.6g}" for value in (*values, *checked)]
                file.write(",".join([str(step), f"{step / rate:.6g}", *words]) + "\n")

    def _add(self, event: Event) -> None:
        match event:
            case Preparing():
                self.preparing, self.fraction = event.message, event.fraction
            case Started():
                self.clear()
                self.started = event
                self.epochs = event.epochs
            case Changed():
                self.epochs, self.rate = event.epochs, event.rate
                self.ended = None
            case Steps():
                # A reader that comes late may be told some steps twice.
                new = event.step - self.steps
                if 0 < new <= len(event.losses):
                    self.steps = event.step
                    if self._curves:
                        self.loss.append(event.losses[-new:])
                        self.accuracy.append(event.accuracies[-new:])
                self.images_per_second = event.images_per_second
                self.seconds_left = event.seconds_left
            case EpochEnded():
                self.epochs_ended.append(event)
                if event.val_loss is not None:
                    self._checked_steps.append(event.step)
                    self._checked["loss"].append(event.val_loss)
                    if event.val_accuracy is not None:
                        self._checked["accuracy"].append(event.val_accuracy)
                    if self.best is None or _goodness(event) > _goodness(self.best):
                        self.best = event
                self.seconds_left = event.seconds_left
            case CheckpointWritten():
                self.checkpoint = event.step
            case Finished() | Failed():
                self.ended = event
                self.seconds_left = 0.0
            case _:
                pass


def _goodness(epoch: EpochEnded) -> float:
    """What is greater for a better epoch."""
    return -(epoch.val_loss or 0.0) if epoch.val_accuracy is None else epoch.val_accuracy
