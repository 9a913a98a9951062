"""How an entry of the catalogue is painted in a list: glyph, label, one line of purpose."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from designer.canvas.entries import Entry
from designer.style import RADIUS, SPACE, Type, theme
from designer.style.icons import draw
from designer.style.theme import font

ENTRY_ROLE = Qt.ItemDataRole.UserRole + 1
ENTRY_HEIGHT = 40


class EntryDelegate(QStyledItemDelegate):
    """Paints rows that hold an `Entry`; leaves other rows to its base."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(120, ENTRY_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        entry = index.data(ENTRY_ROLE)
        if not isinstance(entry, Entry):
            super().paint(painter, option, index)
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect)  # type: ignore[attr-defined]
        paint_ground(painter, box, option)
        paint_entry(painter, box, entry)
        painter.restore()


def paint_ground(painter: QPainter, box: QRectF, option: QStyleOptionViewItem) -> None:
    """The background of a row that is selected or under the pointer."""
    state = option.state  # type: ignore[attr-defined]
    token = ""
    if state & QStyle.StateFlag.State_Selected:
        token = "selection"
    elif state & QStyle.StateFlag.State_MouseOver:
        token = "hover"
    if token:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color(token))
        painter.drawRoundedRect(box.adjusted(SPACE, 0.5, -SPACE, -0.5), RADIUS, RADIUS)


def paint_entry(painter: QPainter, box: QRectF, entry: Entry) -> None:
    """Glyph, label and purpose; a preset is set in under its layer."""
    left = box.left() + 3 * SPACE + (5 * SPACE if entry.preset else 0)
    family = theme().family(entry.family)
    plate = QRectF(left, box.center().y() - 13, 26, 26)
    ground = theme().family(entry.family)
    ground.setAlpha(30)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(plate, RADIUS, RADIUS)
    draw(painter, f"family_{entry.family}", plate.adjusted(4, 4, -4, -4), family)
    left += 26 + 2 * SPACE + 2
    width = box.right() - left - 2 * SPACE
    middle = box.center().y()
    _line(painter, QRectF(left, middle - 17, width, 18), entry.label, "text", Type.BODY, True)
    _line(painter, QRectF(left, middle, width, 16), entry.purpose, "muted", Type.SMALL, False)


def _line(painter: QPainter, box: QRectF, text: str, token: str, size: Type, strong: bool) -> None:
    weight = font(size, QFont.Weight.Medium if strong else QFont.Weight.Normal)
    painter.setFont(weight)
    painter.setPen(theme().color(token))
    metrics = QFontMetricsF(weight)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(box, flags, shown)
