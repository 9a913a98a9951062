"""The shapes that reach a node, worked out only where a block's arithmetic asks for its channels.

The analysis knows all shapes, but stands above this room; these few steps are what an edit needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from engine.layers.base import Layer, Shape
from engine.network import ports
from engine.network.active import active
from engine.network.blocks import expand
from engine.network.network import Instance, Network, Node
from engine.network.order import order, sources

Known: TypeAlias = Sequence[Shape | None]
"""Shapes of ports in their order; None where one cannot be told."""


def arriving(network: Network, name: str) -> Known:
    """The shapes that reach the inputs of a node of the outermost network; empty where it is muted."""
    found, shapes = active(network), dict[tuple[str, int], Shape | None]()
    if name not in found.nodes:
        # A bypassed node gets what it would get if it worked.
        nodes = {**network.nodes, name: Node(network.nodes[name].content)}
        found = active(Network(nodes, network.links, network.blocks))
    feeds = sources(found)
    needed = _above(found, name)
    for other in order(found):
        if other in needed:
            given = [shapes.get((link.source, link.output)) for link in feeds.get(other, ())]
            if other == name:
                return given
            own = outputs(found, found.nodes[other], given)
            shapes.update({(other, number): shape for number, shape in enumerate(own)})
    return ()


def outputs(network: Network, node: Node, shapes: Known) -> Known:
    """The shapes that a node makes of these; None each where it cannot be told."""
    given = tuple(shape for shape in shapes if shape is not None)
    count = len(ports.outputs(network, node))
    unknown = (None,) * count
    if len(given) < len(shapes):
        return unknown
    try:
        if isinstance(node.content, Layer):
            return node.content.outputs(*given)
        for number in range(node.content.repeat):
            given = _applied(network, node.content, number, given)
        return given
    except (ValueError, TypeError, LookupError):
        return unknown


def _applied(
    network: Network, instance: Instance, number: int, given: tuple[Shape, ...]
) -> tuple[Shape, ...]:
    """The outputs of one application; raises `LookupError` where one cannot be told."""
    inner = expand(network, instance, number, given[0][0] if given else None)
    feeds = sources(inner)
    waiting = iter(given)
    entering: dict[str, Shape | None] = {
        name: next(waiting, None) for name, node in inner.nodes.items() if node.kind == "Input"
    }
    shapes: dict[tuple[str, int], Shape | None] = {}
    for name in order(inner):
        node = inner.nodes[name]
        fed = [shapes.get((link.source, link.output)) for link in feeds.get(name, ())]
        own = (entering[name],) if name in entering else outputs(inner, node, fed)
        if node.kind == "Output":
            own = fed
        shapes.update({(name, place): shape for place, shape in enumerate(own)})
    found = [shapes[name, 0] for name, node in inner.nodes.items() if node.kind == "Output"]
    known = tuple(shape for shape in found if shape is not None)
    if len(known) < len(found):
        raise LookupError(instance.block)
    return known


def _above(network: Network, name: str) -> set[str]:
    """A node and all that it depends on."""
    feeds = sources(network)
    found = {name}
    waiting = [name]
    while waiting:
        for link in feeds.get(waiting.pop(), ()):
            if link.source not in found:
                found.add(link.source)
                waiting.append(link.source)
    return found
