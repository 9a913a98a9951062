"""Record: what a run has told so far, folded from its events. Everything the training panel shows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from designer.plots.series import Samples, Series
from engine.training.events import (
    Changed,
    CheckpointWritten,
    EpochEnded,
    Event,
    Failed,
    Finished,
    Measured,
    Preparing,
    Started,
    Steps,
)

TOP5 = "top5"
"""The part of the validation images whose class is among the five guessed first, as a curve."""
_SAMPLED = {
    "rates": "learning_rate",
    "gradients": "gradient_norm",
    "ratios": "update_ratio",
    "speeds": "images_per_second",
    "memory": "memory_bytes",
}
"""What is known of some steps only, and its column in a file."""


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
        self.rates, self.gradients, self.ratios = Samples(), Samples(), Samples()
        self.speeds, self.memory = Samples(), Samples()
        self.epochs_ended: list[EpochEnded] = []
        self._checked: dict[str, tuple[list[int], list[float]]] = {
            what: ([], []) for what in ("loss", "accuracy", TOP5)
        }
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
        """Steps and values at the epochs' ends, not to be changed; `what` is `loss`, `accuracy` or
        `TOP5`. Nothing for what is not validated.
        """
        return self._checked.get(what, ([], []))

    def tells(self, what: str) -> bool:
        """Whether there is such a curve: of this run the accuracy, or a sampled quantity, is known."""
        if what == "accuracy":
            return self.measures_accuracy
        return len(getattr(self, what)) > 0

    def write_csv(self, path: Path) -> None:
        """One line a step; validation figures stand on the line of an epoch's last step, and what is
        sampled on those of its steps.
        """
        ends = {item.step: item for item in self.epochs_ended}
        rate = self.steps_per_epoch
        names = ("loss", "accuracy") if self.measures_accuracy else ("loss",)
        columns = [getattr(self, name).values.tolist() for name in names]
        sampled = [name for name in _SAMPLED if len(getattr(self, name))]
        known = [
            dict(zip(samples.steps.tolist(), samples.values.tolist(), strict=True))
            for samples in (getattr(self, name) for name in sampled)
        ]
        head = ["step", "epoch", *(f"{part}_{name}" for part in ("train", "val") for name in names)]
        head += [_SAMPLED[name] for name in sampled]
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(",".join(head) + "\n")
            for step, values in enumerate(zip(*columns, strict=True), 1):
                end = ends.get(step)
                checked = [getattr(end, f"val_{name}") if end else None for name in names]
                others = [column.get(step) for column in known]
                every = (*values, *checked, *others)
                words = ["" if value is None else f"{value:.6g}" for value in every]
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
                if self._curves:
                    self.rates.append(event.step, event.rate or None)
                    self.speeds.append(event.step, event.images_per_second)
                self.images_per_second = event.images_per_second
                self.seconds_left = event.seconds_left
            case Measured() if self._curves:
                self.gradients.append(event.step, event.gradient_norm)
                self.ratios.append(event.step, event.update_ratio)
                self.memory.append(event.step, event.memory)
            case EpochEnded():
                self.epochs_ended.append(event)
                if event.val_loss is not None:
                    told = zip(
                        self._checked.values(),
                        (event.val_loss, event.val_accuracy, event.val_top5),
                        strict=True,
                    )
                    for (steps, values), value in told:
                        if value is not None:
                            steps.append(event.step)
                            values.append(value)
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
