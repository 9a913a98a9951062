"""Folding: a long network in rows that read like text, broken where few links pass."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log, sqrt

from engine.network.layout.graph import Graph
from engine.network.layout.series import ARCH, Rows
from engine.network.project import Point

COLUMN_GAP = 80.0
"""Between cards in neighbouring columns, in pixels at zoom 1."""
ROW_GAP = 104.0
"""Between the rows of a folded network: a link runs back through it."""
_CLEAR = 20.0
_WIDEST = 3.0
"""Times as wide as high, at most, where there is enough to fold."""
_WANTED, _EASE = 1.7, 0.35
"""The best shape, and how far from it (as a logarithm) a shape does as well."""
_LEAST = 4.6 * 300.0
"""A row this short is not broken."""
_LONG = 16 * 300.0
"""A network shorter than this may be wider than that for the sake of good breaks."""
_MANY = 1500
"""Columns; with more, fewer widths are tried."""
_BLOCK = 16
"""Columns of a block at most, as far as the ends of stages go."""
_SNAP = 20.0


@dataclass
class Fold:
    """Where rows are: `firsts` are their first columns, `lines` their axes, `left` is the place of
    each column in one long row.
    """

    firsts: list[int]
    lines: list[float]
    left: list[float]
    width: float
    height: float

    def place(self, column: int, anchor: int) -> Point:
        """Left edge and axis of a column, in the row of column `anchor`."""
        row = bisect_right(self.firsts, anchor) - 1
        return self.left[column] - self.left[self.firsts[row]], self.lines[row]


@dataclass
class _Columns:
    """What is known of each column: its width, its reach above and below the axis, how many links
    pass to the next one, from how many nodes, and how good it is to begin a row after it (1 at
    the end of a stage).
    """

    widths: list[float]
    above: list[float]
    below: list[float]
    passing: list[int]
    strands: list[int]
    ends: list[float]
    right: list[int]
    """The last column of a side path that begins here."""
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
    whole = _built(columns, [len(columns.widths) - 1])
    best = _worse(whole, total), whole
    few = len(columns.widths) > _MANY
    for factor in (1.0, 0.8, 1.25) if few else (1.0, 0.8, 1.25, 0.64, 1.55, 1.9):
        ends, cost = _broken(columns, max(_LEAST, guess * factor))
        fold = _built(columns, ends)
        score = _worse(fold, total) + cost / sqrt(len(ends))
        if score < best[0]:
            best = score, fold
    return best[1]


def _worse(fold: Fold, total: float) -> float:
    """How far a shape is from what a window shows best; `total` is the width in one row."""
    shape = fold.width / fold.height
    worse = max(0.0, abs(log(shape / _WANTED)) - _EASE)
    return worse + max(0.0, shape / _WIDEST - 0.9) if total > _LONG else min(1.2, worse)


def _columns(graph: Graph, rows: Rows, nodes: Sequence[int], stages: Mapping[str, int]) -> _Columns:
    low = min(graph.rank[node] for node in nodes)
    count = max(graph.rank[node] for node in nodes) - low + 1
    columns = _Columns(
        [0.0] * count,
        [0.0] * count,
        [0.0] * count,
        [0] * (count + 1),
        [0] * count,
        [0.0] * count,
        list(range(count)),
        [[] for _ in range(count)],
    )
    sources = [0] * (count + 1)
    reducers: list[int] = []
    for node in nodes:
        at, y = graph.rank[node] - low, rows.y[node]
        columns.widths[at] = max(columns.widths[at], graph.widths[node])
        hung = rows.anchor[node] - low
        columns.right[hung] = max(columns.right[hung], at)
        columns.above[hung] = max(columns.above[hung], graph.up[node] - y)
        columns.below[hung] = max(columns.below[hung], graph.down[node] + y)
        furthest = at
        for edge in graph.leaving[node]:
            there = rows.anchor[edge.target] - low
            if there <= at:
                continue
            furthest = max(furthest, there)
            columns.passing[at] += 1
            columns.passing[there] -= 1
            ends = graph.down[node] + y, rows.y[edge.target] - graph.up[edge.target]
            for passed in range(at, there) if there - at < 50 else ():
                columns.crossing[passed].append(ends)
        if furthest > at:
            sources[at] += 1
            sources[furthest] -= 1
        if _reduces(graph, node, stages):
            reducers.append(at)
    columns.passing = list(accumulate(columns.passing))
    columns.strands = list(accumulate(sources))
    _end_stages(columns, reducers)
    for edge, side in rows.arches:
        for at in range(graph.rank[edge.source] - low, graph.rank[edge.target] - low + 1):
            if not 0 <= at < count:
                break
            reach = columns.above if side < 0 else columns.below
            edge_of = graph.up if side < 0 else graph.down
            reach[at] = max(reach[at], edge_of[edge.source] + ARCH + side * rows.y[edge.source])
    return columns


def _reduces(graph: Graph, node: int, stages: Mapping[str, int]) -> bool:
    """Whether a node's stage is another than that of what feeds it."""
    stage = stages.get(graph.names[node])
    feeds = [stages.get(graph.names[edge.source], stage) for edge in graph.arriving[node]]
    return stage is not None and bool(feeds) and all(before != stage for before in feeds)


