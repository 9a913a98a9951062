"""Where a node goes that nobody has placed: left to right, on no other node."""

from __future__ import annotations

from engine.network.network import Network
from engine.network.order import order, sources
from engine.network.project import Point, Project

CARD = (240.0, 110.0)
"""About the width and height of a node's card, in pixels at zoom 1."""
SPACING = (300.0, 170.0)
"""From one card to the next, along the flow and across it."""


def after(project: Project, name: str | None) -> Point:
    """A free spot right of a node; of the one drawn last, where no name is given."""
    placed = project.placement
    followed = name or next(reversed([*project.network.nodes]), "")
    x, y = placed.get(followed, (-SPACING[0], 0.0))
    return free_spot(project, (x + SPACING[0], y))


def between(project: Project, first: str, second: str) -> Point:
    """The middle of two nodes."""
    x, y = project.placement.get(first, (0.0, 0.0))
    u, v = project.placement.get(second, (x + SPACING[0], y))
    return (x + u) / 2, (y + v) / 2


def free_spot(project: Project, at: Point) -> Point:
    """The nearest point straight below `at`, or `at` itself, where a card covers no other."""
    x, y = at
    column = sorted(
        v
        for name, (u, v) in project.placement.items()
        if abs(u - x) < CARD[0] and v > y - CARD[1] and "/" not in name
    )
    for v in column:
        if v < y + CARD[1]:
            y = max(y, v + SPACING[1])
    return x, y


def flow(network: Network) -> dict[str, Point]:
    """A place for every node: columns by the longest way from an input, rows in drawing order."""
    depth = dict.fromkeys(network.nodes, 0)
    feeds = sources(network)
    for name in order(network):
        depth[name] = max((depth[link.source] + 1 for link in feeds.get(name, ())), default=0)
    rows: dict[int, int] = {}
    places: dict[str, Point] = {}
    for name, column in depth.items():
        row = rows.get(column, 0)
        rows[column] = row + 1
        places[name] = (column * SPACING[0], row * SPACING[1])
    return places
