"""Legend: which curve is which, and its value, in one line of plain text."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.style import SPACE, Type, theme
from designer.style.theme import font


class Legend(QWidget):
    """Title, and per curve its colour, name and value, painted as plain text."""

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
        self.setFixedHeight(6 * SPACE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(self, entries: list[tuple[str, str, int]], note: str) -> None:
        if (entries, note) != (self.entries, self.note):
            self.entries, self.note = entries, note
            self.setAccessibleName(
                f"{self._title} {note}: " + ", ".join(f"{n} {v}".strip() for n, v, _ in entries)
            )
            self.update()

    def set_title(self, title: str) -> None:
        self._title = title
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 6 * SPACE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw(painter, QRectF(self.rect()), self.titled)
        painter.end()

    def draw(self, painter: QPainter, box: QRectF, titled: bool = True) -> None:
        """Draw it into `box`, names left out where there is no room; also used for export."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bold, small = font(Type.BODY, QFont.Weight.DemiBold), font(Type.SMALL)
        middle = Qt.AlignmentFlag.AlignVCenter
        x = box.left() + SPACE

        def width(text: str) -> int:
            return QFontMetrics(small).horizontalAdvance(text) + SPACE

        def write(text: str, token: str, advance: float) -> None:
            nonlocal x
            painter.setPen(theme().color(token))
            painter.drawText(QRectF(x, box.top(), box.right() - x, box.height()), middle, text)
            x += advance

        painter.setFont(bold)
        if titled:
            # What is told of most stays, however long the title is.
            least = sum(width(value) + 6 * SPACE for _, value, _ in self.entries[:1])
            title = QFontMetrics(bold).elidedText(
                self._title, Qt.TextElideMode.ElideRight, max(60, round(box.right() - x - least))
            )
            wide = QFontMetrics(bold).horizontalAdvance(title)
            write(title, "text", wide + (2 if self.unit else 3) * SPACE)
        painter.setFont(small)
        values = sum(width(value) + 6 * SPACE for _, value, _ in self.entries[:2])
        if self.unit and x + width(self.unit) + values <= box.right():
            write(self.unit, "muted", width(self.unit) + 2 * SPACE)
        room = box.right() - x
        shown = self.entries
        while sum(width(value) + 5 * SPACE for _, value, _ in shown) > room and len(shown) > 1:
            # The second, which is not what was learned from, says most.
            shown = shown[:-1] if len(shown) > 2 else shown[1:]
        gaps = len(shown) * (4 + 2) * SPACE
        named = sum(width(name) + width(value) for name, value, _ in shown) + gaps
        for name, value, number in shown:
            painter.setPen(QPen(theme().series(number), 2.5))
            painter.drawLine(QPointF(x, box.center().y()), QPointF(x + 12, box.center().y()))
            x += 4 * SPACE
            if name and named <= room:
                write(name, "muted", width(name))
            write(value, "text", width(value) + 2 * SPACE)
        if x + width(self.note) <= box.right():
            write(self.note, "muted", 0)
