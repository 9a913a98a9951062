"""Nodes made a block, and everything else that is done with blocks and their instances."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import inf

from engine.fields import Value
from engine.layers import catalogue
from engine.network.arithmetic import said
from engine.network.blocks import arithmetic
from engine.network.borders import Border, border_of, check_way
from engine.network.clipboard import add_block, copy_block
from engine.network.errors import EditError, ExpressionError
from engine.network.expressions import IN_CHANNELS
from engine.network.expressions import names as names_in
from engine.network.frames import frames_of, moved
from engine.network.instances import (
    add_instance,
    remove_block,
    rename_block,
    set_arguments,
    set_first,
    set_repeat,
)
from engine.network.making import changed, node_of, point, short
from engine.network.names import block_name_problem, free_name, new_name
from engine.network.network import Block, Instance, Link, Network, Node
from engine.network.placement import SPACING
from engine.network.project import Point, Project
from engine.network.promoting import (
    demote,
    promote,
    rename_parameter,
    set_default,
    set_expression,
    set_when,
)
from engine.network.ungrouping import ungroup, unpack_all
from engine.network.uses import can_contain, check_size

__all__ = [
    "add_block",
    "add_instance",
    "copy_block",
    "demote",
    "group",
    "promote",
    "remove_block",
    "rename_block",
    "rename_parameter",
    "set_arguments",
    "set_default",
    "set_expression",
    "set_first",
    "set_repeat",
    "set_when",
    "ungroup",
    "unpack_all",
]

DEFAULT_CHANNELS = 64
"""What a new parameter that stands for the channels around has where nothing is given."""


def group(project: Project, names: Collection[str], block: str = "") -> tuple[Project, str]:
    """Make a block of nodes, with one instance in their place; returns the instance's name too.

    What feeds the nodes from outside comes in through an Input each, what is used outside goes out
    through an Output. Inputs and Outputs of the network itself stay where they are. Where the
    project has an equal block already (but for the numbers in its nodes' names), that one is used.
    Inside a block, the promoted parameters that the nodes' arithmetic uses are passed on. Raises
    `EditError` where a way leads out of the nodes and in again.
    """
    network = project.network
    wanted = {name for name in names if node_of(project, name)}
    chosen = [
        name
        for name, node in network.nodes.items()
        if name in wanted and node.kind not in ("Input", "Output")
    ]
    if not chosen:
        raise EditError(
            "Select at least one layer to make a block of; Inputs and Outputs stay outside."
        )
    check_way(network, set(chosen))
    border = border_of(network, chosen)
    passed = _passed_on(project, chosen, border)
    try:
        made = _block(network, chosen, border, passed)
    except ExpressionError as error:
        raise EditError(f"The arithmetic cannot be passed on: {error}") from None
    equal = [
        name
        for name in _equal(network.blocks, made)
        if block in ("", name) and can_contain(project, name)
    ]
    if not equal and block:
        problem = block_name_problem(block)
        if problem or block in network.blocks:
            raise EditError(
                f"The block's name {short(block)} {problem or 'is that of another block'}."
            )
    kind = (
        equal[0] if equal else block or free_name("Block", {**network.blocks, **catalogue.kinds()})
    )
    left = {name: node for name, node in network.nodes.items() if name not in set(chosen)}
    name = new_name(Network(left), kind)
    instance = Instance(kind, passed.arguments)
    return check_size(_replaced(project, chosen, border, name, instance, made)), name


@dataclass(frozen=True, slots=True)
class Passed:
    """The parameters of a block made inside another: their defaults, what the instance gives them,
    and the texts that stand for other names in the arithmetic.
    """

    parameters: tuple[tuple[str, Value], ...] = ()
    arguments: tuple[tuple[str, str], ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict[str, str])


def _passed_on(project: Project, chosen: list[str], border: Border) -> Passed:
    """The promoted parameters around that the chosen nodes use."""
    if not project.inside:
        return Passed()
    network = project.network
    some = Network({name: network.nodes[name] for name in chosen})
    used = {name for text in arithmetic(some) for name in names_in(text)}
    parameters = [pair for pair in network.blocks[project.inside].parameters if pair[0] in used]
    arguments = [(name, name) for name, _ in parameters]
    texts: dict[str, str] = {}
    first = next((name for name, node in network.nodes.items() if node.kind == "Input"), "")
    feeding = next((port for port, _ in border.inputs.values()), None)
    if IN_CHANNELS in used and feeding != (first, 0):
        # What reaches the new block is not what reaches the one around, so it is told.
        name = "channels" if "channels" not in used else free_name("channels", used)
        parameters.append((name, DEFAULT_CHANNELS))
        arguments.append((name, IN_CHANNELS))
        texts[IN_CHANNELS] = name
    return Passed(tuple(parameters), tuple(arguments), texts)


def _block(network: Network, chosen: list[str], border: Border, passed: Passed) -> Block:
    inner = set(chosen)
    nodes: dict[str, Node] = {name: Node(catalogue.layer("Input")) for name in border.inputs}
    for name in chosen:
        nodes[name] = said(network.nodes[name], passed.texts)
    nodes.update({name: Node(catalogue.layer("Output")) for name in border.outputs})
    links = {link for link in network.links if link.source in inner and link.target in inner}
    for name, (_, fed) in border.inputs.items():
        links |= {Link(name, target, 0, number) for target, number in fed}
    for name, (source, output) in border.outputs.items():
        links.add(Link(source, name, output))
    return Block(Network(nodes, frozenset(links)), passed.parameters)


def _equal(blocks: Mapping[str, Block], made: Block) -> Iterator[str]:
    """The blocks that are equal to this one but for the numbers at the end of their nodes' names."""
    items = list(made.network.nodes.items())
    for name, block in blocks.items():
        others = list(block.network.nodes.items())
        if block.parameters != made.parameters or len(items) != len(others):
            continue
        new = {key: other for (key, _), (other, _) in zip(items, others, strict=True)}
        if all(
            node == its and (key == other or (not block.named and _root(key) == _root(other)))
            for (key, node), (other, its) in zip(items, others, strict=True)
        ):
            links = {
                replace(link, source=new[link.source], target=new[link.target])
                for link in made.network.links
            }
            if frozenset(links) == block.network.links:
                yield name


def _root(name: str) -> str:
    return name.rstrip("0123456789")


def _replaced(
    project: Project, chosen: list[str], border: Border, name: str, instance: Instance, made: Block
) -> Project:
    """The instance in the place of the chosen nodes, the links outside at its ports."""
    network = project.network
    inner = set(chosen)
    nodes: dict[str, Node] = {}
    for key, node in network.nodes.items():
        if key == chosen[0]:
            nodes[name] = Node(instance)
        if key not in inner:
            nodes[key] = node
    numbers = {port: number for number, port in enumerate(border.outputs.values())}
    links: set[Link] = set()
    for link in network.links:
        if link.source not in inner and link.target not in inner:
            links.add(link)
        elif link.source in inner and link.target not in inner:
            number = numbers[link.source, link.output]
            links.add(replace(link, source=name, output=number))
    for number, (port, _) in enumerate(border.inputs.values()):
        if port is not None:
            links.add(Link(port[0], name, port[1], number))
    places = [project.placement[key] for key in chosen]
    low, high = ([pick(at[axis] for at in places) for axis in (0, 1)] for pick in (min, max))
    frames = frames_of(project, chosen)
    placement = {key: at for key, at in project.placement.items() if key not in inner}
    placement[name] = point(((low[0] + high[0]) / 2, (low[1] + high[1]) / 2))
    kept = {key: frame for key, frame in project.frames.items() if key not in frames}
    blocks = network.blocks
    if instance.block not in blocks:
        blocks = {**blocks, instance.block: made}
        by = SPACING[0] - low[0], -low[1]
        prefix = f"{instance.block}/"
        inside = _inner_places(project, chosen, border, by)
        placement |= {prefix + key: point(at) for key, at in inside.items()}
        kept |= {prefix + key: moved(frame, by) for key, frame in frames.items()}
    return changed(
        project,
        nodes=nodes,
        links=frozenset(links),
        blocks=blocks,
        placement=placement,
        frames=kept,
    )


def _inner_places(
    project: Project, chosen: list[str], border: Border, by: Point
) -> Mapping[str, Point]:
    """Where the nodes lie inside: as they lay, Inputs in a column before them, Outputs in one behind."""
    places: dict[str, Point] = {}
    for name in chosen:
        x, y = project.placement[name]
        places[name] = (x + by[0], y + by[1])
    right = max(x for x, _ in places.values()) + SPACING[0]
    first = {name: places[fed[0][0]][1] for name, (_, fed) in border.inputs.items()}
    last = {name: places[port[0]][1] for name, port in border.outputs.items()}
    for x, rows in ((0.0, first), (right, last)):
        free = -inf
        for name, y in sorted(rows.items(), key=lambda item: item[1]):
            places[name] = (x, max(y, free))
            free = places[name][1] + SPACING[1]
    return places
