"""Legend: which curve is which, and its value, in plain text."""

from __future__ import annotations

from itertools import product
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


class Arranged(NamedTuple):
    """All that is written: the curves, where what follows them is (left edge, line), and whether the
    unit is written before them.
    """

    entries: list[Entry]
    left: float
    line: int
    unit: bool


class Legend(QWidget):
    """Title, and per curve its colour, name and value; in a second line what the first has no room for."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self.titled = True
        """Whether the title is drawn here, not by a widget before it."""
        self.low = False
        """Whether a line is dearer than names: there is a second one only for curves without room."""
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
        entries, left, line, counted = self.arranged(box, titled)
        # In the middle, where there is room for more lines than there are.
        box = box.adjusted(0, max(0.0, (box.height() - LINE - line * MORE) / 2), 0, 0)

        def write(text: str, token: str, left: float, line: int) -> None:
            painter.setPen(theme().color(token))
            top = box.top() + (LINE + (line - 1) * MORE if line else 0)
            room = QRectF(left, top, box.right() - left, MORE if line else LINE)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)

        if titled:
            painter.setFont(bold)
            write(self._shown_title(box), "text", box.left() + SPACE, 0)
        painter.setFont(small)
        if counted:
            write(self.unit, "muted", self._after_title(box, titled), 0)
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

    def arranged(self, box: QRectF, titled: bool) -> Arranged:
        """The curves where they are written in `box`.

        Names are cut where there is no room for them, then left out, before a curve is.
        """
        metrics = QFontMetrics(font(Type.SMALL))
        whole = [name for name, *_ in self.entries]
        cut = [metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, LONG) for name in whole]
        none = [""] * len(whole)
        title, unit = self._after_title(box, titled), self._wide_unit()
        line, left, begin = MOST, title, title
        shown: list[tuple[str, tuple[str, str, int]]] = []
        found: list[Entry] = []
        # What the axis counts in gives way to the names.
        begins = [title + unit, title] if unit and title + unit <= box.right() else [title]
        limits = (1, MOST) if self.low else (MOST,)
        for limit, names, begin in product(limits, (whole, cut, none), begins):
            shown = list(zip(names, self.entries, strict=True))
            found, left, line = _flowed(shown, begin, box)
            if line < limit:
                return Arranged(found, left, line, begin > title)
        # The second, which is not what was learned from, says most.
        while line >= MOST and len(shown) > 1:
            shown = shown[:-1] if len(shown) > 2 else shown[1:]
            found, left, line = _flowed(shown, begin, box)
        return Arranged(found, left, line, False)

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

    def _wide_unit(self) -> int:
        return _wide(self.unit) + 2 * SPACE if self.unit else 0


def _flowed(
    entries: list[tuple[str, tuple[str, str, int]]], begin: float, box: QRectF
) -> tuple[list[Entry], float, int]:
    """Entries from `begin` on, in as many lines as they take; and where they end."""
    found: list[Entry] = []
    left, line = begin, 0
    for name, (_, value, color) in entries:
        wide = DASH + (_wide(name) if name else 0) + _wide(value)
        if left + wide > box.right() and (not line or left > box.left() + SPACE):
            left, line = box.left() + SPACE, line + 1
        found.append(Entry(line, left, name, value, color))
        left += wide + SPACE
    return found, left, line


def _wide(text: str) -> int:
    return QFontMetrics(font(Type.SMALL)).horizontalAdvance(text) + SPACE
