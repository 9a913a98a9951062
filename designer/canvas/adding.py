"""Adding: the search that opens on the canvas, and where what is chosen goes and links to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from designer.canvas import adding_blocks
from designer.canvas.block_entries import BlockEntry
from designer.canvas.card import FAR
from designer.canvas.entries import Entry, entries
from designer.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, curve
from designer.canvas.hit import PortHit
from designer.canvas.linking import Linking
from designer.canvas.placing import insert, join, newest
from designer.canvas.quick_add import QuickAdd
from designer.canvas.snapping import to_grid
from designer.style import theme
from engine.layers.base import Layer, Shape, ShapeError
from engine.network import edits
from engine.network.network import Link
from engine.network.placement import free_spot
from engine.network.project import Project

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView


class Adding:
    """Opens the search, shows meanwhile the link that waits for a layer, and makes the edit."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self.linking = Linking(view)
        self._popup: QuickAdd | None = None
        self._at = QPointF()
        self._anchor: PortHit | None = None
        self._placed = False
        self._link: Link | None = None
        """The link that the new layer goes into."""
        self._instead: tuple[str, ...] = ()
        """The nodes in whose place it comes."""
        self._joined: tuple[str, ...] = ()
        """The nodes that all feed it, if it takes several."""

    @property
    def open(self) -> bool:
        """Whether the search is open."""
        return self._popup is not None

    @property
    def popup(self) -> QuickAdd | None:
        return self._popup

    def ask(self) -> None:
        """Into the selected link, or behind the selected node and linked to it; with neither, at the
        pointer or in the middle.
        """
        view = self._view
        selection = view.document.selection
        if view.picking.link is not None and not selection:
            self.ask_on(view.picking.link)
            return
        if selection and view.canvas.nodes[selection[-1]].face.outputs:
            item = view.canvas.nodes[selection[-1]]
            anchor = PortHit(selection[-1], "out", 0)
            joined = [name for name in selection if view.canvas.nodes[name].face.outputs]
            self._open(
                item.port("out", 0) + QPointF(40, 0), anchor, placed=False, joined=tuple(joined)
            )
        else:
            spot = view.pointer or view.viewport().rect().center()
            self._open(view.mapToScene(spot), None, placed=True)

    def ask_at(self, at: QPointF, anchor: PortHit | None) -> None:
        """At a point of the scene, linked to a port."""
        self._open(at, anchor, placed=True)

    def ask_on(self, link: Link) -> None:
        """Into a link."""
        wire = self._view.canvas.links.wires.get(link)
        if wire is not None:
            self._open(wire.course.middle, None, placed=True, link=link)

    def ask_instead(self) -> None:
        """In the place of the selected nodes, which must all have inputs, or outputs, or both."""
        view = self._view
        names = view.document.selection
        nodes = [view.canvas.nodes[name] for name in names]
        if not nodes:
            return
        if len({(bool(item.face.inputs), bool(item.face.outputs)) for item in nodes}) > 1:
            view.document.refused.emit(
                "The selected nodes do not all begin, continue or end a chain, so that no one layer "
                "can replace them; select layers of one sort."
            )
            return
        corner = nodes[-1].card.bottomLeft() + QPointF(0, 30)
        self._open(corner, None, placed=True, instead=names)

    def dismiss(self) -> bool:
        """Close without adding or linking; returns whether it was open."""
        if self._popup is None:
            return self.linking.dismiss()
        self._popup.dismiss()
        return True

    def paint(self, painter: QPainter) -> None:
        """The link that waits for its layer; `painter` is in scene coordinates."""
        self.linking.paint(painter)
        if self._popup is None or self._anchor is None or self._view.zoom < FAR:
            return
        anchor = self._anchor
        item = self._view.canvas.nodes.get(anchor.node)
        if item is None:
            return
        fixed = item.port(anchor.side, anchor.index)
        start, end = (fixed, self._at) if anchor.side == "out" else (self._at, fixed)
        painter.setPen(QPen(theme().color("accent"), 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(curve(start, end))

    def _open(
        self,
        at: QPointF,
        anchor: PortHit | None,
        placed: bool,
        link: Link | None = None,
        instead: tuple[str, ...] = (),
        joined: tuple[str, ...] = (),
    ) -> None:
        self.dismiss()
        view = self._view
        self._at, self._anchor, self._placed = at, anchor, placed
        self._link, self._instead = link, instead
        self._joined = joined if len(joined) > 1 else ()
        fits = None
        prompt = ""
        if anchor is not None:
            fits = self._fits
            after = f"{len(joined)} layers" if self._joined else anchor.node
            prompt = f"Add after {after}" if anchor.side == "out" else f"Feed {anchor.node}"
        elif link is not None:
            fits = self._goes_between
            prompt = f"Insert between {link.source} and {link.target}"
        elif instead:
            fits = self._replaces
            many = f"{len(instead)} layers"
            prompt = f"Replace {instead[0] if len(instead) == 1 else many} by"
        blocks = adding_blocks.fitting(view.document.shown, anchor, link, instead)
        if instead and not blocks and not any(self._replaces(entry) for entry in entries()):
            view.document.refused.emit(
                f"Nothing else can stand in the place of {', '.join(instead)}; take it out, or set it "
                "in the inspector."
            )
            return
        self._popup = QuickAdd(view, fits, prompt, blocks=blocks)
        self._popup.chosen.connect(self._add)
        self._popup.dismissed.connect(self._forget)
        spot = view.mapFromScene(at)
        self._popup.open_at(spot + QPoint(8, -20))
        view.viewport().update()

    def _forget(self) -> None:
        self._popup = None
        self._view.viewport().update()

    def _add(self, entry: Entry) -> None:
        self._forget()
        if self._instead:
            self._replace(entry)
            return
        if isinstance(entry, BlockEntry):
            self._add_block(entry)
            return
        document, layer, anchor = self._view.document, entry.layer(), self._anchor
        if anchor is not None and anchor.side == "in" and self._carries_indices(anchor):
            layer = layer.changed(return_indices=True)
        point = self._corner()
        at = (point.x(), point.y())

        def edit(project: Project) -> Project:
            free = free_spot(project, at)
            if self._link is not None:
                return insert(project, self._link, layer)
            if anchor is None:
                return edits.add(project, layer, free)
            if len(self._joined) > 1 and (layer.variadic or len(layer.ports_in) > 1):
                return join(project, layer, self._joined)
            if anchor.side == "out" and not self._placed:
                return edits.append(project, layer, anchor.node)
            grown = edits.add(project, layer, free)
            return edits.connect(grown, self._way(anchor, newest(grown), layer))

        verb = "Insert" if self._link is not None else "Add"
        if document.do(f"{verb} {entry.label}", edit):
            self._view.select_link(None)
            document.select([newest(document.shown)])

    def _add_block(self, entry: BlockEntry) -> None:
        document, point = self._view.document, self._corner()
        at = (point.x(), point.y())

        def edit(project: Project) -> Project:
            if self._link is not None:
                return adding_blocks.into_link(project, entry, self._link, at)
            return adding_blocks.at_port(project, entry, at, self._anchor, not self._placed)

        verb = "Insert" if self._link is not None else "Add"
        if document.do(f"{verb} {entry.label}", edit):
            self._view.select_link(None)
            document.select([newest(document.shown)])

    def _replace(self, entry: Entry) -> None:
        names, values = self._instead, dict(entry.values)

        def edit(project: Project) -> Project:
            project = edits.replace(project, names, entry.kind)
            for name in names if values else ():
                project = edits.set_parameters(project, name, **values)
            return project

        many = names[0] if len(names) == 1 else f"{len(names)} layers"
        self._view.document.do(f"Replace {many} by {entry.label}", edit)

    def _corner(self) -> QPointF:
        """The new card's corner: its port where the link was let go, or its middle at the point."""
        x = {None: CARD_WIDTH / 2, "out": 0.0, "in": CARD_WIDTH}[
            self._anchor.side if self._anchor else None
        ]
        y = self._at.y() - CARD_HEIGHT / 2
        return QPointF(to_grid(self._at.x() - x), to_grid(y))

    def _fits(self, entry: Entry) -> bool:
        anchor = self._anchor
        assert anchor is not None
        layer = entry.layer()
        if anchor.side == "in":
            if self._carries_indices(anchor):
                return "return_indices" in layer.values
            return bool(layer.ports_out)
        if self._carries_indices(anchor):
            return "indices" in layer.ports_in
        if not layer.ports_in:
            return False
        shape = self._view.canvas.shape(anchor.node, anchor.index)
        return shape is None or _takes(layer, shape)

    def _goes_between(self, entry: Entry) -> bool:
        layer, link = entry.layer(), self._link
        assert link is not None
        if not layer.ports_in or not layer.output_ports():
            return False
        shape = self._view.canvas.shape(link.source, link.output)
        return shape is None or _takes(layer, shape)

    def _replaces(self, entry: Entry) -> bool:
        """Whether a layer has the role of the nodes and takes what arrives at each."""
        layer, view = entry.layer(), self._view
        nodes = view.document.shown.network.nodes
        for name in self._instead:
            face = view.canvas.nodes[name].face
            if bool(layer.ports_in) != bool(face.inputs):
                return False
            if bool(layer.output_ports()) != bool(face.outputs):
                return False
            if nodes[name].content == layer or (
                nodes[name].kind == entry.kind and not entry.values
            ):
                return False
            report = view.document.shown_analysis.nodes.get(name)
            if report is not None and len(report.inputs) == 1 and layer.ports_in:
                if not _takes(layer, report.inputs[0]):
                    return False
        return True

    def _carries_indices(self, anchor: PortHit) -> bool:
        face = self._view.canvas.nodes[anchor.node].face
        return (face.inputs if anchor.side == "in" else face.outputs)[anchor.index] == "indices"

    def _way(self, anchor: PortHit, name: str, layer: Layer) -> Link:
        """The link between a port and the new node `name`, by its port of the same sort."""
        sort = "indices" if self._carries_indices(anchor) else ""
        ports = layer.output_ports() if anchor.side == "in" else layer.ports_in
        number = ports.index(sort) if sort else 0
        if anchor.side == "in":
            return Link(name, anchor.node, number, anchor.index)
        return Link(anchor.node, name, anchor.index, number)


def _takes(layer: Layer, shape: Shape) -> bool:
    """Whether a layer takes this shape at its one input; with several that cannot be told yet."""
    if len(layer.ports_in) != 1 or layer.variadic:
        return True
    try:
        layer.outputs(shape)
    except ShapeError:
        return False
    return True
