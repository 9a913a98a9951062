"""Gradients that have become far longer than they were."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import ClassVar

from engine.network.project import Project
from engine.training.diagnosis.ailment import Ailment, Evidence, Finding
from engine.training.diagnosis.past import Past
from engine.training.diagnosis.remedies import clipped, number, slower

_TIMES = 100
_LONG = 1000.0


class ExplodingGradients(Ailment):
    """The norm of all gradients is above 1,000, or 100 times its median so far and above 10.

    (Pascanu, Mikolov, Bengio: On the difficulty of training recurrent neural networks, 2013.)
    """

    title: ClassVar[str] = "Exploding gradients"
    watched: ClassVar[str] = (
        f"The norm of all gradients: above {number(_LONG)}, or {_TIMES} times its median so far."
    )

    def find(self, project: Project, past: Past) -> Iterator[Finding]:
        steps, norms = past.whole("gradient_norm")
        if not norms:
            return
        usual = median(norms)
        limit = min(_LONG, max(10.0, _TIMES * usual))
        latest = norms[-3:]
        if median(latest) <= limit and max(latest) <= _TIMES * limit:
            return
        measured = past.measured[-1]
        known = [
            (value, node)
            for node, value in zip(measured.nodes, measured.gradients, strict=True)
            if value is not None
        ]
        node = max(known)[1] if known else ""
        where = f", most of all at {node}" if node else ""
        yield self.found(
            node,
            f"The gradients have a norm of {number(max(latest))} where {number(limit)} is much{where}; "
            "clip them, lower the learning rate, or put normalisation before it.",
            Evidence("Norm of all gradients", "step", "norm", steps, norms, limit, True),
            (*clipped(project), slower(project, past)),
        )
