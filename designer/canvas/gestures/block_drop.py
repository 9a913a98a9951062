"""BlockDrop: a block dragged in from the palette, as a layer is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.canvas.adding_blocks import instance_of, into_link
from designer.canvas.block_entries import BlockEntry
from designer.canvas.card import Pose
from designer.canvas.face import Face
from designer.canvas.gestures.layer_drop import LayerDrop
from engine.layers.base import Shape
from engine.network import ports
from engine.network.network import Instance, Link, Node
from engine.network.project import Point, Project

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView


class BlockDrop(LayerDrop):
    """Let go on a link an instance of the block goes into it, elsewhere it stands alone."""

    def __init__(self, view: CanvasView, entry: BlockEntry) -> None:
        self.entry = entry
        super().__init__(view, None)

    @property
    def fits(self) -> bool:
        project = self.document.shown
        if self.entry.kind not in project.network.blocks:
            return True
        node = Node(Instance(self.entry.kind))
        return bool(ports.inputs(project.network, node) and ports.outputs(project.network, node))

    @property
    def label(self) -> str:
        return self.entry.label

    def _insert(self, project: Project, link: Link) -> Project:
        return into_link(project, self.entry, link, (self.corner.x(), self.corner.y()))

    def _add(self, project: Project, at: Point) -> Project:
        return instance_of(project, self.entry, at)

    def _preview(self, shape: Shape | None) -> Pose:
        return Pose(Face("", self.entry.label, "block", inputs=("",), outputs=("",)), 0.0)
