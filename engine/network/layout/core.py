"""What does not fall into branches: layers ordered by counting crossings, then straightened.

Ordering by barycentres with dummy vertices on long links (Sugiyama, Tagawa and Toda, Methods for
visual understanding of hierarchical system structures, 1981); lines by Brandes and Köpf, Fast and
simple horizontal coordinate assignment, 2001, with blocks packed along their longest paths.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from engine.network.layout.graph import Graph

_GAP = 68.0
_LANE = 20.0
"""Half the height that a link takes which passes a layer."""
_SWEEPS = 12
_ENOUGH = 40_000
"""Dummy vertices; with more, long links no longer keep a lane of their own."""


@dataclass
class Layers:
    """Vertices by layer, in order: nodes of the graph, and -1 for a link that passes.

    `before` and `behind` are each vertex' neighbours one layer up the flow and down it, with the
    place of the port there and here between 0 and 1.
    """

    node: list[int] = field(default_factory=list[int])
    rows: list[list[int]] = field(default_factory=list[list[int]])
    before: list[list[tuple[int, float, float]]] = field(
        default_factory=list[list[tuple[int, float, float]]]
    )
    behind: list[list[tuple[int, float, float]]] = field(
        default_factory=list[list[tuple[int, float, float]]]
    )
    pull: dict[int, float] = field(default_factory=dict[int, float])
    """For vertices linked to what lies behind the last layer: the port there."""

    def vertex(self, node: int, layer: int) -> int:
        self.node.append(node)
        self.rows[layer].append(len(self.node) - 1)
        self.before.append([])
        self.behind.append([])
        return len(self.node) - 1

    def join(self, one: int, other: int, out: float, into: float) -> None:
        self.behind[one].append((other, into, out))
        self.before[other].append((one, out, into))


def core(
    graph: Graph, nodes: Sequence[int], start: int | None, end: int | None
) -> tuple[dict[int, float], float, float]:
    """The line of each node, in pixels from the common axis, and how far all reach above and below.

    `nodes` are sorted by rank.
    """
    layers = _layers(graph, nodes, end)
    _arrange(layers)
    heights = [
        (graph.up[node], graph.down[node]) if node >= 0 else (_LANE, _LANE) for node in layers.node
    ]
    y = _lines(layers, heights)
    top = min(y[v] - heights[v][0] for v in range(len(y)) if layers.node[v] >= 0)
    bottom = max(y[v] + heights[v][1] for v in range(len(y)) if layers.node[v] >= 0)
    middle = round((top + bottom) / 20) * 10.0
    placed = {node: y[v] - middle for v, node in enumerate(layers.node) if node >= 0}
    return placed, middle - top, bottom - middle


def _layers(graph: Graph, nodes: Sequence[int], end: int | None) -> Layers:
    """Vertices for the nodes and for every layer that a link passes."""
    rank = graph.rank
    low, high = rank[nodes[0]], rank[nodes[-1]]
    layers = Layers(rows=[[] for _ in range(high - low + 1)])
    vertex = {node: layers.vertex(node, rank[node] - low) for node in nodes}
    passed = sum(
        rank[edge.target] - rank[node] - 1
        for node in nodes
        for edge in graph.leaving[node]
        if edge.target in vertex
    )
    for node in nodes:
        outputs = 1 + max((edge.output for edge in graph.leaving[node]), default=0)
        for edge in graph.leaving[node]:
            out = (edge.output + 1) / (outputs + 1)
            inside = edge.target in vertex
            if not inside and edge.target != end:
                continue
            inputs = 1 + max(other.input for other in graph.arriving[edge.target])
            into = (edge.input + 1) / (inputs + 1)
            last = rank[edge.target] - 1 if inside else high
            at = vertex[node]
            for layer in range(rank[node] + 1, last + 1) if passed <= _ENOUGH else ():
                further = layers.vertex(-1, layer - low)
                layers.join(at, further, out, 0.5)
                at, out = further, 0.5
            if inside:
                layers.join(at, vertex[edge.target], out, into)
            else:
                layers.pull[at] = into
    return layers


# Order


def _arrange(layers: Layers) -> None:
    """Order every layer so that few links cross: sweeps there and back, the best kept."""
    rows = layers.rows
    place = [0.0] * len(layers.node)

    def number(row: list[int]) -> None:
        for position, vertex in enumerate(row):
            place[vertex] = float(position)

    for row in rows:
        number(row)
    best, kept = _crossings(layers, place), [list(row) for row in rows]
    for sweep in range(_SWEEPS):
        if best == 0 and sweep > 1:
            break
        forward = sweep % 2 == 0
        near = layers.before if forward else layers.behind
        for row in rows if forward else reversed(rows):
            _sort(row, near, place, {} if forward or row is not rows[-1] else layers.pull)
            number(row)
        found = _crossings(layers, place)
        if found < best or (found == best and sweep < 2):
            best, kept = found, [list(row) for row in rows]
    layers.rows[:] = kept


def _sort(
    row: list[int],
    near: Sequence[Sequence[tuple[int, float, float]]],
    place: Sequence[float],
    pull: dict[int, float],
) -> None:
    """Sort a layer by the mean place of each vertex' neighbours; those without stay where they are."""
    keys: list[tuple[float, float, int]] = []
    free: list[tuple[int, int]] = []
    for position, vertex in enumerate(row):
        links = near[vertex]
        if links:
            mean = sum(place[other] + port for other, port, _ in links) / len(links)
            keys.append((mean, place[vertex], vertex))
        elif vertex in pull:
            keys.append((pull[vertex], place[vertex], vertex))
        else:
            free.append((position, vertex))
    keys.sort()
    row[:] = [vertex for _, _, vertex in keys]
    for position, vertex in free:
        row.insert(position, vertex)


