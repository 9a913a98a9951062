"""What is left of a network when muted nodes are gone and bypassed ones joined over.

Analysis and code generation look at this network alone; nothing else knows of modes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from engine.layers.base import Layer
from engine.layers.shape.reroute import Reroute
from engine.network.making import joints, without
from engine.network.network import Link, Network
from engine.network.project import Project


def active(network: Network) -> Network:
    """The network that is computed; the very same one when every node is active.

    A link that fed a muted node, or left it, is gone, and a variadic layer counts those that it
    keeps anew. What the first output of a bypassed node or a Reroute fed is fed by what feeds it.
    """
    off = idle(network)
    if not off:
        return network
    nodes = {name: node for name, node in network.nodes.items() if name not in off}
    variadic = frozenset(
        name
        for name, node in nodes.items()
        if isinstance(node.content, Layer) and node.content.variadic
    )
    links = _links(network.links, tuple(off.items()), variadic, _Nodes(network))
    return Network(nodes, links, network.blocks)


def idle(network: Network) -> Mapping[str, bool]:
    """The nodes that compute nothing, and whether each hands its first input on."""
    return {
        name: node.mode != "muted"
        for name, node in network.nodes.items()
        if node.mode != "active" or type(node.content) is Reroute
    }


class _Nodes:
    """Hands a network past a cache that need not look at it: the other arguments tell all that counts."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Nodes)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=8)
def _links(
    links: frozenset[Link],
    off: Sequence[tuple[str, bool]],
    variadic: frozenset[str],
    nodes: _Nodes,
) -> frozenset[Link]:
    """The links among active nodes, the same object as long as these and the links are the same.

    The analysis tells by that object that an edit has changed parameters alone.
    """
    project = Project(network=nodes.network)
    project = without(project, {name for name, hands_on in off if not hands_on}, joined=())
    bypassed = {name for name, hands_on in off if hands_on}
    return without(project, bypassed, joints(project.network, bypassed)).network.links
