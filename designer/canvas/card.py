"""Drawing one card, at each level of detail, and the store of finished pictures."""

from __future__ import annotations

from collections import OrderedDict
from enum import IntEnum
from math import ceil

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap

from designer.canvas.face import Face
from designer.canvas.geometry import (
    CARD_WIDTH,
    FIX_HEIGHT,
    MARGIN,
    NOTE_LINE,
    PORT_RADIUS,
    base_height,
    card_path,
    port_offset,
)
from designer.style import SPACE, Type, theme
from designer.style.icons import draw
from designer.style.theme import font

READABLE = 7.4
"""The least height of letters on the screen, in pixels; smaller text is left out."""
FAR = 0.34
"""Below this zoom cards are plain coloured bars, which the view draws itself."""
INSET = 14.0
NOTE_LINES = 3
_HEADLINE = 22
_SHADOW = ((4.0, 10), (2.5, 14), (1.0, 22))
"""Rings of a card's shadow: how far it spreads, and how dark (of 255)."""

_TONES = {
    "error": ("error", "error_surface"),
    "warning": ("warning", "warning_surface"),
    "waiting": ("muted", "hover"),
}


class Detail(IntEnum):
    """How much a card shows. Text goes before it would become too small to read."""

    LABEL = 0
    BRIEF = 1
    FULL = 2


def detail(zoom: float) -> Detail:
    """What a card shows at a zoom."""
    if Type.SMALL * zoom >= READABLE:
        return Detail.FULL
    if (_HEADLINE - 4) * zoom >= READABLE:
        return Detail.BRIEF
    return Detail.LABEL


class Pose:
    """A face laid out: the heights of its parts and the places of its ports."""

    __slots__ = ("base", "face", "fix", "height", "inputs", "note", "outer", "outputs")

    def __init__(self, face: Face, strip: float) -> None:
        self.face = face
        self.base = base_height(max(len(face.inputs), len(face.outputs)))
        self.height = self.base + strip
        self.inputs = _places(0.0, len(face.inputs), self.base)
        self.outputs = _places(CARD_WIDTH, len(face.outputs), self.base)
        self.note = wrap(face.note, CARD_WIDTH - 5 * SPACE) if face.note else ()
        below = self.height + 6.0
        if self.note:
            below += NOTE_LINE * len(self.note) + 2 * SPACE
        self.fix = QRectF()
        if face.fix:
            width = QFontMetricsF(font(Type.SMALL, QFont.Weight.Medium)).horizontalAdvance(face.fix)
            self.fix = QRectF(0, below, min(CARD_WIDTH, width + 6 * SPACE), FIX_HEIGHT - 2)
            below += FIX_HEIGHT
        if not self.note:
            below -= 6.0
        self.outer = QRectF(0, 0, CARD_WIDTH, below).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)


def _places(x: float, count: int, height: float) -> tuple[QPointF, ...]:
    return tuple(QPointF(x, port_offset(index, count, height)) for index in range(count))


def wrap(text: str, width: float) -> tuple[str, ...]:
    """`text` in at most three lines of the small font, the rest elided."""
    metrics = QFontMetricsF(font(Type.SMALL))
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


