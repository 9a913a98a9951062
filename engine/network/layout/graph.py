"""Graph: a network with numbers for names, its cycles cut, and a rank for every node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from engine.network.network import Link, Network
from engine.network.project import Point

CARD = (220.0, 92.0)
"""Width and height of a card whose size is not given, in pixels at zoom 1."""


class Edge(NamedTuple):
    """A link between nodes by number: from output `output` of `source` to input `input` of `target`."""

    source: int
    target: int
    output: int
    input: int


class Graph:
    """The nodes to lay out, by number in drawing order.

    `up` and `down` are how far a card reaches above and below the line of its ports, in pixels.
    """

    def __init__(
        self,
        network: Network,
        names: Iterable[str],
        sizes: Mapping[str, Point],
        middles: Mapping[str, float],
    ) -> None:
        wanted = set(names)
        self.names = [name for name in network.nodes if name in wanted]
        self.widths: list[float] = []
        self.up: list[float] = []
        self.down: list[float] = []
        for name in self.names:
            width, height = sizes.get(name, CARD)
            middle = middles.get(name, height / 2)
            self.widths.append(width)
            self.up.append(middle)
            self.down.append(height - middle)
        count = len(self.names)
        self.leaving: list[list[Edge]] = [[] for _ in range(count)]
        self.arriving: list[list[Edge]] = [[] for _ in range(count)]
        numbers = {name: number for number, name in enumerate(self.names)}
        edges = self._edges(network.links, numbers)
        self.order = _forward(count, edges)
        place = [0] * count
        for position, node in enumerate(self.order):
            place[node] = position
        for edge in edges:
            if place[edge.source] < place[edge.target]:
                self.leaving[edge.source].append(edge)
                self.arriving[edge.target].append(edge)
        self.rank = self._ranks()

    @staticmethod
    def _edges(links: Iterable[Link], numbers: Mapping[str, int]) -> list[Edge]:
        """The links between these nodes, sorted, so that no result depends on the order of a set."""
        found: list[Edge] = []
        for link in links:
            source, target = numbers.get(link.source), numbers.get(link.target)
            if source is not None and target is not None and source != target:
                found.append(Edge(source, target, link.output, link.input))
        return sorted(found)

    def _ranks(self) -> list[int]:
        """Each node's column: behind the longest way to it, and no further from what it feeds
        than need be where it feeds more than it takes (an Input goes next to its reader).
        """
        rank = [0] * len(self.names)
        for node in self.order:
            rank[node] = max((rank[edge.source] + 1 for edge in self.arriving[node]), default=0)
        for node in reversed(self.order):
            if len(self.leaving[node]) > len(self.arriving[node]):
                rank[node] = min(rank[edge.target] for edge in self.leaving[node]) - 1
        return rank

    def parts(self, nodes: Sequence[int]) -> list[list[int]]:
        """The connected parts of a set of nodes, in drawing order of their first nodes."""
        within = set(nodes)
        found: list[list[int]] = []
        for first in sorted(nodes):
            if first not in within:
                continue
            within.discard(first)
            part, position = [first], 0
            while position < len(part):
                node = part[position]
                position += 1
                near = [edge.target for edge in self.leaving[node]]
                near += [edge.source for edge in self.arriving[node]]
                for other in near:
                    if other in within:
                        within.discard(other)
                        part.append(other)
            found.append(part)
        return found


def _forward(count: int, edges: Sequence[Edge]) -> list[int]:
    """Nodes so that links lead forward; where a cycle is, the node drawn first goes first."""
    waiting_for = [0] * count
    onward: list[list[int]] = [[] for _ in range(count)]
    for edge in edges:
        waiting_for[edge.target] += 1
        onward[edge.source].append(edge.target)
    found = [node for node in range(count) if waiting_for[node] == 0]
    done = [waiting == 0 for waiting in waiting_for]
    position = first = 0
    while len(found) < count or position < len(found):
        if position == len(found):
            while done[first]:
                first += 1
            done[first] = True
            found.append(first)
        for target in onward[found[position]]:
            waiting_for[target] -= 1
            if waiting_for[target] == 0 and not done[target]:
                done[target] = True
                found.append(target)
        position += 1
    return found
