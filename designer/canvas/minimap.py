"""Minimap: the whole network in a corner, and where the view is in it. A press there goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QWidget

from designer.style import RADIUS, SPACE, theme

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

SIZE = QSize(168, 112)
LEAST_NODES = 13
"""Smaller networks need no map."""
_PAUSE = 120
"""Milliseconds that changes gather before the map is drawn anew."""


class Minimap(QWidget):
    """Lies over the view's corner, not in its viewport, which scrolling would carry along."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._map: QPixmap | None = None
        self._extent = QRectF()
        self._redraw = QTimer(self, singleShot=True, interval=_PAUSE)
        self._redraw.timeout.connect(self._forget)
        self.setFixedSize(SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Overview of the network")
        view.canvas.settled.connect(self._follow)
        theme().changed.connect(self._forget)
        self._follow()

    def place(self) -> None:
        """Go to the lower right corner of the view, and hide there while all is in sight anyway."""
        view, canvas = self._view, self._view.canvas
        corner = view.rect().bottomRight()
        self.move(corner.x() - self.width() - 3 * SPACE, corner.y() - self.height() - 3 * SPACE)
        roomy = view.width() > 3 * self.width() and view.height() > 3 * self.height()
        large = len(canvas.nodes) >= LEAST_NODES
        self.setVisible(roomy and large and not view.visible_rect().contains(canvas.extent()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(tokens.color("border"), 1.0))
        painter.setBrush(tokens.color("surface"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        if self._map is None:
            self._map = self._draw_map()
        painter.drawPixmap(QPointF(), self._map)
        sight = self._transform().mapRect(self._view.visible_rect())
        sight = sight.intersected(QRectF(self.rect()).adjusted(2, 2, -2, -2))
        accent = tokens.color("accent")
        painter.setPen(QPen(accent, 1.2))
        accent.setAlpha(26)
        painter.setBrush(accent)
        painter.drawRoundedRect(sight, 2, 2)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def _go(self, spot: QPointF) -> None:
        inverse, possible = self._transform().inverted()
        if possible:
            self._view.go_to(inverse.map(spot))

    def _follow(self) -> None:
        if self._map is None:
            self._extent = self._view.canvas.extent()
        self.place()
        self._redraw.start()

    def _forget(self) -> None:
        self._map = None
        self._extent = self._view.canvas.extent()
        self.update()

    def _transform(self) -> QTransform:
        """From the scene to the map."""
        extent, inner = self._extent, self.rect().adjusted(10, 10, -10, -10)
        if extent.isEmpty():
            return QTransform()
        scale = min(inner.width() / extent.width(), inner.height() / extent.height(), 0.15)
        middle = QRectF(self.rect()).center()
        return (
            QTransform.fromTranslate(-extent.center().x(), -extent.center().y())
            * QTransform.fromScale(scale, scale)
            * QTransform.fromTranslate(middle.x(), middle.y())
        )

    def _draw_map(self) -> QPixmap:
        canvas = self._view.canvas
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(self.size() * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setTransform(self._transform(), True)
        painter.setPen(Qt.PenStyle.NoPen)
        tint = theme().color("muted")
        tint.setAlpha(45)
        painter.setBrush(tint)
        painter.drawRects([item.shown for item in canvas.frames.items.values()])
        for family, bars in canvas.bars().items():
            painter.setBrush(theme().family(family))
            painter.drawRects(bars)
        painter.end()
        return pixmap
