"""An analysis keeps up with a hand on the mouse: the targets, scaled to the machine's present pace."""

from __future__ import annotations

import pytest

from engine.analysis import analyse
from engine.cli.bench_analysis import RESNET152, RESNET_5000, chain, resnet, timings
from engine.network import edits
from engine.network.project import Project

PLAIN_LOOP = 3.5
"""Milliseconds that `pace`'s loop takes on the machine of the targets when nothing else runs."""


def pace() -> float:
    """How many times as long as there anything takes here and now."""

    def loop() -> int:
        total = 0
        for number in range(100_000):
            total += number & 7
        return total

    return max(1.0, min(timings(loop, 10)) / PLAIN_LOOP)


@pytest.mark.parametrize(
    ("project", "first", "scratch", "edit"),
    [
        (resnet(RESNET152), "stem", 3.0, 1.0),
        (resnet(RESNET_5000), "stem", 30.0, 5.0),
        (chain(5000), "conv0", 30.0, 5.0),
    ],
    ids=["ResNet-152", "5,000 residual", "5,000 in a row"],
)
def test_an_analysis_is_quick_from_nothing_and_after_an_edit_of_the_first_layer(
    project: Project, first: str, scratch: float, edit: float
) -> None:
    before = analyse(project)
    edited = edits.set_parameters(project, first, kernel_size=5)

    def after() -> None:
        analysis = analyse(edited, before)
        analysis.receptive(analysis.order[-1])

    # Other work on the machine comes and goes, so the best of several rounds counts.
    rounds = 5
    assert min(min(timings(lambda: analyse(project), 5)) / pace() for _ in range(rounds)) < scratch
    assert min(min(timings(after, 5)) / pace() for _ in range(rounds)) < edit
