"""Rows of a layout across the flow: branches above one another, the main path straight.

A network falls apart at its cuts, the nodes that everything passes through. Cuts lie on one line,
the axis; what is between two cuts falls into branches, each of which has an axis and cuts of its
own. Only what does not fall apart so is ordered by counting crossings (`engine.network.layout.core`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.network.layout.core import core
from engine.network.layout.graph import Edge, Graph

GAP = 68.0
"""Between cards of neighbouring branches, in pixels at zoom 1."""
ARCH = 40.0
"""What a link takes that passes above or below the cards that it skips."""
_SIDE = 14
"""Columns of a side path that stays in one row."""
_DEEP = 60
"""Branches within branches; deeper ones are laid out as one."""


class Extent(NamedTuple):
    """How far a group reaches above and below its axis, in pixels."""

    above: float
    below: float


class Band(NamedTuple):
    """How far above and below the axis a link that skips passes; no branch may come nearer."""

    above: float = 0.0
    below: float = 0.0


class Rows:
    """Gives every node of a graph its `y`, the line of its ports, in pixels.

    `arches` are the links that skip along an axis, with the side they pass on (-1 above, 1 below).
    `anchor` is the rank that each node follows into a row: its own, or for what hangs on a short
    side path (an auxiliary head) that of the path's beginning.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.y = [0.0] * len(graph.names)
        self.arches: list[tuple[Edge, int]] = []
        self.anchor = list(graph.rank)

    def body(self, nodes: Sequence[int]) -> None:
        """Lay out a connected part: its main path on the axis, what leads elsewhere below it."""
        graph, rank = self.graph, self.graph.rank
        end = max(nodes, key=lambda node: (rank[node], -node))
        main = self._behind(end, set(nodes))
        self.series(sorted(main, key=lambda node: (rank[node], node)), None, None, Band(), 0)
        rest = [node for node in nodes if node not in main]
        if not rest:
            return
        reach = self._reach(sorted(main))
        tails = graph.parts(rest)
        forks = [
            max(rank[e.source] for node in tail for e in graph.arriving[node] if e.source in main)
            for tail in tails
        ]
        for _, tail in sorted(zip(forks, tails, strict=True)):
            self.body(tail)
            own = self._reach(tail)
            down = max(reach[at].below + own[at].above + GAP if at in reach else -1e9 for at in own)
            down = max(down, 0.0) if down > -1e9 else 0.0
            ranks = [rank[node] for node in tail]
            short = max(ranks) - min(ranks) < _SIDE
            for node in tail:
                self.y[node] += down
                if short:
                    self.anchor[node] = min(ranks)
            for at, (above, below) in own.items():
                old = reach.get(at, Extent(-1e9, -1e9))
                reach[at] = Extent(max(old.above, above - down), max(old.below, below + down))

    def _behind(self, end: int, within: set[int]) -> set[int]:
        """A node and all that it depends on."""
        found, waiting = {end}, [end]
        while waiting:
            for edge in self.graph.arriving[waiting.pop()]:
                if edge.source in within and edge.source not in found:
                    found.add(edge.source)
                    waiting.append(edge.source)
        return found

    def _reach(self, nodes: Sequence[int]) -> dict[int, Extent]:
        """How far nodes reach above and below their axis, by rank."""
        found: dict[int, Extent] = {}
        graph = self.graph
        for node in nodes:
            at = graph.rank[node]
            above, below = graph.up[node] - self.y[node], graph.down[node] + self.y[node]
            old = found.get(at)
            if old is not None:
                above, below = max(above, old.above), max(below, old.below)
            found[at] = Extent(above, below)
        within = set(nodes)
        for edge, side in self.arches:
            if edge.source not in within:
                continue
            for at in range(graph.rank[edge.source], graph.rank[edge.target] + 1):
                above, below = found.get(at, Extent(0.0, 0.0))
                if side < 0:
                    above = max(above, graph.up[edge.source] + ARCH - self.y[edge.source])
                else:
                    below = max(below, graph.down[edge.source] + ARCH + self.y[edge.source])
                found[at] = Extent(above, below)
        return found

    def series(
        self, nodes: Sequence[int], start: int | None, end: int | None, band: Band, depth: int
    ) -> Extent:
        """Lay out what lies between two nodes (None: nothing), with its cuts on the axis."""
        cuts = self._cuts(nodes, start, end)
        if not cuts:
            return self._parallel(nodes, start, end, band, depth)
        rank = self.graph.rank
        extent = Extent(0.0, 0.0)
        position, before = 0, start
        within = set(nodes)
        for cut in [*cuts, None]:
            piece: list[int] = []
            while position < len(nodes) and nodes[position] != cut:
                piece.append(nodes[position])
                position += 1
            position += 1
            after = end if cut is None else cut
            inner = before in within and after in within
            own = self._arch(before, after) if inner and piece else Band()
            if piece:
                tight = Band(max(band.above, own.above), max(band.below, own.below))
                extent = _union(extent, self._parallel(piece, before, after, tight, depth))
            extent = _union(extent, Extent(own.above, own.below))
            if cut is not None:
                self.y[cut] = 0.0
                extent = _union(extent, Extent(self.graph.up[cut], self.graph.down[cut]))
                assert before is None or rank[before] < rank[cut]
                before = cut
        return extent

    def _cuts(self, nodes: Sequence[int], start: int | None, end: int | None) -> list[int]:
        """The nodes between two others that everything passes through; links between those two
        themselves do not count.
        """
        graph, rank, within = self.graph, self.graph.rank, set(nodes)
        low, high = rank[nodes[0]], rank[nodes[-1]]
        over = [0] * (high - low + 3)
        many = [0] * (high - low + 1)
        for node in nodes:
            here = rank[node] - low
            many[here] += 1
            for edge in graph.leaving[node]:
                if edge.target in within:
                    there = rank[edge.target] - low
                elif edge.target == end:
                    there = high - low + 1
                else:
                    continue
                if there > here + 1:
                    over[here + 1] += 1
                    over[there] -= 1
            if start is not None and here > 0:
                if any(edge.source == start for edge in graph.arriving[node]):
                    over[0] += 1
                    over[here] -= 1
        found: list[int] = []
        passing = 0
        covered: list[bool] = []
        for number in range(high - low + 1):
            passing += over[number]
            covered.append(passing > 0)
        for node in nodes:
            here = rank[node] - low
            if many[here] == 1 and not covered[here]:
                found.append(node)
        return found

    def _arch(self, start: int | None, end: int | None) -> Band:
        """The room for a link straight from one cut to the next, over the nodes between them."""
        if start is None or end is None:
            return Band()
        graph = self.graph
        above = below = 0.0
        for edge in graph.leaving[start]:
            if edge.target != end:
                continue
            side = 1 if edge.input else -1
            self.arches.append((edge, side))
            if side < 0:
                above = max(graph.up[start], graph.up[end]) + ARCH
            else:
                below = max(graph.down[start], graph.down[end]) + ARCH
        return Band(above, below)

    def _parallel(
        self, nodes: Sequence[int], start: int | None, end: int | None, band: Band, depth: int
    ) -> Extent:
        """Lay out what lies between two cuts, one branch above another."""
        graph = self.graph
        parts = graph.parts(nodes)
        rank = graph.rank
        for part in parts:
            part.sort(key=lambda node: (rank[node], node))
        if len(parts) == 1:
            part = parts[0]
            if depth > _DEEP or not self._cuts(part, start, end):
                placed, above, below = core(graph, part, start, end)
                for node, y in placed.items():
                    self.y[node] = y
                return Extent(above, below)
            return self.series(part, start, end, band, depth + 1)
        parts.sort(key=lambda part: self._port_key(part, start, end))
        lengths = [len({rank[node] for node in part}) for part in parts]
        longest = max(lengths)
        first = lengths.index(longest)
        second = max(length for number, length in enumerate(lengths) if number != first)
        chosen = first if longest >= 2 * second else None
        if chosen is None and len(parts) % 2:
            chosen = len(parts) // 2
        extents = [
            self.series(part, start, end, band if number == chosen else Band(), depth + 1)
            for number, part in enumerate(parts)
        ]
        lines = _lanes(extents, chosen, band)
        for part, line in zip(parts, lines, strict=True):
            for node in part:
                self.y[node] += line
        return Extent(
            max(extent.above - line for extent, line in zip(extents, lines, strict=True)),
            max(extent.below + line for extent, line in zip(extents, lines, strict=True)),
        )

    def _port_key(
        self, part: Sequence[int], start: int | None, end: int | None
    ) -> tuple[float, float, int]:
        """Sorts branches as the ports lie that they come from and lead to, so that none cross."""
        graph = self.graph
        ins = [e.input for node in part for e in graph.leaving[node] if e.target == end]
        outs = [e.output for node in part for e in graph.arriving[node] if e.source == start]
        return (
            sum(ins) / len(ins) if ins else 0.0,
            sum(outs) / len(outs) if outs else 0.0,
            min(part),
        )


def _union(one: Extent, other: Extent) -> Extent:
    return Extent(max(one.above, other.above), max(one.below, other.below))


def _lanes(extents: Sequence[Extent], chosen: int | None, band: Band) -> list[float]:
    """The axes of branches from top to bottom, around the common axis 0; `chosen` lies on it.

    Branches that face each other over the axis are as far from it as one another.
    """
    lines = [0.0] * len(extents)
    if chosen is None:
        below = len(extents) // 2
        above, edges = below - 1, (-max(GAP / 2, band.above), max(GAP / 2, band.below))
    else:
        above, below = chosen - 1, chosen + 1
        edges = (
            min(-extents[chosen].above - GAP, -band.above),
            max(extents[chosen].below + GAP, band.below),
        )
    top, bottom = edges
    while above >= 0 or below < len(extents):
        up = top - extents[above].below if above >= 0 else 0.0
        down = bottom + extents[below].above if below < len(extents) else 0.0
        if up and down:
            down = max(down, -up)
            up = -down
        if above >= 0:
            lines[above], top = up, up - extents[above].above - GAP
        if below < len(extents):
            lines[below], bottom = down, down + extents[below].below + GAP
        above, below = above - 1, below + 1
    return lines
