"""The graph of a network by places in its order: who feeds whom, and what is not linked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, TypeAlias

from engine.layers.base import Layer
from engine.network import ports
from engine.network.network import Instance, Link, Network, Node
from engine.network.order import order, sources

Feed: TypeAlias = int | tuple[tuple[int, int], ...] | None
"""What feeds a node: the place of the one node whose only output it takes, (place, output) for each
of its inputs, or None where an input is not linked."""


@dataclass(frozen=True)
class Structure:
    """All that depends on links and kinds alone, so that an edit of a parameter leaves it as it is.

    `order` leaves out what is on a cycle or behind one; those are in `loops`. `kinds` (empty for
    an instance of a block) and `feeds` run along `order`. `missing` has the numbers of the unlinked
    inputs of a node by its place, `unused` the places whose outputs go nowhere. `idle` are those
    from which no Output is reached, so that no module computes them; none while there is no linked
    Output at all.
    """

    order: tuple[str, ...]
    places: Mapping[str, int]
    kinds: tuple[str, ...]
    feeds: tuple[Feed, ...]
    missing: Mapping[int, tuple[int, ...]]
    unused: tuple[int, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    instances: tuple[int, ...]
    loops: tuple[str, ...]
    idle: frozenset[int] = frozenset()


def structure(network: Network) -> Structure:
    """Read the graph once."""
    names = order(network)
    places = {name: place for place, name in enumerate(names)}
    incoming = sources(network)
    used = {link.source for link in network.links}
    nodes = network.nodes
    kinds: list[str] = []
    feeds: list[Feed] = []
    widths: list[int] = []
    missing: dict[int, tuple[int, ...]] = {}
    unused: list[int] = []
    for place, name in enumerate(names):
        node = nodes[name]
        kind, inputs, outputs = _of_kind(type(node.content)) or _of_node(network, node)
        kinds.append(kind)
        widths.append(outputs)
        if outputs and name not in used:
            unused.append(place)
        links = incoming.get(name, ())
        # Nearly every node takes the only output of one other.
        if len(links) == 1 == inputs:
            link = links[0]
            source = places[link.source]
            if link.output == 0 and widths[source] == 1:
                feeds.append(source)
                continue
        linked = {link.input for link in links if link.output < widths[places[link.source]]}
        absent = tuple(number for number in range(inputs) if number not in linked)
        if absent:
            missing[place] = absent
            feeds.append(None)
        else:
            feeds.append(tuple([(places[link.source], link.output) for link in links]))

    def of(kind: str) -> tuple[int, ...]:
        return tuple(place for place, item in enumerate(kinds) if item == kind)

    outputs = of("Output")
    return Structure(
        names,
        places,
        tuple(kinds),
        tuple(feeds),
        missing,
        tuple(unused),
        of("Input"),
        outputs,
        of(""),
        tuple(name for name in nodes if name not in places) if len(names) < len(nodes) else (),
        _idle(names, places, incoming, outputs) if unused else frozenset(),
    )


def _idle(
    names: tuple[str, ...],
    places: Mapping[str, int],
    incoming: Mapping[str, Sequence[Link]],
    outputs: tuple[int, ...],
) -> frozenset[int]:
    """The places from which no Output is reached."""
    waiting = list(outputs)
    found = set(waiting)
    while waiting:
        for link in incoming.get(names[waiting.pop()], ()):
            source = places[link.source]
            if source not in found:
                found.add(source)
                waiting.append(source)
    if len(found) == len(outputs):
        return frozenset()
    return frozenset(range(len(names))) - found


def same_ports(before: Node, after: Node) -> bool:
    """Whether exchanging one node for the other leaves the structure as it is."""
    old, new = before.content, after.content
    if isinstance(old, Layer) and isinstance(new, Layer):
        return type(old) is type(new) and old.output_ports() == new.output_ports()
    return not isinstance(old, Layer) and not isinstance(new, Layer) and old.block == new.block


class Traits(NamedTuple):
    """A node's kind (empty for an instance), how many links it wants at least, its number of outputs."""

    kind: str
    inputs: int
    outputs: int


@cache
def _of_kind(kind: type[Layer | Instance]) -> Traits | None:
    """The traits of all nodes of a kind; None where they differ from node to node."""
    if not issubclass(kind, Layer) or kind.output_ports is not Layer.output_ports:
        return None
    return Traits(kind.kind(), len(kind.ports_in), len(kind.ports_out))


def _of_node(network: Network, node: Node) -> Traits:
    content = node.content
    if isinstance(content, Layer):
        return Traits(content.kind(), len(content.ports_in), len(content.output_ports()))
    if content.block not in network.blocks:
        # An unknown block is a problem of its own; here it just has an output.
        return Traits("", 0, 1)
    return Traits("", len(ports.inputs(network, node)), len(ports.outputs(network, node)))
