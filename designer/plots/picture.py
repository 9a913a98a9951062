"""Pictures of plots in files: pixels, or lines that stay sharp at every size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

EXPORT_SCALE = 2


def write_picture(path: Path, size: QSize, title: str, draw: Callable[[QPainter], None]) -> None:
    """Write what `draw` draws within `size` as PNG or SVG, by the file's ending; raises `OSError`."""
    if path.suffix.lower() == ".svg":
        generator = QSvgGenerator()
        generator.setFileName(str(path))
        generator.setSize(size)
        generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
        generator.setTitle(title)
        painter = QPainter(generator)
        written = painter.isActive()
        draw(painter)
        painter.end()
    else:
        image = QImage(size * EXPORT_SCALE, QImage.Format.Format_ARGB32)
        image.setDevicePixelRatio(EXPORT_SCALE)
        painter = QPainter(image)
        draw(painter)
        painter.end()
        written = image.save(str(path))
    if not written:
        raise OSError(f"{path} cannot be written.")
