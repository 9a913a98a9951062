"""Drawing one card, at each level of detail: its plate, which many share, and its words."""

from __future__ import annotations

from collections.abc import Hashable
from enum import IntEnum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from designer.canvas import marks
from designer.canvas.face import Face
from designer.canvas.geometry import (
    CARD_HEIGHT,
    CARD_WIDTH,
    DOT,
    FIX_HEIGHT,
    MARGIN,
    NOTE_LINE,
    PORT_RADIUS,
    PORT_STEP,
    base_height,
    card_path,
    port_offset,
)
from designer.canvas.instance import draw_sketch
from designer.canvas.note import buttons, draw_note
from designer.canvas.words import draw_line, measure, wrap
from designer.style import SPACE, Type, theme
from designer.style.icons import draw
from designer.style.theme import font

READABLE = 7.4
"""The least height of letters on the screen, in pixels; smaller text is left out."""
FAR = 0.31
"""Below this zoom cards are plain coloured bars, which the view draws itself."""
INSET = marks.INSET
_HEADLINE = 24
_NAMED = 26.0
"""How far named ports are moved down from the middle, twice."""
SKETCH = 92.0
"""Width of a block's sketch beside thumbnails."""
_SHADOW = ((4.0, 10), (2.5, 14), (1.0, 22))
"""Rings of a card's shadow: how far it spreads, and how dark (of 255)."""


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

    __slots__ = (
        "base",
        "face",
        "fixes",
        "height",
        "inputs",
        "note",
        "outer",
        "outputs",
        "plate",
        "sketch",
        "top",
        "width",
    )

    def __init__(self, face: Face, strip: float, pictured: bool = False) -> None:
        """`strip` is the room below for pictures; `pictured` whether thumbnails take some of it from
        the sketch of a block's inside.
        """
        self.face = face
        self.width = DOT if face.dot else CARD_WIDTH
        self.base = DOT if face.dot else base_height(max(len(face.inputs), len(face.outputs)))
        self.top = (self.base - CARD_HEIGHT) / 2
        """Where the lines of text begin; a high card keeps them together around the middle."""
        if face.labelled:
            self.base = CARD_HEIGHT + PORT_STEP * max(len(face.inputs), len(face.outputs)) - SPACE
            self.top = 0.0
        self.height = self.base + (0.0 if face.dot else strip)
        # Through a bend the two links run on as one.
        left, right = (DOT / 2, DOT / 2) if face.dot else (0.0, CARD_WIDTH)
        # Ports with names stand in rows of their own, between caption and numbers.
        middle = self.base + _NAMED if face.labelled else self.base
        self.inputs = _places(left, len(face.inputs), middle)
        self.outputs = _places(right, len(face.outputs), middle)
        self.sketch = QRectF(INSET, self.base, SKETCH if pictured else CARD_WIDTH - 2 * INSET, 44)
        """Where the inside of a block is drawn."""
        self.plate: tuple[Hashable, ...] = (
            face.family,
            self.height,
            face.inputs,
            face.outputs,
            face.severity == "error",
            face.reached,
            face.mode,
            face.frozen,
            face.inside,
            face.absent,
            pictured,
        )
        """What the drawing of the card without its words depends on."""
        self.note: tuple[str, ...] = ()
        self.fixes: tuple[QRectF, ...] = ()
        """The buttons under the card, one for each of the face's fixes."""
        below = self.height
        if face.note and not face.dot:
            self.note = wrap(face.note, CARD_WIDTH - 5 * SPACE)
            below += 6.0 + NOTE_LINE * len(self.note) + 2 * SPACE
            self.fixes = tuple(buttons(face.fixes, below))
            below += FIX_HEIGHT * len(self.fixes)
        self.outer = QRectF(-MARGIN, -MARGIN, self.width + 2 * MARGIN, below + 2 * MARGIN)

    def key(self, level: Detail) -> Hashable:
        """Poses with equal keys look alike at this level."""
        if level == Detail.FULL:
            return self
        face = self.face
        if face.dot:
            return level, self.plate
        shape = (face.leaving or face.arriving) if level == Detail.BRIEF else ""
        return level, face.kind, shape, self.plate

    def extent(self, level: Detail) -> QRectF:
        """What is painted at this level."""
        if level == Detail.FULL:
            return self.outer
        return QRectF(-MARGIN, -MARGIN, self.width + 2 * MARGIN, self.height + 2 * MARGIN)

    @property
    def name_box(self) -> QRectF:
        """Where the name stands, and is edited."""
        return QRectF(CARD_WIDTH / 2, self.top + 8, CARD_WIDTH / 2, 24)


