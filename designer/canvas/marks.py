"""What is drawn on a card that is not simply active: muted, bypassed, frozen, or only a link's bend."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from designer.canvas.face import Face
from designer.canvas.geometry import CARD_WIDTH, DOT, DOT_RADIUS
from designer.style import theme
from designer.style.icons import draw

INSET = 14.0
LOCK = 13.0
"""Width of the lock beside a caption."""


def opacity(face: Face) -> float:
    """How much of a card is seen."""
    if face.mode == "muted" or face.absent:
        return 0.5
    return 1.0 if face.reached or face.severity == "error" else 0.62


def border(face: Face) -> QPen:
    """The pen of a card's edge."""
    error = face.severity == "error"
    pen = QPen(theme().color("error" if error else "border"), 1.6 if error else 1.0)
    if face.mode == "muted" or face.absent:
        pen = QPen(theme().color("muted"), 1.4)
        pen.setDashPattern([4, 3])
    return pen


def caption(face: Face) -> str:
    """The card's second line, which says what is with it."""
    if face.mode == "active":
        return face.caption
    return " · ".join(filter(None, (face.mode.capitalize(), face.caption)))


def draw_bypass(painter: QPainter, start: QPointF, end: QPointF, width: float) -> None:
    """The link drawn on through a bypassed card, from its first input to its first output."""
    painter.setPen(QPen(theme().color("link"), width, Qt.PenStyle.SolidLine))
    painter.drawLine(start, end)


def draw_lock(painter: QPainter, top: float, size: float = LOCK) -> None:
    """A lock at the card's right side: its tensors do not learn."""
    box = QRectF(CARD_WIDTH - INSET - size, top, size, size)
    draw(painter, "lock", box, theme().color("text"))


def draw_dot(painter: QPainter, face: Face) -> None:
    """A bend of a link."""
    color = theme().color("link")
    painter.setOpacity(opacity(face))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(QPointF(DOT / 2, DOT / 2), DOT_RADIUS, DOT_RADIUS)
    painter.setOpacity(1.0)
