"""Folding: a long network in rows that read like text, broken where few links pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt

from engine.network.layout.graph import Graph
from engine.network.layout.series import ARCH, Rows

COLUMN_GAP = 80.0
"""Between cards in neighbouring columns, in pixels at zoom 1."""
ROW_GAP = 104.0
"""Between the rows of a folded network: a link runs back through it."""
_CLEAR = 20.0
_WIDEST = 3.0
"""Times as wide as high, at most, where there is enough to fold."""
_WANTED = 1.7
_LEAST = 4.6 * 300.0
"""A row this short is not broken."""
_SNAP = 20.0


@dataclass
class Fold:
    """Where rows end: `ends` are the last columns, `lines` the axes, `left` each column's place."""

    ends: list[int]
    lines: list[float]
    left: list[float]
    width: float
    height: float


@dataclass
class _Columns:
    """What is known of each column: its width, its reach above and below the axis, the links that
    pass to the next one, and how good it is to begin a row after it (1 at the end of a stage).
    """

    widths: list[float]
    above: list[float]
    below: list[float]
    passing: list[int]
    ends: list[float]
    crossing: list[list[tuple[float, float]]]
    """Of each link to the next column: the lower edge of its source and the upper of its target."""


def folded(graph: Graph, rows: Rows, nodes: Sequence[int], stages: Mapping[str, int]) -> Fold:
    """The rows of a connected part, of the shape that a window has."""
    columns = _columns(graph, rows, nodes, stages)
    total = sum(columns.widths) + COLUMN_GAP * (len(columns.widths) - 1)
    if total <= _LEAST:
        return _built(columns, [len(columns.widths) - 1])
    height = sum(a + b for a, b in zip(columns.above, columns.below, strict=True))
    height = height / len(columns.widths) + ROW_GAP
    guess = sqrt(total * height * _WANTED)
    best: tuple[float, Fold] | None = None
    for factor in (1.0, 0.8, 1.25, 0.64, 1.5):
        width = max(_LEAST, guess * factor)
        ends, cost = _broken(columns, width)
        fold = _built(columns, ends)
        shape = fold.width / fold.height
        worse = abs(log(shape / _WANTED)) + (4.0 if shape > _WIDEST else 0.0)
        score = worse + cost / len(ends)
        if best is None or score < best[0]:
            best = score, fold
    assert best is not None
    return best[1]


def _columns(
    graph: Graph, rows: Rows, nodes: Sequence[int], stages: Mapping[str, int]
) -> _Columns:
    low = min(graph.rank[node] for node in nodes)
    count = max(graph.rank[node] for node in nodes) - low + 1
    columns = _Columns(
        [0.0] * count,
        [0.0] * count,
        [0.0] * count,
        [0] * (count + 1),
        [0.0] * count,
        [[] for _ in range(count)],
    )
    for node in nodes:
        at, y = graph.rank[node] - low, rows.y[node]
        columns.widths[at] = max(columns.widths[at], graph.widths[node])
        columns.above[at] = max(columns.above[at], graph.up[node] - y)
        columns.below[at] = max(columns.below[at], graph.down[node] + y)
        for edge in graph.leaving[node]:
            there = graph.rank[edge.target] - low
            columns.passing[at] += 1
            columns.passing[there] -= 1
            ends = graph.down[node] + y, rows.y[edge.target] - graph.up[edge.target]
            for passed in range(at, there) if there - at < 50 else ():
                columns.crossing[passed].append(ends)
        _mark(graph, node, at, columns.ends, stages)
    passing = 0
    for number in range(count):
        passing += columns.passing[number]
        columns.passing[number] = passing
    for edge, side in rows.arches:
        for at in range(graph.rank[edge.source] - low, graph.rank[edge.target] - low + 1):
            if not 0 <= at < count:
                break
            reach = columns.above if side < 0 else columns.below
            edge_of = graph.up if side < 0 else graph.down
            reach[at] = max(reach[at], edge_of[edge.source] + ARCH + side * rows.y[edge.source])
    return columns


def _mark(
    graph: Graph, node: int, at: int, ends: list[float], stages: Mapping[str, int]
) -> None:
    """Note where a stage ends: where the spatial size changes, behind a pooling, else before."""
    stage = stages.get(graph.names[node])
    if stage is None:
        return
    before = [stages.get(graph.names[edge.source], stage) for edge in graph.arriving[node]]
    if not before or max(before) == stage:
        return
    ends[at] = max(ends[at], 1.0)
    for back, good in ((1, 0.9), (2, 0.8)):
        if at >= back:
            ends[at - back] = max(ends[at - back], good)


def _broken(columns: _Columns, width: float) -> tuple[list[int], float]:
    """The last column of each row, no row wider than `width`, and what the breaks cost."""
    count = len(columns.widths)
    costs = [0.0] + [1e18] * count
    came = [0] * (count + 1)
    for end in range(1, count + 1):
        used = -COLUMN_GAP
        passing, stage = columns.passing[end - 1], columns.ends[end - 1]
        if end == count:
            here = 0.0
        elif passing <= 1:
            here = 0.12 - 0.3 * stage
        else:
            here = min(2.5, 0.6 + 0.25 * (passing - 2)) - 0.1 * stage
        for begin in range(end - 1, -1, -1):
            used += columns.widths[begin] + COLUMN_GAP
            if used > width and begin < end - 1:
                break
            ragged = (1.0 - min(1.0, used / width)) ** 2
            cost = costs[begin] + here + ragged * (0.2 if end == count else 1.0)
            if cost < costs[end]:
                costs[end], came[end] = cost, begin
    ends: list[int] = []
    at = count
    while at > 0:
        ends.append(at - 1)
        at = came[at]
    return ends[::-1], costs[count]


def _built(columns: _Columns, ends: Sequence[int]) -> Fold:
    """Rows one below another, as near as their cards and the links back between them allow."""
    lines: list[float] = []
    left: list[float] = []
    begin, widest, bottom = 0, 0.0, 0.0
    for number, end in enumerate(ends):
        x = 0.0
        for column in range(begin, end + 1):
            left.append(x)
            x += columns.widths[column] + COLUMN_GAP
        widest = max(widest, x - COLUMN_GAP)
        above = max(columns.above[begin : end + 1])
        below = max(columns.below[begin : end + 1])
        if number == 0:
            line = above
        else:
            last = ends[number - 1]
            apart = _apart(bottom, above, columns.crossing[last])
            line = lines[-1] + -(-apart // _SNAP) * _SNAP
        lines.append(line)
        bottom = below
        begin = end + 1
    return Fold(list(ends), lines, left, widest, lines[-1] + bottom)


def _apart(bottom: float, above: float, links: Sequence[tuple[float, float]]) -> float:
    """How far apart the axes of two rows are. A link back runs half way between the cards it joins;
    there no card may be.
    """
    apart = bottom + ROW_GAP + above
    for low, high in links:
        apart = max(apart, 2 * (bottom + _CLEAR) - low - high)
        apart = max(apart, 2 * (above + _CLEAR) + low + high)
    return apart
