"""Walking by arrow keys: along links to left and right, among siblings up and down."""

from __future__ import annotations

from typing import Literal, TypeAlias

from engine.network import order
from engine.network.project import Point, Project

Direction: TypeAlias = Literal["left", "right", "up", "down"]


def step(project: Project, name: str, direction: Direction) -> str | None:
    """The node that an arrow key leads to from `name`; None where there is none that way.

    Left leads to what feeds its first input, right to what it feeds, the nearest in height. Up and
    down lead to siblings, which share a source or a target with it, or else to the nearest card.
    """
    arriving, leaving = order.sources(project.network), order.targets(project.network)
    here = _place(project, name)
    if direction == "left":
        return next((link.source for link in arriving.get(name, ())), None)
    if direction == "right":
        fed = [link.target for link in leaving.get(name, ())]
        return min(fed, key=lambda other: abs(_place(project, other)[1] - here[1]), default=None)
    siblings = {
        other.target for link in arriving.get(name, ()) for other in leaving.get(link.source, ())
    } | {other.source for link in leaving.get(name, ()) for other in arriving.get(link.target, ())}
    return _toward(project, name, siblings, direction) or _toward(
        project, name, set(project.network.nodes), direction
    )


def first(project: Project) -> str | None:
    """Where a walk begins when nothing is selected: the first node in the order of computation."""
    return next(iter(order.order(project.network)), next(iter(project.network.nodes), None))


def _toward(project: Project, name: str, among: set[str], direction: Direction) -> str | None:
    sign = -1 if direction == "up" else 1
    x, y = _place(project, name)
    ahead = [
        other for other in among if other != name and (_place(project, other)[1] - y) * sign > 0
    ]

    def distance(other: str) -> tuple[float, str]:
        u, v = _place(project, other)
        return abs(v - y) + 2 * abs(u - x), other

    return min(ahead, key=distance, default=None)


def _place(project: Project, name: str) -> Point:
    return project.placement.get(name, (0.0, 0.0))
