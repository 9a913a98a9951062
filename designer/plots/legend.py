"""Legend: which curve is which, and its value, in plain text."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.inspector.parts import plain
from designer.style import SPACE, Type, theme
from designer.style.theme import font

LINE, MORE = 6 * SPACE, 4 * SPACE
"""The height of the first line, and of each that is needed beside it."""
MOST = 2
"""Lines at most; what has no room in them is left out, and counted."""
DASH = 4 * SPACE
"""The room of a curve's colour."""
LONG = 28 * SPACE
"""Pixels to which names are cut, in the middle, before they are left out."""


class Entry(NamedTuple):
    """One curve where it is written: its line, its left edge, its name as far as there is room for it."""

    line: int
    left: float
    name: str
    value: str
    color: int


class Legend(QWidget):
    """Title, and per curve its colour, name and value; in a second line what the first has no room for."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self.titled = True
        """Whether the title is drawn here, not by a widget before it."""
        self.unit = ""
        """What is written behind the title, where the axis has no room for it."""
        self.entries: list[tuple[str, str, int]] = []
        """Name, value, and number of the colour in the tokens' series."""
        self.note = ""
        self._for: tuple[object, ...] = ()
        """The names and the width that the height was made for."""
        self.setFixedHeight(LINE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(self, entries: list[tuple[str, str, int]], note: str) -> None:
        if (entries, note) != (self.entries, self.note):
            self.entries, self.note = entries, note
            told = ", ".join(f"{n} {v}".strip() for n, v, _ in entries)
            self.setAccessibleName(f"{self._title} {note}: {told}")
            self.tell()

    def set_title(self, title: str) -> None:
        self._title = title
        self.tell()

    def tell(self) -> None:
        """Say under the pointer all that there may be no room for, and draw it anew."""
        lines = [self.unit, *(f"{name} {value}".strip() for name, value, _ in self.entries)]
        self.setToolTip(plain("\n".join(filter(None, (*lines, self.note)))))
        self._grow()
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(60, LINE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._grow()

    def _grow(self) -> None:
        """Take the lines that are needed; fewer only for other curves or another width, so that a plot
        does not jump whenever a value gains a digit.
        """
        now = (self.width(), self.titled, *(name for name, *_ in self.entries))
        entries = self.arranged(QRectF(self.rect()), self.titled)[0]
        high = LINE + MORE * max((entry.line for entry in entries), default=0)
        if now != self._for or high > self.height():
            self._for = now
            self.setFixedHeight(high)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw(painter, QRectF(self.rect()), self.titled)
        painter.end()

    def draw(self, painter: QPainter, box: QRectF, titled: bool = True) -> None:
        """Draw it into `box`, as `arranged`; also used for export."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bold, small = font(Type.BODY, QFont.Weight.DemiBold), font(Type.SMALL)

        def write(text: str, token: str, left: float, line: int) -> None:
            painter.setPen(theme().color(token))
            top = box.top() + (LINE + (line - 1) * MORE if line else 0)
            room = QRectF(left, top, box.right() - left, MORE if line else LINE)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)

        if titled:
            painter.setFont(bold)
            write(self._shown_title(box), "text", box.left() + SPACE, 0)
        painter.setFont(small)
        if unit := self._shown_unit(box, titled):
            write(unit, "muted", self._after_title(box, titled), 0)
        entries, left, line = self.arranged(box, titled)
        for entry in entries:
            painter.setPen(QPen(theme().series(entry.color), 2.5))
            middle = box.top() + (LINE / 2 if not entry.line else LINE + (entry.line - 0.5) * MORE)
            painter.drawLine(QPointF(entry.left, middle), QPointF(entry.left + 12, middle))
            at = entry.left + DASH
            if entry.name:
                write(entry.name, "muted", at, entry.line)
                at += _wide(entry.name)
            write(entry.value, "text", at, entry.line)
        hidden = len(self.entries) - len(entries)
        note = f"+{hidden}" if hidden else self.note
        if left + _wide(note) <= box.right():
            write(note, "muted", left, line)

    def arranged(self, box: QRectF, titled: bool) -> tuple[list[Entry], float, int]:
        """The curves where they are written in `box`, and where what follows them is: left edge, line.

        Names are cut where there is no room for them, then left out, before a curve is.
        """
        begin = self._after_title(box, titled)
        if unit := self._shown_unit(box, titled):
            begin += _wide(unit) + 2 * SPACE
        metrics = QFontMetrics(font(Type.SMALL))
        whole = [name for name, *_ in self.entries]
        cut = [metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, LONG) for name in whole]
        for names in (whole, cut, [""] * len(whole)):
            shown = list(zip(names, self.entries, strict=True))
            found, left, line = _flowed(shown, begin, box)
            if line < MOST:
                return found, left, line
        # The second, which is not what was learned from, says most.
        while line >= MOST and len(shown) > 1:
            shown = shown[:-1] if len(shown) > 2 else shown[1:]
            found, left, line = _flowed(shown, begin, box)
        return found, left, line

    def _shown_title(self, box: QRectF) -> str:
        # What is told of most stays, however long the title is.
        least = sum(_wide(value) + 6 * SPACE for _, value, _ in self.entries[:1])
        room = max(60, round(box.width() - SPACE - least))
        metrics = QFontMetrics(font(Type.BODY, QFont.Weight.DemiBold))
        return metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, room)

    def _after_title(self, box: QRectF, titled: bool) -> float:
        if not titled:
            return box.left() + SPACE
        metrics = QFontMetrics(font(Type.BODY, QFont.Weight.DemiBold))
        gap = (2 if self.unit else 3) * SPACE
        return box.left() + SPACE + metrics.horizontalAdvance(self._shown_title(box)) + gap

    def _shown_unit(self, box: QRectF, titled: bool) -> str:
        values = sum(_wide(value) + 6 * SPACE for _, value, _ in self.entries[:2])
        left = self._after_title(box, titled)
        return self.unit if left + _wide(self.unit) + values <= box.right() else ""


def _flowed(
    entries: list[tuple[str, tuple[str, str, int]]], begin: float, box: QRectF
) -> tuple[list[Entry], float, int]:
    """Entries from `begin` on, in as many lines as they take; and where they end."""
    found: list[Entry] = []
    left, line = begin, 0
    for name, (_, value, color) in entries:
        wide = DASH + (_wide(name) if name else 0) + _wide(value)
        if left + wide > box.right() and (left > begin or not line):
            left, line = box.left() + SPACE, line + 1
        found.append(Entry(line, left, name, value, color))
        left += wide + SPACE
    return found, left, line


def _wide(text: str) -> int:
    return QFontMetrics(font(Type.SMALL)).horizontalAdvance(text) + SPACE
