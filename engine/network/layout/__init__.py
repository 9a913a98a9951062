"""Layout: a place for every node of a network, in layers from left to right, folded into rows.

Pure geometry: it knows nodes, links and the sizes of cards, and draws nothing. `layout` is the one
entry; `graph` ranks nodes, `series` and `core` place them across the flow, `folding` breaks rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from engine.layers.base import Layer
from engine.network.layout.folding import Fold, folded
from engine.network.layout.graph import Graph
from engine.network.layout.series import Rows
from engine.network.network import Network, Node
from engine.network.project import Point

__all__ = ["Cancelled", "layout"]

_APART = 120.0
"""Between parts of a network that no link joins, in pixels at zoom 1."""
_GAP = 80.0
_SHAPE = 1.7


class Cancelled(Exception):  # noqa: N818 - not an error: somebody asked for it
    """The layout was told to stop; nothing has changed."""


def layout(
    network: Network,
    sizes: Mapping[str, tuple[float, float]],
    names: Iterable[str] | None = None,
    *,
    middles: Mapping[str, float] | None = None,
    stages: Mapping[str, int] | None = None,
    around: Mapping[str, Point] | None = None,
    progress: Callable[[float], bool] | None = None,
) -> dict[str, Point]:
    """The top left corner of each node, or of each of `names`, in scene pixels.

    Args:
        sizes: width and height of each card, in pixels; 220 x 92 where one is not given.
        middles: how far below a card's top its ports are centred; half its height by default.
            Nodes of one path have their ports on one line.
        stages: a number for each node's spatial size; rows end where it changes. Without it a
            stride other than 1 is taken for such a change.
        around: places of now; what is laid out stays centred where it is. Else it begins at (0, 0).
        progress: told how much is done, 0 to 1; answers whether to go on.

    Raises:
        Cancelled: `progress` answered False.
    """
    wanted = network.nodes if names is None else names
    graph = Graph(network, wanted, sizes, middles or {})
    if not graph.names:
        return {}
    found = [0.0] * len(graph.names), [0.0] * len(graph.names)
    _tell(progress, 0.1)
    known = stages or _stages(network, graph)
    parts = graph.parts(range(len(graph.names)))
    rows = Rows(graph)
    boxes: list[tuple[Sequence[int], float, float]] = []
    done = 0
    for part in parts:
        rows.body(part)
        fold = folded(graph, rows, part, known)
        _set(graph, rows, part, fold, found)
        boxes.append((part, fold.width, fold.height))
        done += len(part)
        _tell(progress, 0.1 + 0.9 * done / len(graph.names))
    _pack(boxes, found)
    return _moved(graph, found, sizes, around)


def _tell(progress: Callable[[float], bool] | None, done: float) -> None:
    if progress is not None and not progress(done):
        raise Cancelled


def _stages(network: Network, graph: Graph) -> dict[str, int]:
    """How often the size has been reduced on the way to each node, as far as strides tell."""
    found = [0] * len(graph.names)
    for node in graph.order:
        before = max((found[edge.source] for edge in graph.arriving[node]), default=0)
        found[node] = before + _reduces(network.nodes[graph.names[node]])
    return {name: found[number] for number, name in enumerate(graph.names)}


def _reduces(node: Node) -> bool:
    content = node.content
    if not isinstance(content, Layer):
        return False
    stride = getattr(content, "stride", 1)
    if stride is None:
        stride = getattr(content, "kernel_size", 1)
    return stride not in (1, (1, 1), (1, 1, 1)) or content.kind() == "Flatten"


def _set(
    graph: Graph,
    rows: Rows,
    part: Sequence[int],
    fold: Fold,
    found: tuple[list[float], list[float]],
) -> None:
    """Give the nodes of one part their places, its top left corner at (0, 0)."""
    low = min(graph.rank[node] for node in part)
    for node in part:
        x, line = fold.place(graph.rank[node] - low, rows.anchor[node] - low)
        found[0][node] = x
        found[1][node] = line + rows.y[node] - graph.up[node]


def _pack(
    boxes: Sequence[tuple[Sequence[int], float, float]], found: tuple[list[float], list[float]]
) -> None:
    """Put parts side by side on shelves; single nodes last, in rows of their own."""
    xs, ys = found
    joined = [box for box in boxes if len(box[0]) > 1]
    alone = [box for box in boxes if len(box[0]) == 1]
    area = sum((width + _APART) * (height + _APART) for _, width, height in boxes)
    room = max([(area * _SHAPE) ** 0.5, *(width for _, width, _ in boxes)])
    y = 0.0
    for shelf, gap in ((joined, _APART), (alone, _GAP)):
        x = highest = 0.0
        for part, width, height in shelf:
            if x > 0 and x + width > room:
                x, y, highest = 0.0, y + highest + gap, 0.0
            for node in part:
                xs[node] += x
                ys[node] += y
            x += width + gap
            highest = max(highest, height)
        y += highest + _APART if shelf else 0.0


def _moved(
    graph: Graph,
    found: tuple[list[float], list[float]],
    sizes: Mapping[str, tuple[float, float]],
    around: Mapping[str, Point] | None,
) -> dict[str, Point]:
    """The places, shifted so that what was there before is centred where it was."""
    xs, ys = found
    x = y = 0.0
    known = [name for name in graph.names if around and name in around]
    if around and known:
        x = _centre([around[name][0] for name in known]) - _centre(xs)
        y = _centre([around[name][1] for name in known]) - _centre(ys)
        x, y = round(x / 20) * 20.0, round(y / 20) * 20.0
    return {name: (xs[number] + x, ys[number] + y) for number, name in enumerate(graph.names)}


def _centre(values: Sequence[float]) -> float:
    return (min(values) + max(values)) / 2
