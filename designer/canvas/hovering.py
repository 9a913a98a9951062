"""Hovering: what lights up under the pointer while no button is down, and the shape it tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from designer.canvas import fixing
from designer.canvas.backdrop import paint_label
from designer.canvas.card import draw_port
from designer.canvas.face import first_problem
from designer.canvas.geometry import PORT_RADIUS
from designer.canvas.gestures.frame_drag import CURSORS
from designer.canvas.gestures.gesture import Pointer
from designer.canvas.hit import BodyHit, FrameHit, Hit, LinkHit, PortHit, hit
from designer.style import theme
from engine.layers.base import times
from engine.network.network import Link

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

_LABEL = 130.0
"""Half the room that a label may take, in pixels of the screen."""


class Hovering:
    """Keeps the view's hover states; a gesture clears them."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._hit: Hit = None
        self.told: tuple[str, str, QPoint] | None = None
        """A sentence beside the pointer, its tone (a token's name) and where: what a repair leads to,
        or why a link is broken.
        """

    def at(self, pointer: Pointer) -> None:
        """The pointer is here."""
        view = self._view
        found = view.found.hit(pointer.at) or hit(view.canvas, pointer.at, view.zoom)
        if found != self._hit:
            self._show(found)
            self._tell(pointer.spot)

    def clear(self) -> None:
        """Nothing is under the pointer."""
        self._show(None)
        self._tell(QPoint())

    def paint(self, painter: QPainter) -> None:
        """The label of the link or port under the pointer; `painter` is in scene coordinates."""
        place = self._label_place()
        if place is None:
            return
        if isinstance(self._hit, PortHit):
            item = self._view.canvas.nodes[self._hit.node]
            labels = item.face.inputs if self._hit.side == "in" else item.face.outputs
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().family(item.face.family))
            port = item.port(self._hit.side, self._hit.index)
            draw_port(painter, port, labels[self._hit.index], PORT_RADIUS + 1.5)
        if text := self._text():
            paint_label(painter, place, text, self._view.zoom)

    def _show(self, found: Hit) -> None:
        if found == self._hit:
            return
        scene, old = self._view.canvas, self._hit
        self._refresh()
        if isinstance(old, BodyHit | PortHit) and old.node in scene.nodes:
            scene.nodes[old.node].set_state(hovered=False)
        if isinstance(old, LinkHit):
            scene.links.mark("hovered", None)
        scene.frames.mark("hovered", found.frame if isinstance(found, FrameHit) else None)
        self._hit = found
        if isinstance(found, BodyHit | PortHit):
            scene.nodes[found.node].set_state(hovered=True)
        if isinstance(found, LinkHit):
            scene.links.mark("hovered", found.link)
        self._refresh()
        self._set_cursor()

    def _set_cursor(self) -> None:
        viewport = self._view.viewport()
        if self._view.hands.space_held or self._view.gesture is not None:
            return
        if isinstance(self._hit, PortHit):
            viewport.setCursor(Qt.CursorShape.CrossCursor)
        elif isinstance(self._hit, BodyHit) and self._hit.part in ("fix", "mark"):
            viewport.setCursor(Qt.CursorShape.PointingHandCursor)
        elif isinstance(self._hit, FrameHit) and self._hit.part != "title":
            viewport.setCursor(CURSORS[self._hit.part])
        else:
            viewport.unsetCursor()

    def _tell(self, spot: QPoint) -> None:
        """Say what goes beyond a label: what a repair leads to, or what was found at a node."""
        view, document = self._view, self._view.document
        before, self.told = self.told, None
        if isinstance(self._hit, BodyHit) and self._hit.part == "fix":
            text = fixing.preview(document, self._hit.node, self._hit.number)
            self.told = (text, "text", spot) if text else None
        elif isinstance(self._hit, BodyHit) and self._hit.part == "mark":
            mark = view.found.marks[self._hit.node]
            self.told = (mark.text, mark.severity, spot)
        elif isinstance(self._hit, LinkHit) and self._broken(self._hit.link):
            report = document.shown_analysis.nodes[self._hit.link.target]
            problem = first_problem(report)
            self.told = (problem.message, "error", spot) if problem else None
        if self.told != before:
            view.viewport().update()

    def _broken(self, link: Link) -> bool:
        wire = self._view.canvas.links.wires.get(link)
        return wire is not None and wire.state == "broken"

    def _label_place(self) -> QPointF | None:
        scene = self._view.canvas
        if isinstance(self._hit, LinkHit):
            wire = scene.links.wires.get(self._hit.link)
            return wire.course.middle if wire and wire.state != "broken" else None
        if isinstance(self._hit, PortHit) and self._hit.node in scene.nodes:
            port = scene.nodes[self._hit.node].port(self._hit.side, self._hit.index)
            return port - QPointF(0, 24 / self._view.zoom)
        return None

    def _text(self) -> str:
        scene = self._view.canvas
        if isinstance(self._hit, LinkHit):
            shape = scene.shape(self._hit.link.source, self._hit.link.output)
            return times(*shape) if shape else "shape unknown"
        if isinstance(self._hit, PortHit):
            port = self._hit
            face = scene.nodes[port.node].face
            name = (face.inputs if port.side == "in" else face.outputs)[port.index]
            feed = scene.feed(port.node, port.index) if port.side == "in" else None
            shape = scene.shape(port.node, port.index) if port.side == "out" else None
            if feed is not None:
                shape = scene.shape(feed.source, feed.output)
            return f"{name}  {times(*shape)}" if shape else name
        return ""

    def _refresh(self) -> None:
        place = self._label_place()
        if place is not None:
            room = _LABEL / self._view.zoom
            self._view.refresh(QRectF(place.x() - room, place.y() - room / 2, 2 * room, room))
