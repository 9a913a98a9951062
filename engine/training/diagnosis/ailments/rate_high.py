"""Steps that are too large to get anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean
from typing import ClassVar

from engine.network.project import Project
from engine.training.diagnosis.ailment import Ailment, Evidence, Finding
from engine.training.diagnosis.past import Past
from engine.training.diagnosis.remedies import number, slower

_STEPS = 40
"""Steps after which it is asked: before, a warm-up may be under way."""
_WORSE = 1.1


class RateTooHigh(Ailment):
    """Of late the training loss is a tenth higher than in the beginning.

    A network that had learned nothing at all would stay where it began, so the steps lead away
    (Bengio, Practical recommendations for gradient-based training, 2012, section 3.1.1).
    """

    title: ClassVar[str] = "Learning rate too high"
    watched: ClassVar[str] = (
        f"The training loss of late by that of the beginning: {_WORSE:g} or more."
    )

    def find(self, project: Project, past: Past) -> Iterator[Finding]:
        losses = past.losses
        # Later losses may have been thrown about already.
        begun = past.first_loss
        if begun is None or len(losses) * past.stretch < _STEPS:
            return
        of_late = fmean(loss for _, loss in losses[-max(4, len(losses) // 10) :])
        limit = _WORSE * begun
        if begun <= 0 or of_late < limit:
            return
        rate = slower(project, past)
        yield self.found(
            "",
            f"The training loss is {number(of_late)} of late and was {number(begun)} in the "
            "beginning, so the steps lead away from where they should; lower the learning rate.",
            Evidence(
                "Training loss",
                "step",
                project.recipe.loss.axis(),
                tuple(float(step) for step, _ in losses),
                tuple(loss for _, loss in losses),
                limit,
            ),
            (rate,),
        )
