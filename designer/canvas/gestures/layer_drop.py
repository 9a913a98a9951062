"""LayerDrop: a layer dragged in from the palette, shown as a ghost until it is let go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from designer.canvas.card import FAR, Pose, detail, draw_card
from designer.canvas.face import face
from designer.canvas.gestures.gesture import Gesture, Pointer
from designer.canvas.placing import insert, newest
from designer.canvas.snapping import to_grid
from designer.style import RADIUS, theme
from engine.analysis import NodeReport
from engine.layers.base import Layer, Shape, ShapeError
from engine.network import edits
from engine.network.network import Link, Network, Node
from engine.network.placement import free_spot
from engine.network.project import Point, Project

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

_REACH = 26.0
"""How near the pointer must be to a link for the layer to go into it."""


class LayerDrop(Gesture):
    """Let go on a link the layer goes into it, elsewhere it stands alone, on no other card."""

    def __init__(self, view: CanvasView, layer: Layer | None) -> None:
        super().__init__(view)
        self._layer = layer
        self.pose = self._preview(None)
        self.link: Link | None = None
        self.corner = QPointF()

    @property
    def layer(self) -> Layer:
        assert self._layer is not None
        return self._layer

    @property
    def fits(self) -> bool:
        """Whether it can go into a link."""
        return bool(self.layer.ports_in and self.layer.output_ports())

    @property
    def label(self) -> str:
        """What it is called."""
        return self.layer.label or self.layer.kind()

    def begin(self, pointer: Pointer) -> None:
        self.move(pointer)

    def move(self, pointer: Pointer) -> None:
        links = self.scene.links
        free = self.fits and self.scene.card_at(pointer.at) is None
        link = links.at(pointer.at, _REACH) if free else None
        if link != self.link:
            self.link = link
            self.pose = self._preview(self.scene.shape(link.source, link.output) if link else None)
        x, y = pointer.at.x() - self.pose.width / 2, pointer.at.y() - self.pose.base / 2
        self.corner = QPointF(to_grid(x), to_grid(y))
        if self.link is None:
            # Under a card rather than over it, which would hide one of the two.
            at = (self.corner.x(), self.corner.y())
            self.corner = QPointF(*free_spot(self.document.shown, at))
        self.hint = f"Insert between {self.link.source} and {self.link.target}" if self.link else ""
        self.view.viewport().update()

    def end(self, pointer: Pointer) -> None:
        self.move(pointer)
        kind, link = self.label, self.link
        at = (self.corner.x(), self.corner.y())
        if link is not None:
            done = self.document.do(f"Insert {kind}", lambda project: self._insert(project, link))
        else:
            done = self.document.do(f"Add {kind}", lambda project: self._add(project, at))
        if done:
            self.view.select_link(None)
            self.document.select([newest(self.document.shown)])

    def _insert(self, project: Project, link: Link) -> Project:
        return insert(project, link, self.layer)

    def _add(self, project: Project, at: Point) -> Project:
        return edits.add(project, self.layer, at)

    def paint(self, painter: QPainter) -> None:
        accent = theme().color("accent")
        if self.link is not None:
            painter.setPen(QPen(accent, 4.0))
            painter.drawPath(self.scene.links.wires[self.link].course.path)
        painter.save()
        painter.translate(self.corner)
        if self.view.zoom >= FAR:
            draw_card(painter, self.pose, detail(self.view.zoom))
            painter.setPen(QPen(accent, 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(0, 0, int(self.pose.width), int(self.pose.base), RADIUS, RADIUS)
        else:
            painter.fillRect(0, 0, int(self.pose.width), int(self.pose.base), accent)
        painter.restore()

    def _preview(self, shape: Shape | None) -> Pose:
        """The card as it would be, with its shapes where it can take the one that it is given."""
        report = None
        if shape is not None:
            try:
                report = NodeReport((shape,), self.layer.outputs(shape))
            except ShapeError:
                report = NodeReport((shape,))
        shown = face(Network({"new": Node(self.layer)}), "new", report, ())
        return Pose(replace(shown, name="", reached=True), 0.0)
