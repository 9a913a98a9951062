"""Icons: small stroke drawings in `resources/icons`, drawn in the theme's colours."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

import resources
from designer.style.theme import theme


@cache
def _renderer(name: str, color: str) -> QSvgRenderer:
    text = (resources.FOLDER / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    return QSvgRenderer(QByteArray(text.replace("currentColor", color).encode()))


def draw(painter: QPainter, name: str, box: QRectF, color: QColor) -> None:
    """Draw icon `name` into `box` in `color`."""
    _renderer(name, color.name()).render(painter, box)


class _Engine(QIconEngine):
    """Draws at paint time, so that a change of theme reaches every icon."""

    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self._name = name
        self._token = token

    def paint(self, painter: QPainter, rect: object, mode: QIcon.Mode, state: QIcon.State) -> None:
        token = "link" if mode == QIcon.Mode.Disabled else self._token
        draw(painter, self._name, QRectF(rect), theme().color(token))  # type: ignore[call-overload]

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        result = QPixmap(size)
        result.fill(Qt.GlobalColor.transparent)
        painter = QPainter(result)
        self.paint(painter, result.rect(), mode, state)
        painter.end()
        return result

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._token)


def icon(name: str, token: str = "text") -> QIcon:
    """The icon `name` in a token's colour, following the theme."""
    return QIcon(_Engine(name, token))