def _crossings(layers: Layers, place: Sequence[float]) -> int:
    """How many pairs of links cross between neighbouring layers."""
    total = 0
    for row in layers.rows:
        ends: list[tuple[float, float]] = []
        for vertex in row:
            for other, into, out in layers.behind[vertex]:
                ends.append((place[vertex] + out, place[other] + into))
        ends.sort()
        seen: list[float] = []
        for _, target in ends:
            total += len(seen) - bisect_right(seen, target)
            insort(seen, target)
    last = sorted((place[v], layers.pull[v]) for v in layers.rows[-1] if v in layers.pull)
    return total + sum(a[1] > b[1] for a, b in pairwise(last))


# Lines


def _lines(layers: Layers, heights: Sequence[tuple[float, float]]) -> list[float]:
    """The line of every vertex: the mean of the two middle ones of four alignments."""
    conflicts = _conflicts(layers)
    found: list[list[float]] = []
    for forward in (True, False):
        for downward in (True, False):
            align = _aligned(layers, conflicts, forward, downward)
            found.append(_packed(layers, align, heights, downward))
    narrow = min(found, key=lambda y: max(y) - min(y))
    for number, y in enumerate(found):
        # All lie against the same edge as the narrowest, upward or downward as they were packed.
        upper = number % 2 == 0
        shift = min(narrow) - min(y) if upper else max(narrow) - max(y)
        found[number] = [value + shift for value in y]
    return [median(four) for four in zip(*found, strict=True)]


def _conflicts(layers: Layers) -> set[tuple[int, int]]:
    """Links that cross a link which passes: those give way."""
    found: set[tuple[int, int]] = set()
    node = layers.node
    for upper, lower in pairwise(layers.rows):
        place = {vertex: position for position, vertex in enumerate(upper)}
        first = scanned = 0
        for position, vertex in enumerate(lower):
            inner = next(
                (u for u, _, _ in layers.before[vertex] if node[vertex] < 0 and node[u] < 0), None
            )
            if inner is None and position < len(lower) - 1:
                continue
            last = len(upper) - 1 if inner is None else place[inner]
            for other in lower[scanned : position + 1]:
                for u, _, _ in layers.before[other]:
                    if not first <= place.get(u, first) <= last:
                        if not (node[u] < 0 and node[other] < 0):
                            found.add((u, other))
            scanned, first = position + 1, last
    return found


def _aligned(
    layers: Layers, conflicts: set[tuple[int, int]], forward: bool, downward: bool
) -> list[int]:
    """Chains of vertices that shall lie on one line: for each, the first one of its chain."""
    count = len(layers.node)
    root, following = list(range(count)), list(range(count))
    near = layers.before if forward else layers.behind
    place = [0] * count
    for row in layers.rows:
        for position, vertex in enumerate(row):
            place[vertex] = position
    for row in layers.rows if forward else reversed(layers.rows):
        limit = -1 if downward else 1 << 60
        for vertex in row if downward else reversed(row):
            links = sorted(near[vertex], key=lambda link: (place[link[0]], link[1]))
            if not links:
                continue
            halves = ((len(links) - 1) // 2, len(links) // 2)
            for half in halves if downward else reversed(halves):
                other = links[half][0]
                pair = (other, vertex) if forward else (vertex, other)
                if following[vertex] != vertex or pair in conflicts:
                    continue
                if limit < place[other] if downward else place[other] < limit:
                    following[other] = vertex
                    root[vertex] = root[other]
                    following[vertex] = root[vertex]
                    limit = place[other]
    return root


def _packed(
    layers: Layers, root: Sequence[int], heights: Sequence[tuple[float, float]], downward: bool
) -> list[float]:
    """The lines of chains as close together as cards allow, packed upward or downward."""
    after: dict[int, list[tuple[int, float]]] = {}
    waiting: dict[int, int] = dict.fromkeys(root, 0)
    for one, other, apart in _neighbours(layers, heights):
        a, b = (one, other) if downward else (other, one)
        after.setdefault(root[a], []).append((root[b], apart))
        waiting[root[b]] += 1
    line = dict.fromkeys(waiting, 0.0)
    ready = [block for block, count in waiting.items() if count == 0]
    done: list[int] = []
    while ready:
        block = ready.pop()
        done.append(block)
        for other, apart in after.get(block, ()):
            line[other] = max(line[other], line[block] + apart)
            waiting[other] -= 1
            if waiting[other] == 0:
                ready.append(other)
    for block in reversed(done):
        # What could lie nearer to what follows it goes there.
        room = min((line[other] - apart for other, apart in after.get(block, ())), default=None)
        if room is not None:
            line[block] = max(line[block], room)
    return [line[block] if downward else -line[block] for block in root]


def _neighbours(
    layers: Layers, heights: Sequence[tuple[float, float]]
) -> Iterator[tuple[int, int, float]]:
    """Vertices next to each other in a layer, and how far apart their lines must be."""
    node = layers.node
    for row in layers.rows:
        for one, other in pairwise(row):
            gap = _GAP if node[one] >= 0 and node[other] >= 0 else _GAP / 4
            yield one, other, heights[one][1] + heights[other][0] + gap
