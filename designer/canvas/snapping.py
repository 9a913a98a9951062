"""Snapping: what is in the hand lines up with its neighbours, or stands as far from them as they do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF

from designer.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, GRID, SNAP
from designer.canvas.node import NodeItem

_OVERSHOOT = 24.0


@dataclass(frozen=True, slots=True)
class Guides:
    """The lines on which cards meet, for the eye."""

    lines: tuple[QLineF, ...] = ()


def to_grid(value: float) -> float:
    """The nearest line of the grid."""
    return round(value / GRID) * GRID


def snap(
    item: NodeItem, wanted: QPointF, others: Sequence[NodeItem], box: QRectF | None = None
) -> tuple[QPointF, Guides]:
    """Where a card goes that is wanted at `wanted`: left edges, and middles at the height of the
    ports, meet those of others within 6 px; failing that, gaps to the neighbours of all that moves
    (`box`, as it would lie) become equal; otherwise it goes to the grid.
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
    box = QRectF(wanted, item.card.size()) if box is None else box
    across = None if column else _even(box, others)
    down = None if row else _even(_turned(box), others, turned=True)
    x = column.at.x() if column else wanted.x() + across[0] if across else to_grid(wanted.x())
    y = _level(row) - middle if row else wanted.y() + down[0] if down else to_grid(wanted.y())
    lines: list[QLineF] = []
    if column:
        top = min(y, column.at.y()) - _OVERSHOOT
        bottom = max(y + item.pose.height, column.card.bottom()) + _OVERSHOOT
        lines.append(QLineF(x, top, x, bottom))
    if row:
        left, right = min(x, row.at.x()), max(x, row.at.x()) + CARD_WIDTH
        lines.append(QLineF(left - _OVERSHOOT, y + middle, right + _OVERSHOOT, y + middle))
    for even in (across, down):
        lines.extend(even[1] if even else ())
    return QPointF(x, y), Guides(tuple(lines))


def _even(
    box: QRectF, others: Sequence[NodeItem], turned: bool = False
) -> tuple[float, tuple[QLineF, ...]] | None:
    """How far `box` must go along x for equal gaps in its row, and these gaps; None when that is
    more than 6 px. With `turned` x and y change places.
    """
    cards = [_turned(other.card) if turned else other.card for other in others]
    reach = (CARD_WIDTH if turned else CARD_HEIGHT) / 2
    row = [card for card in cards if abs(card.center().y() - box.center().y()) < reach]
    before = sorted((c for c in row if c.right() <= box.left() + SNAP), key=QRectF.right)[-2:]
    after = sorted((c for c in row if c.left() >= box.right() - SNAP), key=QRectF.left)[:2]
    ways: list[tuple[float, float, tuple[float, float]]] = []
    """Where its left edge would be, the gap, and where the two gaps begin."""
    if before and after:
        gap = (after[0].left() - before[-1].right() - box.width()) / 2
        edge = before[-1].right()
        ways.append((edge + gap, gap, (edge, after[0].left() - gap)))
    if len(before) == 2:
        gap = before[1].left() - before[0].right()
        ways.append((before[1].right() + gap, gap, (before[0].right(), before[1].right())))
    if len(after) == 2:
        gap = after[1].left() - after[0].right()
        edge = after[0].left() - gap
        ways.append((edge - box.width(), gap, (edge, after[0].right())))
    near = [way for way in ways if abs(way[0] - box.left()) <= SNAP and way[1] > 0]
    if not near:
        return None
    left, gap, starts = min(near, key=lambda way: abs(way[0] - box.left()))
    level = box.center().y()
    lines = (QLineF(start, level, start + gap, level) for start in starts)
    flip = _flipped if turned else QLineF
    return left - box.left(), tuple(flip(line) for line in lines)


def _turned(rect: QRectF) -> QRectF:
    return QRectF(rect.y(), rect.x(), rect.height(), rect.width())


def _flipped(line: QLineF) -> QLineF:
    return QLineF(line.y1(), line.x1(), line.y2(), line.x2())


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
