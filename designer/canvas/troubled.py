"""Which links are drawn otherwise: those that bring what cannot be taken, and those of muted nodes."""

from __future__ import annotations

from designer.canvas.face import refuses
from engine.analysis import Analysis
from engine.network import order
from engine.network.network import Link, Network


def broken(network: Network, analysis: Analysis) -> frozenset[Link]:
    """The links that bring a node shapes that it cannot take."""
    feeds = order.sources(network)
    return frozenset(
        link
        for name in dict.fromkeys(problem.node for problem in analysis.problems)
        if refuses(analysis.nodes.get(name))
        for link in feeds.get(name, ())
    )


def muted(network: Network) -> list[str]:
    """The nodes that are muted."""
    return [name for name, node in network.nodes.items() if node.mode == "muted"]
