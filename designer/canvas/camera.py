"""Camera: where the canvas is looked at from. Zoom, scrolling, fitting, and painting from near and far."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTransform
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from designer.canvas import backdrop
from designer.canvas.card import FAR
from designer.canvas.scene import CanvasScene
from designer.style import theme

ZOOM_LOW, ZOOM_HIGH = 0.02, 3.0
STEP = 1.2
_FIT_MARGIN = 36
_SETTLE = 140
"""Milliseconds after the last zoom or scroll before all is drawn sharp again."""
_WORLD = QRectF(-5e5, -5e5, 1e6, 1e6)


class Camera(QGraphicsView):
    """A view of the scene without hands. `zoomed(zoom)` follows any change of zoom."""

    zoomed = Signal(float)

    def __init__(self, canvas: CanvasScene, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = canvas
        self._far = backdrop.Snapshot(self, self._paint_far)
        self._fitted = True
        self.covered = 0
        """How much of the viewport's top is under something else, in pixels."""
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE)
        self._settle.timeout.connect(self._sharpen)
        self.setScene(canvas)
        self.setSceneRect(_WORLD)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)

    @property
    def zoom(self) -> float:
        """Pixels of the screen per pixel of the scene."""
        return self.transform().m11()

    @property
    def offset(self) -> QPoint:
        """How far the viewport is scrolled, in pixels of the screen."""
        return QPoint(self.horizontalScrollBar().value(), self.verticalScrollBar().value())

    def scroll_to(self, offset: QPoint) -> None:
        self._fitted = False
        self._settle.start()
        self.horizontalScrollBar().setValue(offset.x())
        self.verticalScrollBar().setValue(offset.y())

    def visible_rect(self) -> QRectF:
        """What of the scene is in sight."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def zoom_to(self, zoom: float, spot: QPoint | None = None) -> None:
        """Zoom, with the scene staying where it is under `spot` of the viewport (None: its middle)."""
        spot = self.viewport().rect().center() if spot is None else spot
        zoom = min(ZOOM_HIGH, max(ZOOM_LOW, zoom))
        if abs(zoom - 1.0) < 0.03:
            zoom = 1.0
        fixed = self.mapToScene(spot)
        self._fitted = False
        self.canvas.pictures.hurry = True
        self._settle.start()
        self.look(zoom, fixed, spot)

    def go_to(self, point: QPointF) -> None:
        """Bring a point of the scene to the middle."""
        area = self.viewport().rect().center()
        self.scroll_to((point * self.zoom).toPoint() - area)

    def zoom_in(self) -> None:
        self.zoom_to(self.zoom * STEP)

    def zoom_out(self) -> None:
        self.zoom_to(self.zoom / STEP)

    def fit(self) -> None:
        """Bring the whole network into sight, at most at its natural size."""
        self._fit(self.canvas.extent())
        self._fitted = True

    def zoom_to_selection(self) -> None:
        """Bring the selected nodes into sight, or all when there are none."""
        names = self.canvas.document.selection
        self._fit(self.canvas.extent(names or None), 1.5)

    def refresh(self, rect: QRectF) -> None:
        """Paint a rectangle of the scene anew."""
        self.viewport().update(self.mapFromScene(rect).boundingRect().adjusted(-4, -4, 4, 4))

    def _fit(self, extent: QRectF, most: float = 1.0) -> None:
        area = self.viewport().rect().adjusted(0, self.covered, 0, 0)
        margin = min(_FIT_MARGIN, area.width() // 20)
        if extent.isEmpty():
            self.look(1.0, QPointF(), area.center())
            return
        wide = (area.width() - 2 * margin) / extent.width()
        high = (area.height() - 2 * margin) / extent.height()
        zoom = max(ZOOM_LOW, min(wide, high, most))
        self.look(zoom, extent.center(), area.center())

    def look(self, zoom: float, fixed: QPointF, spot: QPoint) -> None:
        """Show the scene's point `fixed` at `spot` of the viewport."""
        if zoom != self.zoom:
            self.setTransform(QTransform.fromScale(zoom, zoom))
            self.zoomed.emit(zoom)
        self.horizontalScrollBar().setValue(round(fixed.x() * zoom - spot.x()))
        self.verticalScrollBar().setValue(round(fixed.y() * zoom - spot.y()))
        self.viewport().update()

    def _sharpen(self) -> None:
        pictures = self.canvas.pictures
        self._far.drop()
        if pictures.hurry or self.canvas.links.moving:
            pictures.patient = pictures.hurry
            pictures.hurry = self.canvas.links.moving = False
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        if not self.canvas.nodes or self.zoom < FAR:
            # Words on an empty canvas do not scroll, and from afar all is painted at once anyway.
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        pictures = self.canvas.pictures
        pictures.ratio = self.devicePixelRatioF()
        if self.zoom >= FAR:
            self.canvas.catch_up()
            self.canvas.links.moving = self._settle.isActive()
            pictures.begin()
            super().paintEvent(event)
            if pictures.patient and pictures.unfinished:
                QTimer.singleShot(1, self, self.viewport().update)
            elif not self._settle.isActive():
                pictures.patient = False
            return
        # From afar a card is one rectangle among thousands, not worth a call into Python each.
        painter = QPainter(self.viewport())
        transform = self.viewportTransform()
        moving = self._settle.isActive() or bool(self.canvas.carried)
        if not self._far.paint(painter, transform, moving, self.canvas.version):
            self._paint_far(painter, transform, self.viewport().size())
        painter.setWorldTransform(transform)
        backdrop.paint_carried(painter, self.canvas, transform.m11())
        self.drawForeground(painter, QRectF())
        painter.end()

    def _paint_far(self, painter: QPainter, transform: QTransform, size: QSize) -> None:
        painter.resetTransform()
        painter.fillRect(QRect(QPoint(), size), theme().color("canvas"))
        backdrop.paint_dots(painter, transform.m11(), size, transform.map(QPointF()))
        painter.setWorldTransform(transform)
        backdrop.paint_far(painter, self.canvas, transform.m11())

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        painter.resetTransform()
        area = self.viewport().rect()
        painter.fillRect(area, theme().color("canvas"))
        origin = self.viewportTransform().map(QPointF())
        backdrop.paint_dots(painter, self.zoom, area.size(), origin)
        painter.setWorldTransform(self.viewportTransform())

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        painter.setWorldTransform(self.viewportTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_over(painter)

    def paint_over(self, painter: QPainter) -> None:
        """Paint what lies over the cards, in scene coordinates."""
