"""Nodes in and out of chains: taken out but kept, put into a link, duplicated beside themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from engine.network import ports
from engine.network.clipboard import copy, paste
from engine.network.errors import EditError
from engine.network.making import changed, closed_up, joints, node_of, touching
from engine.network.network import Link
from engine.network.order import sources, would_cycle
from engine.network.project import Point, Project


def detach(project: Project, names: Collection[str]) -> Project:
    """Take nodes out of their chains, which close behind them, and keep them; links among them stay."""
    network = project.network
    out = {name for name in names if node_of(project, name)}
    cut = {
        link
        for name in out
        for link in touching(network, name)
        if not (link.source in out and link.target in out)
    }
    if not cut:
        return project
    links = network.links - cut | frozenset(joints(network, out))
    return changed(project, links=closed_up(network, links, {link.target for link in cut}))


def insert_node_on_link(project: Project, name: str, link: Link) -> Project:
    """Put a node that is there already in the middle of a link, by its first input and output.

    What fed that input before feeds it no more.
    """
    network = project.network
    node = node_of(project, name)
    if link not in network.links:
        raise EditError(f"There is no link from {link.source} to {link.target} to put {name} on.")
    if name in (link.source, link.target):
        return project
    if not ports.inputs(network, node) or not ports.outputs(network, node):
        raise EditError(
            f"{name} cannot stand between {link.source} and {link.target}, since it lacks an input "
            "or an output; put it at an end."
        )
    freed = [item for item in sources(network).get(name, ()) if item.input == 0]
    rest = replace(network, links=network.links.difference([link, *freed]))
    if would_cycle(rest, link.source, name) or would_cycle(rest, name, link.target):
        raise EditError(
            f"{name} cannot stand between {link.source} and {link.target}, since a network must run "
            f"one way and {name} is linked to what comes before or after; unlink it first."
        )
    onward = replace(link, source=name, output=0)
    return changed(project, links=rest.links | {Link(link.source, name, link.output, 0), onward})


def duplicate_linked(
    project: Project, names: Collection[str], by: Point
) -> tuple[Project, tuple[str, ...]]:
    """Copies of nodes, moved `by` (x, y) pixels and fed by what feeds the originals; their names too.

    A variadic layer outside takes no part: copies feed nothing but each other.
    """
    originals = [name for name in project.network.nodes if name in set(names)]
    if not originals:
        return project, ()
    left = min(project.placement[name][0] for name in originals) + by[0]
    top = min(project.placement[name][1] for name in originals) + by[1]
    grown, copies = paste(project, copy(project, originals), (left, top))
    new = dict(zip(originals, copies, strict=True))
    # A variadic copy counts anew what it was pasted with, so it takes its links over as a whole.
    links = {link for link in grown.network.links if link.target not in set(copies)}
    for link in project.network.links:
        if link.target in new:
            source = new.get(link.source, link.source)
            links.add(replace(link, source=source, target=new[link.target]))
    return changed(grown, links=frozenset(links)), copies
