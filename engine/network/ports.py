"""The ports of a node: those of its layer, or those of the block that it is an instance of."""

from __future__ import annotations

from engine.network.network import Instance, Network, Node


def inputs(network: Network, node: Node) -> tuple[str, ...]:
    """Names of the inputs in their order; the last of a variadic layer may be linked repeatedly.

    `network` is the outermost one, which knows the blocks.
    """
    if isinstance(node.content, Instance):
        return _of_kind(network, node.content, "Input")
    return node.content.ports_in


def outputs(network: Network, node: Node) -> tuple[str, ...]:
    """Names of the outputs in their order."""
    if isinstance(node.content, Instance):
        return _of_kind(network, node.content, "Output")
    return node.content.output_ports()


def variadic(node: Node) -> bool:
    """Whether the last input takes any number of links."""
    return not isinstance(node.content, Instance) and node.content.variadic


def has_input(network: Network, node: Node, number: int) -> bool:
    """Whether input `number` exists, counting from 0."""
    ports = inputs(network, node)
    return number >= 0 and (number < len(ports) or (variadic(node) and bool(ports)))


def _of_kind(network: Network, instance: Instance, kind: str) -> tuple[str, ...]:
    inner = network.blocks[instance.block].network.nodes
    return tuple(name for name, node in inner.items() if node.kind == kind)
