"""Sigmoids and tanhs at the ends of their range."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from engine.analysis.repairs import InsertBefore, train_with
from engine.analysis.report import Fix
from engine.network.project import Project
from engine.training.diagnosis.ailment import Ailment, Evidence, Finding
from engine.training.diagnosis.past import Past
from engine.training.diagnosis.remedies import bounds_of, percent, replaced

_LIMIT = 0.75
"""The tanhs of a sound LeNet-5 come to 0.2 to 0.6."""


class Saturated(Ailment):
    """At least three quarters of the values of a sigmoid or tanh lie within 1 % of its range from a bound, lastingly.

    Its slope there is below 0.04, so gradients all but end at it (Glorot and Bengio, Understanding the
    difficulty of training deep feedforward neural networks, 2010, section 3).
    """

    title: ClassVar[str] = "Saturated activation"
    watched: ClassVar[str] = (
        f"Values of a sigmoid or tanh within 1 % of its range from a bound: {percent(_LIMIT)} or more."
    )

    def find(self, project: Project, past: Past) -> Iterator[Finding]:
        for node, parts in past.lasting("saturated").items():
            bounds = bounds_of(project, node)
            if min(parts) < _LIMIT or bounds is None:
                continue
            steps, values = past.curve("saturated", node)
            fixes = [replaced(node, "ReLU")]
            if "/" not in node:
                normal = InsertBefore(node, 0, (("BatchNorm2d", ()),))
                fixes.append(Fix("Insert BatchNorm2d before it", normal))
            if project.recipe.initialization != "xavier":
                fixes.append(train_with("Begin by xavier", initialization="xavier"))
            low, high = bounds
            yield self.found(
                node,
                f"{node} gives {low:g} or {high:g}, to within 1 %, for {percent(parts[-1])} of its "
                "values, where its slope is almost 0; make it a ReLU, or keep what goes into it small.",
                Evidence("Saturated values", "step", "part", steps, values, _LIMIT),
                fixes,
            )
