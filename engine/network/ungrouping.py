"""Blocks unpacked: one instance, or every one there is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from engine.network import ports
from engine.network.blocks import needs_channels
from engine.network.frames import moved
from engine.network.layout import layout
from engine.network.making import changed, closed_up, instance_of, point
from engine.network.names import free_name
from engine.network.network import Instance, Network, Node
from engine.network.order import sources, targets
from engine.network.placement import CARD, SPACING
from engine.network.project import Frame, Point, Project
from engine.network.shapes import arriving
from engine.network.unpacking import State, Unpacking
from engine.network.uses import check_size


def ungroup(project: Project, name: str) -> tuple[Project, tuple[str, ...]]:
    """Put the inside of an instance in its place; returns the names of the new nodes too.

    Repeats stand one after the other, each with its own arguments. Arithmetic is done, or inside
    another block said in that block's words, and nodes whose condition is false are left out. Names
    are kept where they are free. The block itself stays in the project.
    """
    instance = instance_of(project, name)
    network = project.network
    node = network.nodes[name]
    unpacking = Unpacking(project, deep=False)
    unpacking.take([key for key in network.nodes if key != name])
    fed = {link.input: (link.source, link.output) for link in sources(network).get(name, ())}
    feeds = [fed.get(number) for number in range(len(ports.inputs(network, node)))]
    if not project.inside and any(map(needs_channels, network.blocks.values())):
        for port, shape in zip(feeds, arriving(network, name), strict=False):
            if port is not None:
                unpacking.shapes[port] = shape
    state = State(node.when, node.mode, node.frozen, node.learning)
    results = unpacking.instance(name, node, feeds, unpacking.around(), state)
    drawn = list(network.blocks[instance.block].network.nodes)
    rank = {key: number for number, key in enumerate(drawn)}
    new = sorted(
        unpacking.nodes,
        key=lambda key: (unpacking.places[key][1], rank[unpacking.places[key][2]]),
    )
    nodes: dict[str, Node] = {}
    for key, item in network.nodes.items():
        nodes.update({key: item} if key != name else {key: unpacking.nodes[key] for key in new})
    gone = {*sources(network).get(name, ()), *targets(network).get(name, ())}
    onward = targets(network).get(name, ())
    links = set(network.links - gone) | unpacking.links
    for link in onward:
        port = results[link.output]
        if port is not None:
            links.add(replace(link, source=port[0], output=port[1]))
    after = replace(network, nodes=nodes)
    closed = closed_up(after, frozenset(links), {link.target for link in onward})
    placement, frames = _spread(project, name, instance, unpacking)
    grown = changed(project, nodes=nodes, links=closed, placement=placement, frames=frames)
    return check_size(grown), tuple(new)


def unpack_all(project: Project) -> Project:
    """Every instance unpacked, and the instances inside them, laid out anew without frames."""
    if not any(isinstance(node.content, Instance) for node in project.network.nodes.values()):
        return project
    unpacking = Unpacking(project, deep=True)
    unpacking.take(
        [
            name
            for name, node in project.network.nodes.items()
            if not isinstance(node.content, Instance)
        ]
    )
    unpacking.walk(project.network, None, unpacking.around(), State())
    unpacked = replace(project.network, nodes=unpacking.nodes, links=frozenset(unpacking.links))
    inner = {name: at for name, at in project.placement.items() if "/" in name}
    frames = {name: frame for name, frame in project.frames.items() if "/" in name}
    return check_size(
        replace(
            project, network=unpacked, placement={**inner, **_laid_out(unpacked)}, frames=frames
        )
    )


def _laid_out(network: Network) -> Mapping[str, Point]:
    return {name: point(at) for name, at in layout(network, {}).items()}


def _spread(
    project: Project, name: str, instance: Instance, unpacking: Unpacking
) -> tuple[Mapping[str, Point], Mapping[str, Frame]]:
    """Places for all nodes, the new ones about the place of the instance, applications side by side.

    Where there is no room, what lies right of the instance moves further right.
    """
    old = {key: at for key, at in project.placement.items() if key != name}
    x, y = project.placement[name]
    prefix = f"{instance.block}/"
    inner = {
        key: project.placement.get(prefix + origin, (0.0, 0.0))
        for key, (_, _, origin) in unpacking.places.items()
    }
    if not inner:
        return old, project.frames
    low = [min(at[axis] for at in inner.values()) for axis in (0, 1)]
    wide, high = (max(at[axis] for at in inner.values()) - low[axis] for axis in (0, 1))
    step = wide + SPACING[0]
    total = step * instance.repeat - SPACING[0]
    spread = {
        key: (at[0] - low[0] + step * unpacking.places[key][1], at[1] - low[1])
        for key, at in inner.items()
    }
    left, top = x - total / 2, y - high / 2
    others = {key: at for key, at in old.items() if "/" not in key}
    if not _free((left, top), spread.values(), others):
        column = [u for u, v in others.values() if x - CARD[0] < u <= x and _between(v, top, high)]
        left = max(column) + SPACING[0] if column else x
        right = [u for u, _ in others.values() if u > x]
        shift = max(0.0, left + total + SPACING[0] - min(right)) if right else 0.0
        old |= {key: point((u + shift, v)) for key, (u, v) in others.items() if u > x}
    new = {key: point((left + u, top + v)) for key, (u, v) in spread.items()}
    frames = dict(project.frames)
    for number in range(instance.repeat):
        by = left - low[0] + step * number, top - low[1]
        for key, frame in project.frames.items():
            if key.startswith(prefix):
                free = key.removeprefix(prefix)
                free = free if free not in frames else free_name("frame", frames)
                frames[free] = moved(frame, by)
    return {**old, **new}, frames


def _between(y: float, top: float, high: float) -> bool:
    return top - CARD[1] < y < top + high + CARD[1]


def _free(corner: Point, spread: Collection[Point], others: Mapping[str, Point]) -> bool:
    """Whether cards, moved by `corner`, cover no other."""
    x, y = corner
    cards = [(x + u, y + v) for u, v in spread]
    near = [
        (u, v)
        for u, v in others.values()
        if min(a for a, _ in cards) - CARD[0] < u < max(a for a, _ in cards) + CARD[0]
        and min(b for _, b in cards) - CARD[1] < v < max(b for _, b in cards) + CARD[1]
    ]
    return not any(abs(u - a) < CARD[0] and abs(v - b) < CARD[1] for u, v in near for a, b in cards)
