"""Where everything is on a card and between cards: every length of the canvas, in scene pixels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import hypot

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QPainterPath

from designer.style import RADIUS, SPACE

CARD_WIDTH = 220.0
CARD_HEIGHT = 92.0
STRIP_HEIGHT = 56.0
"""What thumbnails add to a card, at its bottom, so that no port moves."""
NOTE_LINE = 15.0
FIX_HEIGHT = 24.0
MARGIN = 10.0
"""Around a card: room for its shadow and the outer halves of its ports."""
DOT, DOT_RADIUS = 20.0, 5.0
"""A bend of a link: the side of the square that is its card, and the dot drawn there."""
PORT_RADIUS = 5.0
PORT_STEP = 20.0
PORT_REACH = 12.0
"""How near the pointer must come to a port, at zoom 1."""
LINK_REACH = 7.0
GRID = 20.0
SNAP = 6.0
SPACING = (300.0, 160.0)
"""From one card to the next, along the flow and across it."""

_GAP = SPACING[0] - CARD_WIDTH
_TURN = 24.0
"""How far a link that cannot go straight runs out of its port before it turns."""
_ARCH = 2 * CARD_WIDTH + _GAP
"""A level link at least this long passes above the cards that may stand between."""


def base_height(ports: int) -> float:
    """Height of a card without thumbnails whose fuller side has this many ports."""
    return max(CARD_HEIGHT, PORT_STEP * ports + 3 * SPACE)


def port_offset(index: int, count: int, height: float) -> float:
    """How far below the card's top port `index` of `count` lies; `height` is the base height."""
    return height / 2 + (index - (count - 1) / 2) * PORT_STEP


class Course:
    """The way of one link: a curve for the eye, straight pieces for far away, and its middle."""

    __slots__ = ("bounds", "lines", "middle", "path", "straight")

    def __init__(
        self,
        start: QPointF,
        end: QPointF,
        source: QRectF,
        target: QRectF,
        input: int = 0,
        merging: bool = False,
    ) -> None:
        """From port `start` of card `source` to port `end` of card `target`, its input number
        `input`. `merging` is whether the target takes several links.
        """
        # Who puts a bend into a link chooses its way.
        led = DOT in (source.width(), target.width())
        if led and end.x() - start.x() < _TURN:
            start, *bends, end = _led_back(start, end, source, target)
        else:
            bends = [] if led else _bends(start, end, source, target, input)
        self.straight = not bends and start.y() == end.y()
        """Whether `lines` is the whole of it, which is quicker to draw than a curve."""
        if bends or (led and end.x() < start.x()):
            corners = (start, *bends, end)
            self.path = rounded(corners)
            self.lines = [QLineF(a, b) for a, b in pairwise(corners)]
            self.middle = max(self.lines, key=QLineF.length).center()
        elif not led and _beside(start, end):
            self.path, self.lines, self.middle = _aside(start, end, merging)
        else:
            self.path = curve(start, end)
            self.middle = (start + end) / 2
            self.lines = [QLineF(start, end)]
        self.bounds = self.path.controlPointRect()


def curve(start: QPointF, end: QPointF) -> QPainterPath:
    """A link's usual course, leaving to the right and arriving from the left."""
    across = end.x() - start.x()
    reach = across / 2 if across > 0 else min(160.0, _TURN + abs(across) / 2)
    reach = max(reach, min(40.0, abs(end.y() - start.y()) / 2))
    path = QPainterPath(start)
    path.cubicTo(start.x() + reach, start.y(), end.x() - reach, end.y(), end.x(), end.y())
    return path


def _beside(start: QPointF, end: QPointF) -> bool:
    """Whether a link passes a card or more on its way to another row."""
    far = end.x() - start.x() >= _ARCH - CARD_WIDTH
    return far and abs(end.y() - start.y()) > CARD_HEIGHT / 2


def _aside(
    start: QPointF, end: QPointF, merging: bool
) -> tuple[QPainterPath, list[QLineF], QPointF]:
    """A link that stays in its branch's row, free of cards, and changes rows in one gap: the last
    one where branches merge, or else the first.
    """
    path = QPainterPath(start)
    if merging:
        knee = QPointF(end.x() - _GAP, start.y())
        path.lineTo(knee)
        path.cubicTo(end.x() - _GAP / 2, knee.y(), end.x() - _GAP / 2, end.y(), end.x(), end.y())
        return path, [QLineF(start, knee), QLineF(knee, end)], (start + knee) / 2
    knee = QPointF(start.x() + _GAP, end.y())
    path.cubicTo(
        start.x() + _GAP / 2, start.y(), start.x() + _GAP / 2, knee.y(), knee.x(), knee.y()
    )
    path.lineTo(end)
    return path, [QLineF(start, knee), QLineF(knee, end)], (knee + end) / 2


def rounded(points: Sequence[QPointF]) -> QPainterPath:
    """Straight pieces from point to point with round corners."""
    path = QPainterPath(points[0])
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(16.0, QLineF(before, corner).length() / 2, QLineF(corner, after).length() / 2)
        path.lineTo(_toward(corner, before, radius))
        path.quadTo(corner, _toward(corner, after, radius))
    path.lineTo(points[-1])
    return path


def _toward(point: QPointF, other: QPointF, distance: float) -> QPointF:
    length = hypot(other.x() - point.x(), other.y() - point.y())
    return point if length == 0 else point + (other - point) * (distance / length)


def _bends(
    start: QPointF, end: QPointF, source: QRectF, target: QRectF, input: int
) -> list[QPointF]:
    """The corners of a link that must go around cards; none for a plain curve.

    A link back to a lower or higher row runs through the gap between the rows; a long level one,
    such as a skip connection, passes above what it skips, the longer the higher; to any but the
    first input it passes below, so that it does not cross the link that goes straight to the first.
    """
    across, down = end.x() - start.x(), end.y() - start.y()
    if across >= _TURN:
        if across < _ARCH - CARD_WIDTH or abs(down) > CARD_HEIGHT / 2:
            return []
        away = 14 + min(10.0, max(0.0, across - _ARCH) / 120)
        if input > 0:
            level = max(source.bottom(), target.bottom()) + away
        else:
            level = min(source.top(), target.top()) - away
    elif target.top() - source.bottom() >= SPACE * 3:
        level = (source.bottom() + target.top()) / 2
    elif source.top() - target.bottom() >= SPACE * 3:
        level = (target.bottom() + source.top()) / 2
    else:
        level = max(source.bottom(), target.bottom()) + _TURN
    right, left = start.x() + _TURN, end.x() - _TURN
    return [
        QPointF(right, start.y()),
        QPointF(right, level),
        QPointF(left, level),
        QPointF(left, end.y()),
    ]


def _led_back(start: QPointF, end: QPointF, source: QRectF, target: QRectF) -> list[QPointF]:
    """The corners of a link back to or from its bends, ends included.

    Only a card has to be left to the right and reached from the left; a bend is met from any side.
    """
    corners: list[QPointF] = []
    if source.width() == DOT:
        start = source.center()
    if target.width() == DOT:
        end = target.center()
    if source.width() != DOT:
        corners = [QPointF(start.x() + _TURN, start.y()), QPointF(start.x() + _TURN, end.y())]
    elif target.width() != DOT:
        corners = [QPointF(end.x() - _TURN, start.y()), QPointF(end.x() - _TURN, end.y())]
    return [start, *corners, end]


def card_path(rect: QRectF) -> QPainterPath:
    """A card's outline."""
    path = QPainterPath()
    path.addRoundedRect(rect, RADIUS, RADIUS)
    return path
