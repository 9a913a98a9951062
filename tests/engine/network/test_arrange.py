"""Nodes in line and evenly apart."""

from __future__ import annotations

import pytest

from engine.layers.catalogue import layer
from engine.network import arrange, edits
from engine.network.errors import EditError
from engine.network.project import Point, Project

SIZES = {"relu1": (200.0, 100.0), "relu2": (100.0, 60.0), "relu3": (300.0, 20.0)}


def three() -> Project:
    project = Project()
    for at in ((0.0, 0.0), (250.0, 40.0), (800.0, 300.0)):
        project = edits.add(project, layer("ReLU"), at)
    return project


def places(project: Project) -> list[Point]:
    return [project.placement[name] for name in SIZES]


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        ("left", [(0, 0), (0, 40), (0, 300)]),
        ("right", [(900, 0), (1000, 40), (800, 300)]),
        ("center", [(450, 0), (500, 40), (400, 300)]),
        ("top", [(0, 0), (250, 0), (800, 0)]),
        ("bottom", [(0, 220), (250, 260), (800, 300)]),
        ("middle", [(0, 110), (250, 130), (800, 150)]),
    ],
)
def test_cards_are_put_in_line(edge: arrange.Edge, expected: list[Point]):
    project = arrange.align(three(), SIZES, list(SIZES), edge)
    assert places(project) == expected
    assert arrange.align(project, SIZES, list(SIZES), edge) is project


def test_gaps_become_equal_and_the_ends_stay():
    project = arrange.distribute(three(), SIZES, list(SIZES), "horizontal")
    assert places(project) == [(0, 0), (450, 40), (800, 300)]
    project = arrange.distribute(three(), SIZES, list(SIZES), "vertical")
    assert places(project) == [(0, 0), (250, 170), (800, 300)]
    assert arrange.distribute(project, SIZES, list(SIZES), "vertical") is project


def test_one_card_is_in_line_and_two_are_evenly_apart():
    project = three()
    assert arrange.align(project, SIZES, ["relu2"], "left") is project
    assert arrange.distribute(project, SIZES, ["relu1", "relu2"], "horizontal") is project
    with pytest.raises(EditError, match="no node 'gone'"):
        arrange.align(project, SIZES, ["relu1", "gone"], "left")