def _places(x: float, count: int, height: float) -> tuple[QPointF, ...]:
    return tuple(QPointF(x, port_offset(index, count, height)) for index in range(count))


def draw_card(painter: QPainter, pose: Pose, level: Detail) -> None:
    """Draw a card with its top left corner at the origin of `painter`, at its present scale."""
    draw_plate(painter, pose, level)
    draw_words(painter, pose, level)


def draw_plate(painter: QPainter, pose: Pose, level: Detail) -> None:
    """All of a card but its words: ground, edge, glyph, hairline and ports."""
    face, tokens = pose.face, theme()
    if face.dot:
        marks.draw_dot(painter, face)
        return
    family = tokens.family(face.family)
    rect = QRectF(0, 0, CARD_WIDTH, pose.height)
    painter.setOpacity(marks.opacity(face))
    painter.setPen(Qt.PenStyle.NoPen)
    if level == Detail.FULL:
        for spread, alpha in _SHADOW:
            painter.setBrush(QColor(0, 0, 0, alpha))
            painter.drawRoundedRect(rect.adjusted(-spread, -spread + 2, spread, spread + 2), 9, 9)
    painter.setBrush(tokens.color("raised"))
    painter.drawRoundedRect(rect, 6, 6)
    _draw_edge(painter, rect, family, 5.0 if level == Detail.FULL else 9.0)
    if level == Detail.FULL:
        painter.setPen(QPen(tokens.color("border"), 1.0))
        line = _line(pose)
        painter.drawLine(QPointF(INSET, line), QPointF(CARD_WIDTH - INSET, line))
        draw(painter, f"family_{face.family}", QRectF(INSET, pose.top + 11, 18, 18), family)
    if face.mode == "bypassed" and face.inputs and face.outputs:
        marks.draw_bypass(painter, pose.inputs[0], pose.outputs[0], 3.0)
    painter.setPen(marks.border(face))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
    if face.frozen:
        full = level == Detail.FULL
        marks.draw_lock(painter, pose.top + (36 if full else 8), 14.0 if full else 24.0)
    if face.inside is not None:
        draw_sketch(painter, pose.sketch, face.inside)
    painter.setOpacity(1.0)
    _draw_ports(painter, pose, family)


def draw_words(painter: QPainter, pose: Pose, level: Detail) -> None:
    """What a card says."""
    if pose.face.dot:
        return
    family = theme().family(pose.face.family)
    painter.setOpacity(marks.opacity(pose.face))
    if level == Detail.FULL:
        _draw_text(painter, pose, family)
        painter.setOpacity(1.0)
        draw_note(painter, pose)
    else:
        _draw_headline(painter, pose, family, level)


def _labelled(face: Face) -> bool:
    """Whether a port has a label on the card; the lines of text then make room for it."""
    return "indices" in face.inputs or "indices" in face.outputs


def _line(pose: Pose) -> float:
    """The height of the hairline above the numbers."""
    if pose.face.labelled:
        return pose.base - 30
    return pose.top + (66 if _labelled(pose.face) else 62)


def _draw_edge(painter: QPainter, rect: QRectF, family: QColor, width: float) -> None:
    painter.save()
    painter.setClipRect(QRectF(rect.left(), rect.top(), width, rect.height()))
    painter.fillPath(card_path(rect), family)
    painter.restore()


def _draw_text(painter: QPainter, pose: Pose, family: QColor) -> None:
    face, tokens = pose.face, theme()
    top = pose.top
    left, right = INSET + 25, CARD_WIDTH - INSET
    name_font, kind_font = font(Type.SMALL), font(Type.BODY, QFont.Weight.DemiBold)
    kind_width = measure(kind_font).horizontalAdvance(face.kind)
    painter.setPen(tokens.color("text"))
    draw_line(painter, kind_font, QRectF(left, top + 10, right - left, 20), face.kind)
    painter.setPen(tokens.color("muted"))
    draw_line(
        painter,
        name_font,
        QRectF(left + kind_width + 8, top + 11, right - left - kind_width - 8, 20),
        face.name,
        Qt.AlignmentFlag.AlignRight,
    )
    room = right - INSET - (marks.LOCK + 4 if face.frozen else 0)
    caption = QRectF(INSET, top + (31 if _labelled(face) else 35), room, 18)
    if face.mode == "bypassed":
        # The link runs through here.
        caption.moveTop(caption.top() - 7)
    draw_line(painter, name_font, caption, marks.caption(face))
    _draw_numbers(painter, pose, _line(pose))
    if face.labelled:
        _draw_port_names(painter, pose, name_font)
        return
    for place, label in zip(pose.outputs, face.outputs, strict=True):
        if label == "indices":
            box = QRectF(CARD_WIDTH / 2, place.y() - 8, CARD_WIDTH / 2 - INSET, 16)
            painter.setPen(family)
            draw_line(painter, name_font, box, label, Qt.AlignmentFlag.AlignRight)
    for place, label in zip(pose.inputs, face.inputs, strict=True):
        if label == "indices":
            painter.setPen(family)
            draw_line(painter, name_font, QRectF(INSET, place.y() - 8, 80, 16), label)