def draw_card(painter: QPainter, pose: Pose, level: Detail) -> None:
    """Draw a card with its top left corner at the origin of `painter`, at its present scale."""
    face = pose.face
    tokens = theme()
    family = tokens.family(face.family)
    rect = QRectF(0, 0, CARD_WIDTH, pose.height)
    if not face.reached and face.severity != "error":
        painter.setOpacity(0.62)
    painter.setPen(Qt.PenStyle.NoPen)
    if level == Detail.FULL:
        for spread, alpha in _SHADOW:
            painter.setBrush(QColor(0, 0, 0, alpha))
            painter.drawRoundedRect(rect.adjusted(-spread, -spread + 2, spread, spread + 2), 9, 9)
    error = face.severity == "error"
    painter.setBrush(tokens.color("raised"))
    painter.drawRoundedRect(rect, 6, 6)
    _draw_edge(painter, rect, family)
    border = tokens.color("error" if error else "border")
    painter.setPen(QPen(border, 1.6 if error else 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
    if level == Detail.FULL:
        _draw_text(painter, pose, family)
        _draw_note(painter, pose)
    else:
        _draw_headline(painter, pose, family, level)
    painter.setOpacity(1.0)
    _draw_ports(painter, pose, family)


def _draw_edge(painter: QPainter, rect: QRectF, family: QColor) -> None:
    painter.save()
    painter.setClipRect(QRectF(rect.left(), rect.top(), 5, rect.height()))
    painter.fillPath(card_path(rect), family)
    painter.restore()


def _draw_text(painter: QPainter, pose: Pose, family: QColor) -> None:
    face, tokens = pose.face, theme()
    # A high card, with many ports, keeps its lines together around the middle.
    top = (pose.base - 92.0) / 2
    draw(painter, f"family_{face.family}", QRectF(INSET, top + 11, 18, 18), family)
    left, right = INSET + 25, CARD_WIDTH - INSET
    name_font, kind_font = font(Type.SMALL), font(Type.BODY, QFont.Weight.DemiBold)
    kind_width = QFontMetricsF(kind_font).horizontalAdvance(face.kind)
    painter.setPen(tokens.color("text"))
    _text(painter, kind_font, QRectF(left, top + 10, right - left, 20), face.kind)
    painter.setPen(tokens.color("muted"))
    _text(
        painter,
        name_font,
        QRectF(left + kind_width + 8, top + 11, right - left - kind_width - 8, 20),
        face.name,
        Qt.AlignmentFlag.AlignRight,
    )
    # Where a port's label needs a line of its own, the others make room.
    labelled = "indices" in face.inputs + face.outputs
    caption = QRectF(INSET, top + (31 if labelled else 35), right - INSET, 18)
    _text(painter, name_font, caption, face.caption)
    _draw_numbers(painter, pose, top + (66 if labelled else 62))
    for place, label in zip(pose.outputs, face.outputs, strict=True):
        if label == "indices":
            box = QRectF(CARD_WIDTH / 2, place.y() - 8, CARD_WIDTH / 2 - INSET, 16)
            painter.setPen(family)
            _text(painter, name_font, box, label, Qt.AlignmentFlag.AlignRight)
    for place, label in zip(pose.inputs, face.inputs, strict=True):
        if label == "indices":
            painter.setPen(family)
            _text(painter, name_font, QRectF(INSET, place.y() - 8, 80, 16), label)


def _draw_numbers(painter: QPainter, pose: Pose, line: float) -> None:
    """Under the hairline at height `line`: shapes in and out, and how many parameters there are."""
    face, tokens = pose.face, theme()
    painter.setPen(QPen(tokens.color("border"), 1.0))
    painter.drawLine(QPointF(INSET, line), QPointF(CARD_WIDTH - INSET, line))
    small, bold = font(Type.SMALL), font(Type.SMALL, QFont.Weight.Medium)
    width = CARD_WIDTH - 2 * INSET
    taken = QFontMetricsF(small).horizontalAdvance(face.count) + 8 if face.count else 0.0
    painter.setPen(tokens.color("muted"))
    if face.count:
        box = QRectF(INSET, line + 5, width, 18)
        _text(painter, small, box, face.count, Qt.AlignmentFlag.AlignRight)
    box = QRectF(INSET, line + 5, width - taken, 18)
    if face.arriving:
        arriving = f"{face.arriving} → " if face.outputs else face.arriving
        _text(painter, small, box, arriving)
        box.setLeft(box.left() + QFontMetricsF(small).horizontalAdvance(arriving))
    leaving = face.leaving if face.outputs else ""
    if not leaving and (face.outputs or not face.arriving):
        leaving = "?" if face.arriving else "no shape yet"
    painter.setPen(tokens.color("text" if face.leaving else "muted"))
    _text(painter, bold if face.leaving else small, box, leaving)


def _draw_headline(painter: QPainter, pose: Pose, family: QColor, level: Detail) -> None:
    """What is left from afar: glyph and kind in large letters, and the shape while it can be read."""
    face, tokens = pose.face, theme()
    middle = pose.height / 2
    brief = level == Detail.BRIEF and bool(face.leaving or face.arriving)
    line = middle - 20 if brief else middle
    draw(painter, f"family_{face.family}", QRectF(INSET, line - 14, 28, 28), family)
    left = INSET + 38
    painter.setPen(tokens.color("text"))
    box = QRectF(left, line - 18, CARD_WIDTH - left - 8, 36)
    _text(painter, font(_HEADLINE, QFont.Weight.DemiBold), box, face.kind)
    if brief:
        painter.setPen(tokens.color("muted"))
        box = QRectF(INSET, middle + 4, CARD_WIDTH - 2 * INSET, 32)
        _text(painter, font(_HEADLINE - 3), box, face.leaving or face.arriving)


def _draw_note(painter: QPainter, pose: Pose) -> None:
    """The first problem's sentence under the card, and its repair as a button."""
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
    if pose.fix.isEmpty():
        return
    painter.setPen(QPen(tokens.color("border"), 1.0))
    painter.setBrush(tokens.color("raised"))
    button = pose.fix.adjusted(0.5, 2.5, -0.5, -0.5)
    painter.drawRoundedRect(button, 6, 6)
    painter.setPen(tokens.color("accent"))
    weight = font(Type.SMALL, QFont.Weight.Medium)
    _text(painter, weight, button.adjusted(8, 0, -8, 0), face.fix, Qt.AlignmentFlag.AlignHCenter)


def _draw_ports(painter: QPainter, pose: Pose, family: QColor) -> None:
    tokens = theme()
    painter.setPen(QPen(family, 1.6))
    painter.setBrush(tokens.color("raised"))
    face = pose.face
    for places, labels in ((pose.inputs, face.inputs), (pose.outputs, face.outputs)):
        for place, label in zip(places, labels, strict=True):
            draw_port(painter, place, label, PORT_RADIUS - 0.5)


def draw_port(painter: QPainter, place: QPointF, label: str, radius: float) -> None:
    """A port: round for values, square for pooling indices."""
    if label == "indices":
        painter.drawRect(QRectF(place.x() - radius, place.y() - radius, 2 * radius, 2 * radius))
    else:
        painter.drawEllipse(place, radius, radius)


def _text(
    painter: QPainter,
    weight: QFont,
    box: QRectF,
    text: str,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """One line, elided at the end where it does not fit."""
    if not text or box.width() < 8:
        return
    painter.setFont(weight)
    shown = text
    if QFontMetricsF(weight).horizontalAdvance(text) > box.width():
        shown = QFontMetricsF(weight).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)


class Pictures:
    """Finished pictures of cards, the least lately shown given up first.

    While `hurry` is set, a picture of another scale does until there is time for a sharp one.
    """

    LIMIT = 40_000_000
    """Bytes kept, about six screens full."""

    def __init__(self) -> None:
        self.hurry = False
        self.drawn = 0
        """How many pictures were drawn so far, for tests and benchmarks."""
        self._kept: OrderedDict[int, tuple[Pose, float, float, QPixmap]] = OrderedDict()
        self._bytes = 0

    def clear(self) -> None:
        """Forget all, after a change of theme."""
        self._kept.clear()
        self._bytes = 0

    def forget(self, key: int) -> None:
        """Give up the picture of one item."""
        old = self._kept.pop(key, None)
        if old:
            self._bytes -= _size(old[3])

    def picture(self, key: int, pose: Pose, zoom: float, ratio: float) -> tuple[QPixmap, float]:
        """The picture of item `key` posing so, and the scale it was drawn for."""
        kept = self._kept.get(key)
        if kept and kept[0] is pose:
            scale = kept[1]
            same = scale == zoom and kept[2] == ratio
            if same or (self.hurry and detail(scale) == detail(zoom)):
                self._kept.move_to_end(key)
                return kept[3], scale
        self.forget(key)
        pixmap = _render(pose, zoom, ratio)
        self.drawn += 1
        self._kept[key] = (pose, zoom, ratio, pixmap)
        self._bytes += _size(pixmap)
        while self._bytes > self.LIMIT and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= _size(gone[3])
        return pixmap, zoom


def _size(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4


def _render(pose: Pose, zoom: float, ratio: float) -> QPixmap:
    scale = zoom * ratio
    outer = pose.outer
    pixmap = QPixmap(max(1, ceil(outer.width() * scale)), max(1, ceil(outer.height() * scale)))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.scale(zoom, zoom)
    painter.translate(-outer.topLeft())
    draw_card(painter, pose, detail(zoom))
    painter.end()
    return pixmap
