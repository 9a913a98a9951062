"""Travel: back and forward through what was looked at, as a browser goes through pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPointF, QTimer

from engine.network.scope import Scope

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

_REST = 700
"""Milliseconds that the view must rest before it counts as looked at."""
_MOST = 60


class Look(NamedTuple):
    """A part of the canvas: the block entered, the zoom, and the scene's point in the middle."""

    scope: Scope
    zoom: float
    middle: QPointF


class Travel:
    """Notes where the view comes to rest."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._past: list[Look] = []
        self._here = -1
        self._travelling = False
        view.document.changed.connect(self._forget)
        self._rest = QTimer(view, singleShot=True, interval=_REST)
        self._rest.timeout.connect(self.note)

    @property
    def can_go_back(self) -> bool:
        """Whether there is another view before this one."""
        return self._here > 0 or (self._here == 0 and not self._same(self._past[0], self._now()))

    @property
    def can_go_forward(self) -> bool:
        return self._here < len(self._past) - 1

    def moved(self) -> None:
        """The view moved; where it comes to rest will be noted."""
        if not self._travelling:
            self._rest.start()

    def note(self) -> None:
        """Note the present view, unless it is the last one noted; what was ahead is forgotten."""
        self._rest.stop()
        now = self._now()
        if self._here >= 0 and self._same(self._past[self._here], now):
            return
        del self._past[self._here + 1 :]
        self._past.append(now)
        del self._past[:-_MOST]
        self._here = len(self._past) - 1
        self._view.picked.emit()

    def step(self, by: int) -> None:
        """Go back (-1) or forward (1); nothing happens at either end."""
        if by < 0:
            self.note()
        there = self._here + by
        if not 0 <= there < len(self._past):
            return
        self._rest.stop()
        self._here = there
        look = self._past[there]
        view = self._view
        self._travelling = True
        if look.scope != view.document.scope:
            view.document.enter(look.scope)
        view.look(look.zoom, look.middle, view.viewport().rect().center())
        view.rest_where_put()
        self._travelling = False
        view.picked.emit()

    def _forget(self) -> None:
        """Another project was loaded."""
        if not self._view.document.undo_label and not self._view.document.redo_label:
            self._past, self._here = [], -1
            self._rest.start()

    def _now(self) -> Look:
        view = self._view
        middle = view.mapToScene(view.viewport().rect().center())
        return Look(view.document.scope, view.zoom, middle)

    def _same(self, a: Look, b: Look) -> bool:
        """Whether two views are one to the eye."""
        if a.scope != b.scope or abs(a.zoom / b.zoom - 1) > 0.02:
            return False
        off = (a.middle - b.middle) * b.zoom
        return abs(off.x()) + abs(off.y()) < 12
