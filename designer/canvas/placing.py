"""Edits that also find a place: what is inserted shoves its row along instead of lying on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil

from PySide6.QtCore import QRectF

from designer.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, GRID, SPACING
from engine.layers.base import Layer
from engine.network import edits
from engine.network.network import Link
from engine.network.placement import free_spot
from engine.network.project import Point, Project

_CLEAR = 2 * GRID
"""The least room between two cards of a row."""
_MANY = 60
"""More cards than this find room as one large one."""


def insert(project: Project, link: Link, layer: Layer) -> Project:
    """A layer put into a link: right of its source, in its row, whose rest moves on where needed."""
    grown = edits.insert_on_link(project, link, layer, _spot(project, link))
    return make_room(grown, newest(grown))


def put_on(project: Project, name: str, link: Link) -> Project:
    """A node that is there already put into a link, likewise."""
    at = _spot(project, link)
    grown = edits.insert_node_on_link(project, name, link)
    return make_room(edits.move(grown, {name: at}), name)


def _spot(project: Project, link: Link) -> Point:
    x, y = project.placement.get(link.source, (0.0, 0.0))
    u, v = project.placement.get(link.target, (x + SPACING[0], y))
    roomy = v == y and u - x >= 2 * CARD_WIDTH + 2 * _CLEAR
    return (round((x + u) / 2 / GRID) * GRID if roomy else x + SPACING[0], y)


def join(project: Project, layer: Layer, names: Sequence[str]) -> Project:
    """A layer that several nodes feed, from the top one down: right of them all, at half their height."""
    places = {name: project.placement[name] for name in names}
    ordered = sorted(names, key=lambda name: places[name][::-1])
    heights = [place[1] for place in places.values()]
    y = round((min(heights) + max(heights)) / 2 / GRID) * GRID
    x = max(place[0] for place in places.values()) + SPACING[0]
    grown = edits.add(project, layer, free_spot(project, (x, y)))
    name = newest(grown)
    for number, source in enumerate(ordered):
        grown = edits.connect(grown, Link(source, name, 0, number))
    return grown


def newest(project: Project) -> str:
    """The node drawn last."""
    return list(project.network.nodes)[-1]


def make_room(project: Project, name: str) -> Project:
    """Move the cards right of `name` in its row to the right until none lies on another."""
    x, y = project.placement[name]
    row = sorted(
        (place[0], other)
        for other, place in project.placement.items()
        if other != name
        and other in project.network.nodes
        and abs(place[1] - y) < CARD_HEIGHT
        and place[0] > x - CARD_WIDTH / 2
    )
    moved: dict[str, Point] = {}
    edge = x
    for left, other in row:
        if left >= edge + CARD_WIDTH + _CLEAR:
            break
        edge += SPACING[0]
        moved[other] = (edge, project.placement[other][1])
    return edits.move(project, moved)


def way_down(moving: Sequence[QRectF], cards: Iterable[QRectF]) -> float:
    """How far down cards must go to lie on none of the others, in whole steps of the grid."""
    if len(moving) > _MANY:
        whole = moving[0]
        for card in moving:
            whole = whole.united(card)
        moving = [whole]
    barred: list[tuple[float, float]] = []
    standing = list(cards)
    for card in moving:
        wide = card.adjusted(-GRID, 0, GRID, 0)
        for other in standing:
            if other.left() < wide.right() and other.right() > wide.left():
                barred.append(
                    (other.top() - GRID - card.bottom(), other.bottom() + GRID - card.top())
                )
    down = 0.0
    for first, last in sorted(barred):
        if first < down < last:
            down = ceil(last / GRID) * GRID
    return down
