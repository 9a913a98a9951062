"""Copy and paste: nodes as the text of a small project, so that text from anywhere is checked alike.

Nodes copied inside a block are the inside of a block in that project, since their arithmetic means
something only there. Pasted where its names mean nothing, arithmetic leaves the values it had.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from engine.fields import ParameterError, Value
from engine.network.errors import EditError, StorageError
from engine.network.expressions import (
    IN_CHANNELS,
    ExpressionError,
    constant,
    evaluate,
    names,
)
from engine.network.frames import frames_of, moved
from engine.network.making import block_of, changed, point
from engine.network.names import free_name, stem
from engine.network.network import Block, Instance, Link, Network, Node
from engine.network.project import Point, Project
from engine.network.storage import dumps, loads
from engine.network.uses import check_containment, check_size, within

_INSIDE = "Copied inside a block"
"""The name of a project whose one node is an instance of the block that holds what was copied."""
_BLOCK = "Copied"

_Item = TypeVar("_Item")


def copy(project: Project, names: Collection[str]) -> str:
    """The nodes as text, with the links between them, the blocks that they use and their frames."""
    network = project.network
    wanted = set(names)
    nodes = {name: node for name, node in network.nodes.items() if name in wanted}
    links = _links(network, wanted)
    blocks = _used(network.blocks, nodes)
    kept = _insides(project, blocks)
    places = {name: at for name, at in project.placement.items() if name in wanted}
    frames = frames_of(project, wanted)
    if not project.inside:
        return dumps(
            replace(
                kept,
                name=_BLOCK,
                network=Network(nodes, links, blocks),
                placement={**kept.placement, **places},
                frames={**kept.frames, **frames},
            )
        )
    name = free_name(_BLOCK, blocks)
    parameters = network.blocks[project.inside].parameters
    inside = {name: Block(Network(nodes, links), parameters)}
    return dumps(
        replace(
            kept,
            name=_INSIDE,
            network=Network({"copied": Node(Instance(name))}, blocks={**blocks, **inside}),
            placement={**kept.placement, **{f"{name}/{key}": at for key, at in places.items()}},
            frames={**kept.frames, **{f"{name}/{key}": item for key, item in frames.items()}},
        )
    )


def copy_block(project: Project, block: str) -> str:
    """A block as text, with the blocks inside it."""
    block_of(project, block)
    names = {block, *within(project.network.blocks, block)}
    blocks = {name: item for name, item in project.network.blocks.items() if name in names}
    kept = _insides(project, blocks)
    return dumps(replace(kept, name=block, network=Network(blocks=blocks)))


def add_block(project: Project, text: str) -> Project:
    """The project with the blocks of a text; those it knows already stay, a name taken is changed.

    Raises `EditError` when the text holds no blocks.
    """
    copied = _read(text, "no block")
    if not copied.network.blocks:
        raise EditError("The text holds no block; copy one from a library of blocks.")
    grown, _ = _with_blocks(project, copied)
    return check_size(grown)


def paste(project: Project, text: str, at: Point) -> tuple[Project, tuple[str, ...]]:
    """The project with copied nodes added, their top left corner at `at`, and their names in it.

    A name or block that is taken by something else is changed to a free one. Raises `EditError`
    when the text holds no nodes.
    """
    copied = _unwrapped(_read(text, "no nodes"), project)
    if not copied.network.nodes:
        return project, ()
    project, block_names = _with_blocks(project, copied)
    for block in block_names.values():
        check_containment(project, block)
    network = project.network
    taken = dict(network.nodes)
    new: dict[str, str] = {}
    for name, node in copied.network.nodes.items():
        root = name.rstrip("0123456789_") or stem(node.kind)
        new[name] = name if name not in taken else free_name(root, taken)
        taken[new[name]] = _renamed(node, block_names)
    left, top = (min(copied.placement[name][axis] for name in new) for axis in (0, 1))
    by = at[0] - left, at[1] - top
    placement = dict(project.placement)
    for name in new:
        x, y = copied.placement[name]
        placement[new[name]] = point((x + by[0], y + by[1]))
    frames = dict(project.frames)
    for name, frame in copied.frames.items():
        if "/" not in name:
            name = name if name not in frames else free_name("frame", frames)
            frames[name] = moved(frame, by)
    links = {
        Link(new[link.source], new[link.target], link.output, link.input)
        for link in copied.network.links
    }
    grown = changed(
        project, nodes=taken, links=network.links | links, placement=placement, frames=frames
    )
    return check_size(grown), tuple(new.values())


def _read(text: str, what: str) -> Project:
    try:
        return loads(text)
    except StorageError as error:
        raise EditError(f"The clipboard holds {what} of Convoscope: {error}.") from None


def _unwrapped(copied: Project, target: Project) -> Project:
    """The nodes copied inside a block as a network; arithmetic that means nothing in `target` is done."""
    if copied.name != _INSIDE or list(copied.network.nodes) != ["copied"]:
        return copied
    content = copied.network.nodes["copied"].content
    if not isinstance(content, Instance):
        return copied
    blocks = dict(copied.network.blocks)
    block = blocks.pop(content.block)
    known: set[str] = set()
    if target.inside:
        parameters = target.network.blocks[target.inside].parameters
        known = {IN_CHANNELS, *(name for name, _ in parameters)}
    defaults = dict(block.parameters)
    nodes = {name: _settled(node, defaults, known) for name, node in block.network.nodes.items()}
    prefix = f"{content.block}/"
    return replace(
        copied,
        network=Network(nodes, block.network.links, blocks),
        placement={name.removeprefix(prefix): at for name, at in copied.placement.items()},
        frames={name.removeprefix(prefix): item for name, item in copied.frames.items()},
    )


def _settled(node: Node, values: Mapping[str, Value], known: set[str]) -> Node:
    """The node with the arithmetic done that uses other names than those `known`, as far as it can be."""
    when = node.when if node.when and names(node.when) <= known else ""
    if isinstance(node.content, Instance):
        instance = replace(
            node.content,
            arguments=_settled_pairs(node.content.arguments, values, known),
            first=_settled_pairs(node.content.first, values, known),
        )
        return replace(node, content=instance, when=when)
    kept = tuple(pair for pair in node.expressions if names(pair[1]) <= known)
    layer = node.content
    for parameter, text in node.expressions:
        if (parameter, text) not in kept:
            try:
                layer = layer.changed(**{parameter: evaluate(text, values)})
            except (ExpressionError, ParameterError):
                continue
    return replace(node, content=layer, expressions=kept, when=when)


def _settled_pairs(
    pairs: tuple[tuple[str, Value], ...], values: Mapping[str, Value], known: set[str]
) -> tuple[tuple[str, Value], ...]:
    found: list[tuple[str, Value]] = []
    for name, value in pairs:
        if isinstance(value, str) and not names(value) <= known:
            try:
                value = evaluate(value, values)
            except ExpressionError:
                continue
            value = constant(value) if isinstance(value, str) else value
        found.append((name, value))
    return tuple(found)


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


def _used(blocks: Mapping[str, Block], nodes: Mapping[str, Node]) -> Mapping[str, Block]:
    """The blocks that nodes are instances of, and those inside these, in the order of all blocks."""
    found: set[str] = set()
    for node in nodes.values():
        if isinstance(node.content, Instance) and node.content.block not in found:
            found |= {node.content.block, *within(blocks, node.content.block)}
    return {name: block for name, block in blocks.items() if name in found}


def _insides(project: Project, blocks: Collection[str]) -> Project:
    """An empty project with the places and frames inside these blocks."""
    return Project(
        placement=dict(_of_blocks(project.placement, blocks)),
        frames=dict(_of_blocks(project.frames, blocks)),
    )


def _of_blocks(items: Mapping[str, _Item], blocks: Collection[str]) -> Iterator[tuple[str, _Item]]:
    for name, item in items.items():
        block, slash, _ = name.partition("/")
        if slash and block in blocks:
            yield name, item


def _with_blocks(project: Project, copied: Project) -> tuple[Project, Mapping[str, str]]:
    """The project with the copied blocks, their places and frames; the name that each block has now."""
    blocks, new = _merged_blocks(project.network, copied.network)
    if blocks is project.network.blocks:
        return project, new
    added = {name for name, now in new.items() if now not in project.network.blocks}
    placement, frames = dict(project.placement), dict(project.frames)
    for name, at in _of_blocks(copied.placement, added):
        block, _, inner = name.partition("/")
        placement[f"{new[block]}/{inner}"] = at
    for name, frame in _of_blocks(copied.frames, added):
        block, _, inner = name.partition("/")
        frames[f"{new[block]}/{inner}"] = frame
    return changed(project, blocks=blocks, placement=placement, frames=frames), new


def _merged_blocks(
    network: Network, copied: Network
) -> tuple[Mapping[str, Block], Mapping[str, str]]:
    """All blocks together, and the name that each copied one has now."""
    new: dict[str, str] = {}
    taken = dict(network.blocks)
    for name, block in copied.blocks.items():
        parts = {name, *within(copied.blocks, name)}
        same = all(network.blocks.get(part) == copied.blocks[part] for part in parts)
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
