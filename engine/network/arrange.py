"""Nodes put in line: aligned by an edge or a middle, or with equal gaps between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, TypeAlias

from engine.network.edits import move
from engine.network.making import node_of
from engine.network.placement import CARD
from engine.network.project import Point, Project

Edge: TypeAlias = Literal["left", "center", "right", "top", "middle", "bottom"]
"""What is put in line: left edges, middles along x, right edges; top edges, middles along y, bottoms."""
Axis: TypeAlias = Literal["horizontal", "vertical"]

EDGES: Mapping[Edge, tuple[int, float]] = {
    "left": (0, 0.0),
    "center": (0, 0.5),
    "right": (0, 1.0),
    "top": (1, 0.0),
    "middle": (1, 0.5),
    "bottom": (1, 1.0),
}
"""The axis, and where along a card the line goes through: 0 at its left or top, 1 at the other end."""


def align(
    project: Project, sizes: Mapping[str, Point], names: Collection[str], edge: Edge
) -> Project:
    """Nodes moved so that these edges, or middles, are in line; the outermost edge stays, and for
    middles that of the whole. `sizes` are the cards' (width, height) in pixels at zoom 1.
    """
    axis, part = EDGES[edge]
    cards = _cards(project, sizes, names, axis)
    if len(cards) < 2:
        return project
    low = min(start for start, _ in cards.values())
    high = max(start + size for start, size in cards.values())
    line = low + part * (high - low)
    return _moved(project, {name: line - part * size for name, (_, size) in cards.items()}, axis)


def distribute(
    project: Project, sizes: Mapping[str, Point], names: Collection[str], axis: Axis
) -> Project:
    """Nodes moved so that the gaps between them are equal; the first and last stay.

    Where the cards are too long for that together, they overlap equally.
    """
    number = 0 if axis == "horizontal" else 1
    cards = _cards(project, sizes, names, number)
    if len(cards) < 3:
        return project
    ordered = sorted(cards, key=lambda name: (cards[name][0] + cards[name][1] / 2, name))
    first, last = cards[ordered[0]], cards[ordered[-1]]
    free = last[0] - first[0] - sum(cards[name][1] for name in ordered[:-1])
    gap = free / (len(ordered) - 1)
    starts: dict[str, float] = {}
    start = first[0]
    for name in ordered[:-1]:
        starts[name] = start
        start += cards[name][1] + gap
    return _moved(project, starts, number)


def _cards(
    project: Project, sizes: Mapping[str, Point], names: Collection[str], axis: int
) -> Mapping[str, tuple[float, float]]:
    """Where each card begins along an axis, and how long it is."""
    return {
        name: (project.placement[name][axis], sizes.get(name, CARD)[axis])
        for name in dict.fromkeys(names)
        if node_of(project, name)
    }


def _moved(project: Project, starts: Mapping[str, float], axis: int) -> Project:
    places = {name: project.placement[name] for name in starts}
    return move(
        project,
        {
            name: (start, places[name][1]) if axis == 0 else (places[name][0], start)
            for name, start in starts.items()
        },
    )
