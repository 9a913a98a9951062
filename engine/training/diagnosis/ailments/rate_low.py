"""Steps that are too small to get anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from math import log10
from typing import ClassVar

from engine.network.project import Project
from engine.training.diagnosis.ailment import Ailment, Evidence, Finding
from engine.training.diagnosis.past import Past
from engine.training.diagnosis.remedies import faster, number

_LIMIT = 1e-5
_USUAL = 1e-3
_GAIN = 0.02


class RateTooLow(Ailment):
    """Every step changes the weights by less than a hundred-thousandth, and the loss has hardly fallen.

    About a thousandth is a good size (Hinton, A practical guide to training restricted Boltzmann
    machines, 2010, section 7).
    """

    title: ClassVar[str] = "Learning rate too low"
    watched: ClassVar[str] = (
        f"What a step changes by what the weights are: below {number(_LIMIT)}, while the loss has "
        f"fallen by less than {100 * _GAIN:.0f} %."
    )

    def find(self, project: Project, past: Past) -> Iterator[Finding]:
        steps, ratios = past.whole("update_ratio")
        losses = past.losses
        if len(ratios) < 3 or len(losses) < 10 or max(ratios) >= _LIMIT:
            return
        tenth = max(1, len(losses) // 10)
        begun = sum(loss for _, loss in losses[:tenth]) / tenth
        of_late = sum(loss for _, loss in losses[-tenth:]) / tenth
        if begun <= 0 or of_late < (1 - _GAIN) * begun:
            return
        yield self.found(
            "",
            f"A step changes the weights by {number(ratios[-1])} of what they are, where about "
            f"{number(_USUAL)} is usual, and the loss is still {number(of_late)}; raise the learning rate.",
            Evidence("Update by weight", "step", "ratio", steps, ratios, _LIMIT, True),
            (faster(project, past, 10 ** round(log10(_USUAL / max(ratios[-1], 1e-9)))),),
        )
