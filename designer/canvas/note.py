"""The first problem under a card, and its repairs as buttons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPen

from designer.canvas.geometry import CARD_WIDTH, FIX_HEIGHT, NOTE_LINE
from designer.canvas.words import draw_line, measure
from designer.style import SPACE, Type, theme
from designer.style.theme import font

if TYPE_CHECKING:
    from designer.canvas.card import Pose

_TONES = {
    "error": ("error", "error_surface"),
    "warning": ("warning", "warning_surface"),
    "waiting": ("muted", "hover"),
}


def buttons(labels: tuple[str, ...], top: float) -> Iterator[QRectF]:
    metrics = measure(font(Type.SMALL, QFont.Weight.Medium))
    for number, label in enumerate(labels):
        width = min(CARD_WIDTH, metrics.horizontalAdvance(label) + 6 * SPACE)
        yield QRectF(0, top + number * FIX_HEIGHT, width, FIX_HEIGHT - 2)


def draw_note(painter: QPainter, pose: Pose) -> None:
    """The first problem's sentence under the card, and its repairs as buttons."""
    if not pose.note:
        return
    face, tokens = pose.face, theme()
    tone, ground = _TONES[face.severity]
    box = QRectF(0, pose.height + 6, CARD_WIDTH, NOTE_LINE * len(pose.note) + 2 * SPACE)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tokens.color(ground))
    painter.drawRoundedRect(box, 6, 6)
    painter.setPen(tokens.color(tone))
    painter.setFont(font(Type.SMALL))
    for number, text in enumerate(pose.note):
        top = box.top() + SPACE + number * NOTE_LINE
        line = QRectF(2.5 * SPACE, top, CARD_WIDTH - 5 * SPACE, NOTE_LINE)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, text)
    weight = font(Type.SMALL, QFont.Weight.Medium)
    for box, fix in zip(pose.fixes, face.fixes, strict=True):
        painter.setPen(QPen(tokens.color("border"), 1.0))
        painter.setBrush(tokens.color("raised"))
        button = box.adjusted(0.5, 2.5, -0.5, -0.5)
        painter.drawRoundedRect(button, 6, 6)
        painter.setPen(tokens.color("accent"))
        draw_line(painter, weight, button.adjusted(8, 0, -8, 0), fix, Qt.AlignmentFlag.AlignHCenter)