def _draw_port_names(painter: QPainter, pose: Pose, weight: QFont) -> None:
    """The names of a block's inputs and outputs, beside their ports."""
    half = CARD_WIDTH / 2 - INSET - 4
    for place, label in zip(pose.inputs, pose.face.inputs, strict=True):
        draw_line(painter, weight, QRectF(INSET, place.y() - 8, half, 16), label)
    for place, label in zip(pose.outputs, pose.face.outputs, strict=True):
        box = QRectF(CARD_WIDTH / 2 + 4, place.y() - 8, half, 16)
        draw_line(painter, weight, box, label, Qt.AlignmentFlag.AlignRight)


def _draw_numbers(painter: QPainter, pose: Pose, line: float) -> None:
    """Under the hairline at height `line`: shapes in and out, and how many parameters there are."""
    face, tokens = pose.face, theme()
    small, bold = font(Type.SMALL), font(Type.SMALL, QFont.Weight.Medium)
    width = CARD_WIDTH - 2 * INSET
    count = fitting_count(face)
    taken = measure(small).horizontalAdvance(count) + 8 if count else 0.0
    painter.setPen(tokens.color("muted"))
    if count:
        box = QRectF(INSET, line + 5, width, 18)
        draw_line(painter, small, box, count, Qt.AlignmentFlag.AlignRight)
    box = QRectF(INSET, line + 5, width - taken, 18)
    if face.absent:
        draw_line(painter, small, box, "not in this instance")
        return
    if face.arriving:
        arriving = f"{face.arriving} → " if face.outputs else face.arriving
        draw_line(painter, small, box, arriving)
        box.setLeft(box.left() + measure(small).horizontalAdvance(arriving))
    leaving = face.leaving if face.outputs else ""
    if not leaving and (face.outputs or not face.arriving):
        leaving = "?" if face.arriving else "no shape yet"
    painter.setPen(tokens.color("text" if face.leaving else "muted"))
    draw_line(painter, bold if face.leaving else small, box, leaving)


def fitting_count(face: Face) -> str:
    """How many parameters there are, in fewer digits or not at all where shapes need the room."""
    small, bold = font(Type.SMALL), font(Type.SMALL, QFont.Weight.Medium)
    room = CARD_WIDTH - 2 * INSET - 8 - measure(bold).horizontalAdvance(face.leaving)
    if face.arriving:
        room -= measure(small).horizontalAdvance(f"{face.arriving} → ")
    written = (face.count, face.brief_count)
    return next((text for text in written if measure(small).horizontalAdvance(text) <= room), "")


def _draw_headline(painter: QPainter, pose: Pose, family: QColor, level: Detail) -> None:
    """What is left from afar: glyph and kind in large letters, and the shape while it can be read."""
    face, tokens = pose.face, theme()
    middle = pose.base / 2  # Above the thumbnails.
    brief = level == Detail.BRIEF and bool(face.leaving or face.arriving)
    line = middle - 20 if brief else middle
    draw(painter, f"family_{face.family}", QRectF(INSET, line - 14, 28, 28), family)
    left = INSET + 38
    painter.setPen(tokens.color("text"))
    box = QRectF(left, line - 18, CARD_WIDTH - left - 8, 36)
    # How often a block is applied stays, however long its name is.
    kind, _, repeats = face.kind.partition(" × ")
    if repeats:
        often = f"×{repeats}"
        weight = font(_HEADLINE - 3)
        width = measure(weight).horizontalAdvance(often)
        draw_line(painter, weight, box.adjusted(0, 0, -6, 0), often, Qt.AlignmentFlag.AlignRight)
        box.setRight(box.right() - width - 14)
    draw_line(painter, font(_HEADLINE, QFont.Weight.DemiBold), box, kind)
    if brief:
        painter.setPen(tokens.color("muted"))
        box = QRectF(INSET, middle + 4, CARD_WIDTH - 2 * INSET, 32)
        draw_line(painter, font(_HEADLINE - 3), box, face.leaving or face.arriving)


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
