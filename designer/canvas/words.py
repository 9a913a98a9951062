"""Words on cards: lines of text measured, cut at the end, and wrapped."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from designer.style import Type
from designer.style.theme import font

NOTE_LINES = 3


@cache
def measure(weight: QFont) -> QFontMetricsF:
    return QFontMetricsF(weight)


def wrap(text: str, width: float) -> tuple[str, ...]:
    """`text` in at most three lines of the small font, the rest elided."""
    metrics = measure(font(Type.SMALL))
    lines: list[str] = []
    rest = text.split()
    while rest and len(lines) < NOTE_LINES - 1:
        line = [rest.pop(0)]
        while rest and metrics.horizontalAdvance(" ".join((*line, rest[0]))) <= width:
            line.append(rest.pop(0))
        lines.append(metrics.elidedText(" ".join(line), Qt.TextElideMode.ElideRight, width))
    if rest:
        lines.append(metrics.elidedText(" ".join(rest), Qt.TextElideMode.ElideRight, width))
    return tuple(lines)


def draw_line(
    painter: QPainter,
    weight: QFont,
    box: QRectF,
    said: str,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """One line, elided at the end where it does not fit."""
    if not said or box.width() < 8:
        return
    painter.setFont(weight)
    shown = said
    if measure(weight).horizontalAdvance(said) > box.width():
        shown = measure(weight).elidedText(said, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
