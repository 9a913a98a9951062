"""What every edit is made of: looking a node up, and the next project out of the present one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from engine.network import ports
from engine.network.errors import EditError
from engine.network.names import name_problem, text_problem
from engine.network.network import Block, Instance, Link, Network, Node
from engine.network.order import sources, targets
from engine.network.project import Frame, Point, Project
from engine.network.reading import FARTHEST


def changed(
    project: Project,
    *,
    nodes: Mapping[str, Node] | None = None,
    links: frozenset[Link] | None = None,
    blocks: Mapping[str, Block] | None = None,
    placement: Mapping[str, Point] | None = None,
    frames: Mapping[str, Frame] | None = None,
) -> Project:
    """The project with these parts in place of its own."""
    network = project.network
    if nodes is not None or links is not None or blocks is not None:
        network = Network(
            network.nodes if nodes is None else nodes,
            network.links if links is None else links,
            network.blocks if blocks is None else blocks,
        )
    return replace(
        project,
        network=network,
        placement=project.placement if placement is None else placement,
        frames=project.frames if frames is None else frames,
    )


def node_of(project: Project, name: str) -> Node:
    """The node of this name; raises `EditError` where there is none."""
    node = project.network.nodes.get(name)
    if node is None:
        raise EditError(f"There is no node {short(name)} in this network.")
    return node


def instance_of(project: Project, name: str) -> Instance:
    """The instance that a node is; raises `EditError` for a layer."""
    node = node_of(project, name)
    if not isinstance(node.content, Instance):
        raise EditError(f"{name} is a {node.kind}, not a block; choose an instance of a block.")
    return node.content


def block_of(project: Project, name: str) -> Block:
    """The block of this name; raises `EditError` where there is none."""
    block = project.network.blocks.get(name)
    if block is None:
        known = ", ".join(project.network.blocks) or "none"
        raise EditError(f"There is no block {short(name)} in this project (known: {known}).")
    return block


def check_name(network: Network, name: str) -> None:
    """Raise `EditError` when no new node of this network can be called `name`."""
    problem = name_problem(name, network.nodes)
    if problem:
        raise EditError(f"The name {short(name)} {problem}.")


def check_text(what: str, text: str, longest: int | None = None) -> None:
    """Raise `EditError` for text that is no single plain line; `what` begins the sentence."""
    problem = text_problem(text) if longest is None else text_problem(text, longest)
    if problem:
        raise EditError(f"{what} {problem}.")


def short(name: str) -> str:
    """A name in quotes, cut where it is very long."""
    return repr(name) if len(name) <= 40 else repr(name[:40]) + "…"


def point(at: Point) -> Point:
    """A place on the file's grid of 0.1 px and within its reach, so that saving changes nothing."""
    x, y = round(at[0], 1) + 0.0, round(at[1], 1) + 0.0
    if abs(x) <= FARTHEST and abs(y) <= FARTHEST:
        return x, y
    return min(max(x, -FARTHEST), FARTHEST), min(max(y, -FARTHEST), FARTHEST)


def touching(network: Network, name: str) -> tuple[Link, ...]:
    """The links at a node."""
    return (*sources(network).get(name, ()), *targets(network).get(name, ()))


def without(project: Project, gone: set[str], joined: Collection[Link]) -> Project:
    """The project less some nodes and their links, with the `joined` links added."""
    if not gone:
        return project
    network = project.network
    cut = {link for name in gone for link in touching(network, name)}
    nodes = {name: node for name, node in network.nodes.items() if name not in gone}
    shrunk = replace(network, nodes=nodes)
    fewer = {link.target for link in cut if link.target not in gone}
    return changed(
        project,
        nodes=nodes,
        links=closed_up(shrunk, network.links - cut | frozenset(joined), fewer),
        placement={name: at for name, at in project.placement.items() if name not in gone},
    )


def joints(network: Network, gone: Collection[str]) -> list[Link]:
    """The links that join the neighbours of nodes that go: what their first output fed is fed by what
    fed their first input.
    """
    feeds = sources(network)
    joined: list[Link] = []
    for name in gone:
        for link in targets(network).get(name, ()):
            if link.target in gone or link.output != 0:
                continue
            feed = next((item for item in feeds.get(name, ()) if item.input == 0), None)
            while feed is not None and feed.source in gone:
                above = feeds.get(feed.source, ()) if feed.output == 0 else ()
                feed = next((item for item in above if item.input == 0), None)
            if feed is not None:
                joined.append(replace(link, source=feed.source, output=feed.output))
    return joined


def closed_up(network: Network, links: frozenset[Link], touched: Iterable[str]) -> frozenset[Link]:
    """The links with the inputs of the `touched` variadic nodes numbered without gaps."""
    variadic = {name for name in touched if ports.variadic(network.nodes[name])}
    if not variadic:
        return links
    feeds: dict[str, list[Link]] = {name: [] for name in variadic}
    for link in links:
        if link.target in feeds:
            feeds[link.target].append(link)
    old: set[Link] = set()
    new: set[Link] = set()
    for name, items in feeds.items():
        fixed = len(ports.inputs(network, network.nodes[name])) - 1
        free = [item for item in sorted(items, key=lambda item: item.input) if item.input >= fixed]
        for number, item in enumerate(free, fixed):
            if item.input != number:
                old.add(item)
                new.add(replace(item, input=number))
    return links - old | new
