"""The ring around what has the keyboard."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QApplication,
    QFocusFrame,
    QLineEdit,
    QPlainTextEdit,
    QProxyStyle,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)
from shiboken6 import isValid

from designer.style.theme import theme
from designer.style.tokens import RADIUS

UNRINGED = "unringed"
"""The property of a widget that shows by itself that it has the keyboard."""
APART = 3
"""Pixels that a ring reaches out, with a gap to what it goes round: a button may have its colour."""


class _Above(QProxyStyle):
    """Rings lie over what they go round, so that no neighbour covers them, and are hollow."""

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returnData: QStyleHintReturn | None = None,  # noqa: N803
    ) -> int:
        if hint == QStyle.StyleHint.SH_FocusFrame_AboveWidget:
            return 1
        if hint == QStyle.StyleHint.SH_FocusFrame_Mask:
            return 0
        return super().styleHint(hint, option, widget, returnData)

    def pixelMetric(
        self,
        metric: QStyle.PixelMetric,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
    ) -> int:
        margins = (
            QStyle.PixelMetric.PM_FocusFrameHMargin,
            QStyle.PixelMetric.PM_FocusFrameVMargin,
        )
        return APART if metric in margins else super().pixelMetric(metric, option, widget)


class Ring(QFocusFrame):
    """Goes round whatever the keyboard was brought to by keys; a click is seen without it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        style = _Above("Fusion")
        style.setParent(self)
        self.setStyle(style)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().color("accent"), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        painter.end()


@cache
def ring_focus() -> None:
    """Let there be a ring, from now on, in every window of the application."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    shown: list[Ring] = []

    def follow(_before: QWidget | None, now: QWidget | None) -> None:
        while shown:
            ring = shown.pop()
            # It goes with the window that it was in.
            if isValid(ring):
                ring.hide()
                ring.deleteLater()
        by_hand = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        if now is None or by_hand or isinstance(now, (QLineEdit, QPlainTextEdit)):
            return
        if not now.property(UNRINGED) and now.focusPolicy() & Qt.FocusPolicy.TabFocus:
            ring = Ring(now.window())
            ring.setWidget(now)
            shown.append(ring)

    app.focusChanged.connect(follow)
