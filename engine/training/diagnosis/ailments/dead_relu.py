"""ReLUs that have gone out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from engine.network.project import Project
from engine.training.diagnosis.ailment import Ailment, Evidence, Finding
from engine.training.diagnosis.past import Past
from engine.training.diagnosis.remedies import is_cut, percent, replaced, slower

_LIMIT = 0.5


class DeadReLU(Ailment):
    """At least half of a ReLU's maps or units are 0 all over for every image of a sample, lastingly.

    No gradient passes through them any more (Maas, Hannun, Ng: Rectifier nonlinearities improve neural
    network acoustic models, 2013).
    """

    title: ClassVar[str] = "Dead ReLU"
    watched: ClassVar[str] = (
        f"Maps or units of a ReLU that are 0 for every image of a sample: {percent(_LIMIT)} or more."
    )

    def find(self, project: Project, past: Past) -> Iterator[Finding]:
        for node, parts in past.lasting("dead").items():
            if min(parts) < _LIMIT or not is_cut(project, node):
                continue
            steps, values = past.curve("dead", node)
            yield self.found(
                node,
                f"{node} is 0 for every image in {percent(parts[-1])} of its maps or units, through "
                f"which nothing is learned any more; lower the learning rate or let negative values "
                "through.",
                Evidence("Dead maps or units", "step", "part", steps, values, _LIMIT),
                (replaced(node, "LeakyReLU"), slower(project, past)),
            )
