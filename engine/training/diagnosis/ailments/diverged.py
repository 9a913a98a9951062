"""Numbers that are no numbers any more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from engine.network.project import Project
from engine.training.diagnosis.ailment import Ailment, Evidence, Finding
from engine.training.diagnosis.past import Past
from engine.training.diagnosis.remedies import clipped, slower


class Diverged(Ailment):
    """The loss, or a tensor, has become infinite or no number; the run has ended at that step."""

    title: ClassVar[str] = "Numbers not finite"
    watched: ClassVar[str] = "The loss of every step: infinite or not a number."

    def find(self, project: Project, past: Past) -> Iterator[Finding]:
        failed = past.failed
        if failed is None or not failed.step:
            return
        losses = past.losses[-200:]
        yield self.found(
            failed.node,
            failed.message,
            Evidence(
                "Training loss before",
                "step",
                project.recipe.loss.axis(),
                tuple(float(step) for step, _ in losses),
                tuple(loss for _, loss in losses),
                None,
                all(loss > 0 for _, loss in losses),
            ),
            (slower(project, past), *clipped(project)),
            "error",
        )
