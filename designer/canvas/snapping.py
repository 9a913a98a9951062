"""Snapping: a card in the hand lines up with its neighbours, or else with the grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF

from designer.canvas.geometry import CARD_WIDTH, GRID, SNAP
from designer.canvas.node import NodeItem

_OVERSHOOT = 24.0


@dataclass(frozen=True, slots=True)
class Guides:
    """The lines on which cards meet, for the eye."""

    lines: tuple[QLineF, ...] = ()


def to_grid(value: float) -> float:
    """The nearest line of the grid."""
    return round(value / GRID) * GRID


def snap(item: NodeItem, wanted: QPointF, others: Sequence[NodeItem]) -> tuple[QPointF, Guides]:
    """Where a card goes that is wanted at `wanted`: left edges, and middles at the height of the
    ports, meet those of others within 6 px; otherwise it goes to the grid.
    """
    middle = item.pose.base / 2
    column = _nearest(
        others, lambda other: other.at.x() - wanted.x(), lambda other: other.at.y() - wanted.y()
    )
    row = _nearest(
        others,
        lambda other: _level(other) - wanted.y() - middle,
        lambda other: other.at.x() - wanted.x(),
    )
    x = column.at.x() if column else to_grid(wanted.x())
    y = _level(row) - middle if row else to_grid(wanted.y())
    lines: list[QLineF] = []
    if column:
        top = min(y, column.at.y()) - _OVERSHOOT
        bottom = max(y + item.pose.height, column.card.bottom()) + _OVERSHOOT
        lines.append(QLineF(x, top, x, bottom))
    if row:
        left, right = min(x, row.at.x()), max(x, row.at.x()) + CARD_WIDTH
        lines.append(QLineF(left - _OVERSHOOT, y + middle, right + _OVERSHOOT, y + middle))
    return QPointF(x, y), Guides(tuple(lines))


def _nearest(
    others: Sequence[NodeItem],
    off: Callable[[NodeItem], float],
    along: Callable[[NodeItem], float],
) -> NodeItem | None:
    """Of the cards at most 6 px off the line, the one least off; of equals, the nearest along it."""
    close = [other for other in others if abs(off(other)) <= SNAP]
    return min(close, key=lambda other: (abs(off(other)), abs(along(other))), default=None)


def _level(item: NodeItem) -> float:
    return item.at.y() + item.pose.base / 2
