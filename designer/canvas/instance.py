"""What the card of an instance shows of its block: its arguments in few words, and a sketch of its inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from designer.style import theme
from engine.fields import Value
from engine.layers.base import Layer
from engine.network.network import Block, Instance, Network, Node
from engine.network.project import Point

_COLUMN, _ROW = 120.0, 60.0
"""Cards nearer to each other than this, in scene pixels, stand in one column, or one row, of the sketch."""
_WIDEST, _HIGHEST = 22.0, 13.0
_FILLED = 0.66
"""How much of its column a bar takes."""


class Sketch(NamedTuple):
    """The inside of a block: `bars` are (family, column, row), `links` pairs of bars."""

    columns: int
    rows: int
    bars: tuple[tuple[str, int, int], ...]
    links: tuple[tuple[int, int], ...]


def sketch(blocks: Mapping[str, Block], name: str, placement: Mapping[str, Point]) -> Sketch:
    """The sketch of the block that is called `name`, from the places of its nodes."""
    block = blocks[name]
    nodes = block.network.nodes
    places = [placement.get(f"{name}/{inner}", (0.0, 0.0)) for inner in nodes]
    columns = _ranks((x for x, _ in places), _COLUMN)
    rows = _ranks((y for _, y in places), _ROW)
    numbers = {inner: number for number, inner in enumerate(nodes)}
    return Sketch(
        max(columns.values(), default=0) + 1,
        max(rows.values(), default=0) + 1,
        tuple(
            (_hue(node, blocks), columns[x], rows[y])
            for node, (x, y) in zip(nodes.values(), places, strict=True)
        ),
        tuple(sorted((numbers[link.source], numbers[link.target]) for link in block.network.links)),
    )


def caption(network: Network, instance: Instance) -> str:
    """The arguments that are not the block's own defaults; without any, what the block is for."""
    block = network.blocks.get(instance.block)
    defaults = dict(block.parameters) if block is not None else {}
    words = [
        _argument(name, value)
        for name, value in instance.arguments
        if name not in defaults or value != defaults[name]
    ]
    words += [f"first {_argument(name, value)}" for name, value in instance.first]
    if not words and block is not None:
        return block.help.split(";")[0].split(",")[0]
    return " · ".join(words)


def paint_specks(painter: QPainter, card: QRectF, shown: Sketch) -> None:
    """The sketch all over a card, from afar: bars on a pale ground, nothing else."""
    tokens = theme()
    painter.fillRect(card.adjusted(8, 8, -8, -8), tokens.color("raised"))
    box = card.adjusted(20, 14, -20, -14)
    across, down = box.width() / shown.columns, box.height() / shown.rows
    width, height = across * 0.72, min(down * 0.72, 30.0)
    for kind, column, row in shown.bars:
        x = box.left() + (column + 0.14) * across
        y = box.top() + (row + 0.5) * down - height / 2
        painter.fillRect(QRectF(x, y, width, height), tokens.family(kind))


def _hue(node: Node, blocks: Mapping[str, Block], seen: frozenset[str] = frozenset()) -> str:
    """The family of a layer; of an instance, that of the first layer inside that computes."""
    content = node.content
    if isinstance(content, Layer):
        return content.family
    if content.block not in blocks or content.block in seen:
        return "block"
    inner = blocks[content.block].network.nodes.values()
    hues = (_hue(item, blocks, seen | {content.block}) for item in inner)
    return next((hue for hue in hues if hue != "io"), "block")


def draw_sketch(painter: QPainter, box: QRectF, shown: Sketch) -> None:
    """Draw the inside as coloured bars in their places, with thin links, into `box`."""
    across, down = box.width() / shown.columns, box.height() / shown.rows
    width = min(_WIDEST, max(1.5, across * _FILLED))
    height = min(_HIGHEST, max(2.0, down * _FILLED))
    left = box.left() + max(0.0, (min(across, _WIDEST / _FILLED) - width) / 2)
    step = min(across, _WIDEST / _FILLED)
    bars = [
        QRectF(
            left + column * step,
            box.top() + (row + 0.5) * down - height / 2,
            width,
            height,
        )
        for _, column, row in shown.bars
    ]
    tokens = theme()
    painter.setPen(QPen(tokens.color("link"), 1.0))
    painter.drawLines(
        [
            QLineF(bars[a].right(), bars[a].center().y(), bars[b].left(), bars[b].center().y())
            for a, b in shown.links
            if shown.bars[a][1] < shown.bars[b][1]
        ]
    )
    painter.setPen(Qt.PenStyle.NoPen)
    for (kind, _, _), bar in zip(shown.bars, bars, strict=True):
        painter.setBrush(tokens.family(kind))
        painter.drawRoundedRect(bar, 1.5, 1.5)


def _argument(name: str, value: Value) -> str:
    said = value if isinstance(value, str) else str(value).lower()
    if isinstance(value, tuple):
        said = "×".join(map(str, value))
    return f"{name.replace('_', ' ')} {said}"


def _ranks(values: Iterable[float], apart: float) -> dict[float, int]:
    """Each value's number among those that are `apart` from one another."""
    ranks: dict[float, int] = {}
    rank, last = -1, float("-inf")
    for value in sorted(set(values)):
        if value - last > apart:
            rank, last = rank + 1, value
        ranks[value] = rank
    return ranks
