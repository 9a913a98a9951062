"""What those who watch a run are told: the calls of the loop, heard by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.training.batches import Batches
    from engine.training.rundir import PredictedPart
    from engine.training.validating import Checked


class Nobody:
    """No onlookers: those of a process that writes nothing."""

    due = False
    """Whether the next step is to be measured, between `begin` and `measure`."""

    def begin(self) -> None:
        """A step to be measured comes now."""

    def measure(self, step: int) -> None:
        """The step to be measured, number `step`, has been taken."""

    def offer(self, step: int) -> None:
        """There is a moment for whoever wants to write down something after `step`."""

    def meet(self, step: int) -> None:
        """All processes of the run are here, between two steps, after `step`."""

    def follow(self, step: int) -> None:
        """Write down all that has been told until `step`."""

    def keep(self, step: int) -> None:
        """Write a checkpoint after `step` now; raises `DivergedError` where there is no going on from it."""

    def checked(self, part: PredictedPart, step: int, images: Batches, found: Checked) -> None:
        """The images of a part were `found` to be so after `step`."""

    def epoch_ended(self, step: int, loss: float) -> None:
        """An epoch has ended with this loss, at `step`; raises `DivergedError` as `keep`."""

    def show(self, step: int) -> None:
        """Write the weights after `step`, for whoever looks inside."""

    def rest(self, step: int) -> None:
        """The run stands still after `step`, or for good: write all that waits, and a checkpoint."""

    def write_results(self, step: int) -> None:
        """Write what is left when a run is over; the module is of no use for training any more."""

    def rescue(self) -> None:
        """The run has failed: write what waits, as far as that is possible."""

    def close(self) -> None:
        """Nothing more is to be seen."""
