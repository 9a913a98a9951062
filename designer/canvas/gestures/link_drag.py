"""LinkDrag: a link in the hand, one end fixed, the other looking for a port."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QPainter, QPen

from designer.canvas import compatibility
from designer.canvas.card import FAR, draw_port
from designer.canvas.geometry import PORT_RADIUS, PORT_REACH, card_path, curve
from designer.canvas.gestures.gesture import Gesture, Pointer
from designer.canvas.hit import PortHit, Side, nearest_port
from designer.canvas.link import thickness
from designer.canvas.node import NodeItem
from designer.style import theme
from engine.layers.base import times
from engine.network import edits
from engine.network.network import Link
from engine.network.project import Project

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

_BUDGET = 0.006
"""Seconds a repaint may spend on finding out which ports fit; the rest waits for the next."""
_LOOP = "That would make a loop; a network runs one way."


class LinkDrag(Gesture):
    """Draws a new link from a port, or takes up an existing one (`held`) by one end.

    Let go on a port it links; on empty canvas a link in the hand is cut, a new one asks for a layer.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: CanvasView, anchor: PortHit, held: Link | None = None) -> None:
        super().__init__(view)
        self.anchor = anchor
        self.held = held
        self.seeks: Side = "in" if anchor.side == "out" else "out"
        self.target: PortHit | None = None
        self._verdicts: dict[PortHit, str] = {}
        project = self.document.shown
        # Linking forwards, what feeds the anchor must not be fed by it; backwards, the reverse.
        self._looping = (
            compatibility.ancestors(project, anchor.node)
            if anchor.side == "out"
            else compatibility.descendants(project, anchor.node)
        )

    @classmethod
    def from_port(cls, view: CanvasView, port: PortHit) -> LinkDrag:
        """From a port; an input that is linked gives up its link, to be put elsewhere."""
        if port.side == "in" and (held := view.canvas.feed(port.node, port.index)):
            return cls.of_link(view, held, "in")
        return cls(view, port)

    @classmethod
    def of_link(cls, view: CanvasView, link: Link, end: Side) -> LinkDrag:
        """An existing link taken up by its `in` (target) or `out` (source) end."""
        if end == "in":
            return cls(view, PortHit(link.source, "out", link.output), link)
        return cls(view, PortHit(link.target, "in", link.input), link)

    def begin(self, pointer: Pointer) -> None:
        self.at = pointer.at
        self._hide(self.held)

    def move(self, pointer: Pointer) -> None:
        self.at = pointer.at
        self.target = self._port_under(pointer.at)
        self.hint, self.tone = self._advice()
        self.view.viewport().update()

    def end(self, pointer: Pointer) -> None:
        self.move(pointer)
        self._hide(None)
        if self.target is not None:
            link = self._link(self.target)
            if link != self.held:
                self.document.do(f"Link {link.source} to {link.target}", self._edit(link))
        elif self._on_card():
            return
        elif self.held is not None:
            held = self.held
            self.document.do(
                f"Unlink {held.source} from {held.target}",
                lambda project: edits.disconnect(project, (held,)),
            )
        else:
            self.view.ask_for_layer(pointer.at, self.anchor)

    def cancel(self) -> None:
        self._hide(None)

    def paint(self, painter: QPainter) -> None:
        if self.view.zoom >= FAR:
            self._paint_ports(painter)
        fixed = self.scene.nodes[self.anchor.node].port(self.anchor.side, self.anchor.index)
        loose = self.at
        if self.target is not None:
            loose = self.scene.nodes[self.target.node].port(self.target.side, self.target.index)
        start, end = (fixed, loose) if self.anchor.side == "out" else (loose, fixed)
        refused = self.target is not None and self._verdict(self.target) != ""
        color = theme().color("error" if refused else "accent")
        pen = QPen(color, max(2.0, thickness(self._shape())))
        if refused:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(curve(start, end))
        painter.setBrush(color)
        painter.drawEllipse(loose, 3.5, 3.5)

    def _paint_ports(self, painter: QPainter) -> None:
        """Compatible ports in sight glow; cards with none dim."""
        stop = perf_counter() + _BUDGET
        veil = theme().color("canvas")
        veil.setAlpha(165)
        unsure = False
        for item in self.scene.cards_in(self.view.visible_rect()):
            if item.face.name == self.anchor.node:
                continue
            ports = self._ports(item)
            if any(port not in self._verdicts for port in ports) and perf_counter() > stop:
                unsure = True
                continue
            fitting = [port for port in ports if not self._verdict(port)]
            if not fitting:
                painter.fillPath(card_path(item.card.adjusted(-1, -1, 1, 1)), veil)
            self._paint_glow(painter, item, fitting)
        if unsure:
            QTimer.singleShot(15, self.view, self.view.viewport().update)

    def _paint_glow(self, painter: QPainter, item: NodeItem, ports: list[PortHit]) -> None:
        labels = item.face.inputs if self.seeks == "in" else item.face.outputs
        glow = theme().color("accent")
        for port in ports:
            center = item.port(port.side, port.index)
            aimed = port == self.target
            glow.setAlpha(90 if aimed else 50)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(glow)
            painter.drawEllipse(center, 13.0 if aimed else 10.0, 13.0 if aimed else 10.0)
            glow.setAlpha(255)
            painter.setBrush(glow)
            draw_port(painter, center, labels[port.index], PORT_RADIUS)

    def _ports(self, item: NodeItem) -> list[PortHit]:
        count = len(item.face.inputs if self.seeks == "in" else item.face.outputs)
        return [PortHit(item.face.name, self.seeks, index) for index in range(count)]

    def _port_under(self, point: QPointF) -> PortHit | None:
        """The port near the pointer; anywhere else on a card, the one there that suits best."""
        reach = max(PORT_REACH + 4, 10.0 / self.view.zoom)
        item = self.scene.card_at(point, min(reach, 24.0))
        if item is None or item.face.name == self.anchor.node:
            return None
        port = nearest_port(item, point, min(reach, 24.0), self.seeks)
        if port is not None:
            return port
        if not item.card.contains(point):
            return None
        return min(self._ports(item), key=self._reluctance, default=None)

    def _on_card(self) -> bool:
        item = self.scene.card_at(self.at)
        return item is not None and item.card.contains(self.at)

    def _reluctance(self, port: PortHit) -> tuple[bool, bool]:
        taken = port.side == "in" and self.scene.feed(port.node, port.index) not in (
            None,
            self.held,
        )
        return self._verdict(port) != "", taken

    def _verdict(self, port: PortHit) -> str:
        if port not in self._verdicts:
            if port.node in self._looping:
                self._verdicts[port] = _LOOP
            else:
                self._verdicts[port] = compatibility.refusal(
                    self.document.shown, self.document.shown_analysis, self._link(port)
                )
        return self._verdicts[port]

    def _link(self, port: PortHit) -> Link:
        out, into = (self.anchor, port) if port.side == "in" else (port, self.anchor)
        return Link(out.node, into.node, out.index, into.index)

    def _edit(self, link: Link) -> Callable[[Project], Project]:
        def edit(project: Project) -> Project:
            if self.held is not None:
                project = edits.disconnect(project, (self.held,))
            return edits.connect(project, link)

        return edit

    def _shape(self) -> tuple[int, ...] | None:
        out = self.anchor if self.anchor.side == "out" else self.target
        return self.scene.shape(out.node, out.index) if out is not None else None

    def _advice(self) -> tuple[str, str]:
        if self.target is not None:
            verdict = self._verdict(self.target)
            if verdict:
                return verdict, "error"
            shape = self._shape()
            return (times(*shape), "text") if shape else ("", "text")
        if self._on_card():
            return "", "text"
        if self.held is not None:
            return "Let go to unlink", "muted"
        return "Let go to choose a layer", "muted"

    def _hide(self, link: Link | None) -> None:
        self.scene.links.mark("hidden", link)
        self.view.viewport().update()
