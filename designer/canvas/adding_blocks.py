"""Instances of blocks added on the canvas: which blocks fit where, and the edit that puts one there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from designer.canvas.block_entries import BlockEntry, of_project, of_user
from designer.canvas.hit import PortHit
from designer.canvas.placing import newest, put_on
from engine.network import edits, library, ports
from engine.network.errors import EditError, StorageError
from engine.network.instances import add_instance
from engine.network.network import Instance, Link, Node
from engine.network.placement import after, free_spot
from engine.network.project import Point, Project


def fitting(
    project: Project, anchor: PortHit | None, link: Link | None, instead: Sequence[str]
) -> list[BlockEntry]:
    """The blocks that can follow or feed a port, go into a link, or replace nodes."""
    entries = of_project(project)
    if instead:
        return [item for item in entries if _alike(project, item.kind, instead)]
    needs_input = link is not None or (anchor is not None and anchor.side == "out")
    needs_output = link is not None or (anchor is not None and anchor.side == "in")
    found = [
        item
        for item in entries
        if (not needs_input or _ports(project, item.kind)[0])
        and (not needs_output or _ports(project, item.kind)[1])
    ]
    known = {item.kind for item in entries}
    # What is in a file is not known before it is read; nearly every block has both.
    return [*found, *(item for item in of_user() if item.kind not in known)]


def instance_of(project: Project, entry: BlockEntry, at: Point) -> Project:
    """A new instance at a point; a block of the user's own becomes one of the project's first."""
    block = entry.kind
    if entry.path:
        try:
            project, block = library.bring(project, Path(entry.path))
        except StorageError as error:
            raise EditError(str(error)) from None
    return add_instance(project, block, at)


def into_link(project: Project, entry: BlockEntry, link: Link, at: Point) -> Project:
    """A new instance in the middle of a link; its row makes room."""
    grown = instance_of(project, entry, at)
    return put_on(grown, newest(grown), link)


def at_port(
    project: Project, entry: BlockEntry, at: Point, anchor: PortHit | None, behind: bool
) -> Project:
    """A new instance linked to a port; `behind` puts it right of the port's node instead of at `at`."""
    if anchor is not None and behind:
        at = after(project, anchor.node)
    grown = instance_of(project, entry, free_spot(project, at))
    name = newest(grown)
    if anchor is None:
        return grown
    if anchor.side == "out":
        return edits.connect(grown, Link(anchor.node, name, anchor.index, 0))
    return edits.connect(grown, Link(name, anchor.node, 0, anchor.index))


def _ports(project: Project, block: str) -> tuple[int, int]:
    node = Node(Instance(block))
    return len(ports.inputs(project.network, node)), len(ports.outputs(project.network, node))


def _alike(project: Project, block: str, names: Sequence[str]) -> bool:
    """Whether a block begins, continues or ends a chain as the nodes do."""
    inputs, outputs = _ports(project, block)
    network = project.network
    for name in names:
        node = network.nodes[name]
        if node.kind == block or bool(inputs) != bool(ports.inputs(network, node)):
            return False
        if bool(outputs) != bool(ports.outputs(network, node)):
            return False
    return True
