"""One side of the comparison: a canvas to look at, with the differences marked on the cards."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from designer.canvas.camera import STEP, Camera
from designer.canvas.scene import CanvasScene
from designer.compare.signs import SIGNS
from designer.document import Document
from designer.style import theme
from designer.style.theme import font
from engine.design.compare import Status
from engine.network.network import Instance

_CLICK = 4
"""How far, in pixels, the hand may move between pressing and letting go for a click."""
_SMALLEST = 26.0
"""Cards narrower than this on the screen have no room for a sign."""


class CompareCanvas(Camera):
    """Pans by dragging, zooms by the wheel, and tells which card was clicked.

    `moved` follows whatever changes what is in sight, `fit_asked` a wish to see all.
    """

    moved = Signal()
    fit_asked = Signal()
    chosen = Signal(str)
    entered = Signal(str)
    """An instance of a block was double clicked."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(CanvasScene(document), parent)
        self.document = document
        self._marks: Mapping[str, Status] = {}
        self._pressed: tuple[QPoint, QPoint] | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.valueChanged.connect(self.moved)
        self.zoomed.connect(self.moved)

    def mark(self, marks: Mapping[str, Status]) -> None:
        """Show these differences on the cards of these names."""
        self._marks = dict(marks)
        self.viewport().update()

    @property
    def marks(self) -> Mapping[str, Status]:
        return self._marks

    @property
    def center(self) -> QPointF:
        """The point of the scene in the middle of the view."""
        spot = self.viewport().rect().center()
        return QPointF(self.offset + spot) / self.zoom

    def fit(self) -> None:
        """Both sides are fitted together, so this is for the window to do."""
        self.fit_asked.emit()

    def fitting(self) -> float:
        """The zoom at which the whole network is in sight."""
        extent, area = self.canvas.extent(), self.viewport().rect()
        if extent.isEmpty():
            return 1.0
        wide, high = area.width() - 24, area.height() - 24
        return max(0.02, min(wide / extent.width(), high / extent.height(), 1.0))

    def show_at(self, zoom: float, center: QPointF) -> None:
        """Put a point of the scene in the middle, at a zoom."""
        self.look(zoom, center, self.viewport().rect().center())

    # Hands

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed = event.position().toPoint(), self.offset
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None:
            start, offset = self._pressed
            self.scroll_to(offset - (event.position().toPoint() - start))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        if pressed is None or event.button() != Qt.MouseButton.LeftButton:
            return
        spot = event.position().toPoint()
        if (spot - pressed[0]).manhattanLength() <= _CLICK:
            card = self.canvas.card_at(self.mapToScene(spot))
            if card is not None:
                self.chosen.emit(card.face.name)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        card = self.canvas.card_at(self.mapToScene(event.position().toPoint()))
        node = self.document.shown.network.nodes.get(card.face.name) if card is not None else None
        if card is not None and node is not None and isinstance(node.content, Instance):
            self.entered.emit(card.face.name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if not event.pixelDelta().isNull() and not ctrl:
            self.scroll_to(self.offset - event.pixelDelta())
        else:
            turn = event.angleDelta().y() / 120
            self.zoom_to(self.zoom * STEP**turn, event.position().toPoint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: QPoint(-60, 0),
            Qt.Key.Key_Right: QPoint(60, 0),
            Qt.Key.Key_Up: QPoint(0, -60),
            Qt.Key.Key_Down: QPoint(0, 60),
        }
        if Qt.Key(event.key()) in steps:
            self.scroll_to(self.offset + steps[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom_out()
        elif event.key() == Qt.Key.Key_F:
            self.fit()
        else:
            event.ignore()

    # Painting

    def paint_over(self, painter: QPainter) -> None:
        zoom, sight = self.zoom, self.visible_rect()
        tokens = theme()
        signs: list[tuple[QRectF, Status]] = []
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for name, status in self._marks.items():
            item = self.canvas.nodes.get(name)
            if item is None or not item.card.intersects(sight):
                continue
            pen = QPen(tokens.color(SIGNS[status].token), 3.0)
            pen.setCosmetic(True)
            painter.setPen(pen)
            out = 3.0 / zoom
            painter.drawRoundedRect(item.card.adjusted(-out, -out, out, out), 8, 8)
            if item.card.width() * zoom >= _SMALLEST:
                signs.append((item.card, status))
        painter.resetTransform()
        transform = self.viewportTransform()
        painter.setFont(font(15, QFont.Weight.Bold))
        for card, status in signs:
            corner = transform.map(card.topLeft())
            box = QRectF(corner.x() - 10, corner.y() - 10, 20, 20)
            painter.setPen(QPen(tokens.color("canvas"), 2.0))
            painter.setBrush(tokens.color(SIGNS[status].token))
            painter.drawEllipse(box)
            painter.setPen(tokens.color("canvas"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, SIGNS[status].letter)
