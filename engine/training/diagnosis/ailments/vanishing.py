"""Gradients that have all but ended on their way to the first layers."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import ClassVar

from engine.analysis.repairs import train_with
from engine.analysis.report import Fix
from engine.network.project import Project
from engine.training.diagnosis.ailment import Ailment, Evidence, Finding
from engine.training.diagnosis.past import Past
from engine.training.diagnosis.remedies import bounds_of, number, rectified

_LIMIT = 1e-4
"""Gradient of a node by that of the last learning one: far below what sound networks show (0.01 to 10)."""


class VanishingGradients(Ailment):
    """The gradient of an early node is, lastingly, less than a ten-thousandth of the last learning one's.

    Compared are root mean squares over the values of a node's parameters (Hochreiter, 1991; Glorot and
    Bengio, 2010).
    """

    title: ClassVar[str] = "Vanishing gradients"
    watched: ClassVar[str] = (
        f"The gradient of a layer's weights by that of the last layer's: below {number(_LIMIT)}."
    )

    def find(self, project: Project, past: Past) -> Iterator[Finding]:
        gradients = past.lasting("gradients")
        if len(gradients) < 2:
            return
        *early, last = gradients
        if min(gradients[last]) <= 0:
            return
        for node in early:
            parts = [a / b for a, b in zip(gradients[node], gradients[last], strict=True)]
            if median(parts) >= _LIMIT:
                continue
            yield self._finding(project, past, node, last, median(parts))
            # Those before it fare no better, for the same cause.
            return

    def _finding(self, project: Project, past: Past, node: str, last: str, part: float) -> Finding:
        steps, values = _parts(past, node, last)
        squashing = [name for name in project.network.nodes if bounds_of(project, name)]
        fixes: list[Fix] = []
        if squashing:
            fixes.append(rectified(project, squashing))
        elif project.recipe.initialization != "he":
            fixes.append(train_with("Begin by he", initialization="he"))
        way = (
            "use ReLU instead of sigmoid and tanh, or add normalisation or shortcuts"
            if squashing
            else "add normalisation or shortcuts, or let weights begin larger"
        )
        what = (
            f"The gradient of {node} is {number(part)} of that of {last}, so {node} hardly learns"
            if part
            else f"No gradient at all comes to {node}, so it does not learn"
        )
        return self.found(
            node,
            f"{what}; {way}.",
            Evidence(
                f"Gradient of {node} by that of {last}",
                "step",
                "ratio",
                steps,
                values,
                _LIMIT,
                True,
            ),
            fixes,
        )


def _parts(past: Past, node: str, last: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    ends = dict(zip(*past.curve("gradients", last), strict=True))
    points = [
        (step, value / ends[step])
        for step, value in zip(*past.curve("gradients", node), strict=True)
        if ends.get(step) and value > 0
    ]
    return tuple(step for step, _ in points), tuple(value for _, value in points)
