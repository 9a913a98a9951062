"""Copy and paste: nodes as the text of a small project, so that text from anywhere is checked alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from engine.network.errors import EditError, StorageError
from engine.network.names import free_name, stem
from engine.network.network import Block, Instance, Link, Network, Node
from engine.network.project import Point, Project
from engine.network.storage import dumps, loads


def copy(project: Project, names: Collection[str]) -> str:
    """The nodes as text, with the links between them and the blocks that they use."""
    network = project.network
    wanted = set(names)
    nodes = {name: node for name, node in network.nodes.items() if name in wanted}
    blocks = {name: network.blocks[name] for name in _used(network.blocks, nodes)}
    inner = {f"{block}/{name}" for block in blocks for name in blocks[block].network.nodes}
    return dumps(
        Project(
            "Copied",
            Network(nodes, _links(network, wanted), blocks),
            {name: at for name, at in project.placement.items() if name in wanted | inner},
        )
    )


def paste(project: Project, text: str, at: Point) -> tuple[Project, tuple[str, ...]]:
    """The project with copied nodes added, their top left corner at `at`, and their names in it.

    A name or block that is taken by something else is changed to a free one. Raises `EditError`
    when the text holds no nodes.
    """
    try:
        copied = loads(text)
    except StorageError as error:
        raise EditError(f"The clipboard holds no nodes of Convoscope: {error}.") from None
    if not copied.network.nodes:
        return project, ()
    network = project.network
    blocks, block_names = _merged_blocks(network, copied.network)
    taken = dict(network.nodes)
    new: dict[str, str] = {}
    for name, node in copied.network.nodes.items():
        root = name.rstrip("0123456789_") or stem(node.kind)
        new[name] = name if name not in taken else free_name(root, taken)
        taken[new[name]] = _renamed(node, block_names)
    left = min(copied.placement[name][0] for name in new)
    top = min(copied.placement[name][1] for name in new)
    placement = dict(project.placement)
    for name, (x, y) in copied.placement.items():
        if name in new:
            placement[new[name]] = (round(at[0] + x - left, 1), round(at[1] + y - top, 1))
        else:
            block, _, inner = name.partition("/")
            placement.setdefault(f"{block_names[block]}/{inner}", (x, y))
    links = {
        Link(new[link.source], new[link.target], link.output, link.input)
        for link in copied.network.links
    }
    grown = Network(taken, network.links | links, blocks)
    return replace(project, network=grown, placement=placement), tuple(new.values())


def _links(network: Network, wanted: set[str]) -> frozenset[Link]:
    """The links among these nodes; a variadic node counts anew those that it keeps."""
    kept = sorted(
        (link for link in network.links if link.source in wanted and link.target in wanted),
        key=lambda link: (link.target, link.input),
    )
    found: list[Link] = []
    free: dict[str, int] = {}
    for link in kept:
        content = network.nodes[link.target].content
        if not isinstance(content, Instance) and content.variadic:
            fixed = len(content.ports_in) - 1
            number = free.setdefault(link.target, fixed)
            if link.input >= fixed:
                free[link.target] = number + 1
                link = replace(link, input=number)
        found.append(link)
    return frozenset(found)


def _used(blocks: Mapping[str, Block], nodes: Mapping[str, Node]) -> Iterator[str]:
    """Names of the blocks that nodes are instances of, and of those inside these."""
    waiting = [nodes]
    seen: set[str] = set()
    while waiting:
        for node in waiting.pop().values():
            if isinstance(node.content, Instance) and node.content.block not in seen:
                seen.add(node.content.block)
                waiting.append(blocks[node.content.block].network.nodes)
    return (name for name in blocks if name in seen)


def _merged_blocks(
    network: Network, copied: Network
) -> tuple[Mapping[str, Block], Mapping[str, str]]:
    """All blocks together, and the name that each copied one has now."""
    new: dict[str, str] = {}
    taken = dict(network.blocks)
    for name, block in copied.blocks.items():
        same = name in network.blocks and network.blocks[name] == block
        new[name] = name if same or name not in taken else free_name(name, taken)
        taken[new[name]] = block
    if len(taken) == len(network.blocks):
        return network.blocks, new
    for name in new.values():
        if name not in network.blocks:
            inner = taken[name].network
            nodes = {key: _renamed(node, new) for key, node in inner.nodes.items()}
            taken[name] = replace(taken[name], network=replace(inner, nodes=nodes))
    return taken, new


def _renamed(node: Node, blocks: Mapping[str, str]) -> Node:
    if not isinstance(node.content, Instance):
        return node
    return replace(node, content=replace(node.content, block=blocks[node.content.block]))