def _end_stages(columns: _Columns, reducers: Sequence[int]) -> None:
    """A stage ends behind the column that reduces the size or, where that would break a block, at
    the last place before it where a single link passes.
    """
    for column in reducers:
        for end in range(column, max(-1, column - _BLOCK), -1):
            if columns.passing[end] <= 1:
                columns.ends[end] = 1.0
                break


def _broken(columns: _Columns, width: float) -> tuple[list[int], float]:
    """The last column of each row, no row wider than `width`, and what the breaks cost."""
    count = len(columns.widths)
    costs = [0.0] + [1e18] * count
    came = [0] * (count + 1)
    for end in range(1, count + 1):
        used = -COLUMN_GAP
        here = 0.0 if end == count else _price(columns, end - 1)
        for begin in range(end - 1, -1, -1):
            used += columns.widths[begin] + COLUMN_GAP
            if used > width and begin < end - 1:
                break
            ragged = (1.0 - min(1.0, used / width)) ** 2
            if end == count:
                ragged *= 0.2
            # A row may be short, but not a card or two.
            lonely = 1.2 if end - begin <= 2 and end - begin < count else 0.0
            cost = costs[begin] + here + ragged + lonely / (end - begin)
            if cost < costs[end]:
                costs[end], came[end] = cost, begin
    ends: list[int] = []
    at = count
    while at > 0:
        ends.append(at - 1)
        at = came[at]
    return ends[::-1], costs[count]


def _price(columns: _Columns, column: int) -> float:
    """What it costs to end a row behind a column: little where one link is broken, more where
    several from one node are, most inside branches.
    """
    passing, strands, stage = columns.passing[column], columns.strands[column], columns.ends[column]
    if passing <= 1:
        return 0.12 - 0.3 * stage
    if strands <= 1:
        return 1.2 + 0.1 * passing - 0.1 * stage
    return min(8.0, 4.0 + 0.4 * (strands - 2))


def _built(columns: _Columns, ends: Sequence[int]) -> Fold:
    """Rows one below another, as near as their cards and the links back between them allow."""
    lines: list[float] = []
    firsts: list[int] = []
    left = [0.0, *accumulate(width + COLUMN_GAP for width in columns.widths)]
    begin, widest, bottom = 0, 0.0, 0.0
    for number, end in enumerate(ends):
        firsts.append(begin)
        last = max(columns.right[begin : end + 1])
        widest = max(widest, left[last + 1] - left[begin] - COLUMN_GAP)
        above = max(columns.above[begin : end + 1])
        below = max(columns.below[begin : end + 1])
        if number == 0:
            line = above
        else:
            apart = _apart(bottom, above, columns.crossing[begin - 1])
            line = lines[-1] + -(-apart // _SNAP) * _SNAP
        lines.append(line)
        bottom = below
        begin = end + 1
    return Fold(firsts, lines, left, widest, lines[-1] + bottom)


def _apart(bottom: float, above: float, links: Sequence[tuple[float, float]]) -> float:
    """How far apart the axes of two rows are. A link back runs half way between the cards it joins;
    there no card may be.
    """
    apart = bottom + ROW_GAP + above
    for low, high in links:
        apart = max(apart, 2 * (bottom + _CLEAR) - low - high)
        apart = max(apart, 2 * (above + _CLEAR) + low + high)
    return apart
