"""CloseUp: one image as large as there is room, with the value under the pointer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.dataset.picture import picture
from designer.style import theme


class CloseUp(QWidget):
    """Shows one image pixel by pixel. The pointer, or the arrows, point at a pixel."""

    pointed = Signal(str)
    """The pixel that is pointed at, and its values, in words; empty: none is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: NDArray[np.uint8] | None = None
        self._picture: QImage | None = None
        self._pixel: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("The chosen image")
        theme().changed.connect(self.update)

    def show_image(self, image: NDArray[np.uint8] | None) -> None:
        """Show an image (channels, height, width), or none."""
        known = self._values
        if image is None or known is None or known.shape != image.shape:
            self._pixel = None
        self._values = image
        self._picture = None if image is None else picture(image)
        self.pointed.emit(self.told())
        self.update()

    def told(self) -> str:
        """`row 3, column 7: 128`, or `: red 12, green 200, blue 7`; empty where no pixel is pointed at."""
        if self._values is None or self._pixel is None:
            return ""
        row, column = self._pixel
        values = self._values[:, row, column].tolist()
        names = ("red ", "green ", "blue ") if len(values) == 3 else ("",)
        text = ", ".join(f"{name}{value}" for name, value in zip(names, values, strict=True))
        return f"row {row}, column {column}: {text}"

    def box(self) -> QRectF:
        """Where the image is."""
        if self._picture is None:
            return QRectF()
        width, height = self._picture.width(), self._picture.height()
        scale = min(self.width() / width, self.height() / height)
        ratio = self.devicePixelRatioF()
        if scale * ratio >= 1:
            scale = int(scale * ratio) / ratio
        return QRectF(0, 0, width * scale, height * scale)

    def sizeHint(self) -> QSize:
        return QSize(180, 180)

    def minimumSizeHint(self) -> QSize:
        return QSize(64, 48)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._picture is not None:
            box = self.box()
            painter.setRenderHint(
                QPainter.RenderHint.SmoothPixmapTransform, box.width() < self._picture.width()
            )
            painter.drawImage(box, self._picture)
            scale = box.width() / self._picture.width()
            painter.setPen(theme().color("accent" if self.hasFocus() else "border"))
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
            if self._pixel is not None and scale >= 3:
                row, column = self._pixel
                pixel = QRectF(column * scale, row * scale, scale, scale)
                for color, width in (("black", 3), ("white", 1)):
                    painter.setPen(QPen(QColor(color), width))
                    painter.drawRect(pixel)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self._pixel_at(event.position()))

    def leaveEvent(self, event: object) -> None:
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None or self._values is None:
            super().keyPressEvent(event)
            return
        _, height, width = self._values.shape
        row, column = self._pixel or (-move[0], -move[1])
        pixel = min(max(row + move[0], 0), height - 1), min(max(column + move[1], 0), width - 1)
        self._point(pixel)

    def _pixel_at(self, at: QPointF) -> tuple[int, int] | None:
        box = self.box()
        if self._values is None or not box.contains(at):
            return None
        _, height, width = self._values.shape
        row, column = int(at.y() / box.height() * height), int(at.x() / box.width() * width)
        return min(row, height - 1), min(column, width - 1)

    def _point(self, pixel: tuple[int, int] | None) -> None:
        if pixel != self._pixel:
            self._pixel = pixel
            self.pointed.emit(self.told())
            self.update()
