"""What a node refuses, as a problem with its fixes; and which layer upstream set a size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.analysis.measure import Shapes
from engine.analysis.propagate import Refusal
from engine.analysis.repairs import as_fix, change
from engine.analysis.report import Fix, NodeReport, Problem
from engine.analysis.structure import Structure
from engine.layers.base import Layer, Shape, ShapeError
from engine.network.network import Instance, Network
from engine.network.order import sources

SIZES = ("out_features", "out_channels")
"""The parameters that set how many maps or features come out."""
KEEPING = ("activation", "normalization", "pooling")
"""Families whose layers put out as many maps or features as they get."""


@dataclass(frozen=True)
class View:
    """A network with its structure and the reports so far, along the order."""

    network: Network
    structure: Structure
    reports: Sequence[NodeReport]

    def content(self, place: int) -> object:
        """The layer or instance at a place."""
        return self.network.nodes[self.structure.order[place]].content


def refusal(view: View, place: int, shapes: Shapes, error: Refusal) -> Problem:
    """The problem of a node that cannot take `shapes`."""
    name = view.structure.order[place]
    if not isinstance(error, ShapeError):
        return Problem(name, "", f"{name} does not work: {error}")
    fixes = [as_fix(name, repair, error.port) for repair in error.repairs]
    content = view.content(place)
    if isinstance(content, Layer) and content.family == "merge":
        fixes[:0] = _alignments(view, place, shapes)
    return Problem(name, error.parameter, f"{name} {error.message}; {error.hint}.", tuple(fixes))


def size_setter(view: View, place: int) -> tuple[str, str] | None:
    """The node and parameter that decide how many maps or features leave a place.

    It goes upstream through layers that keep the number, and into blocks, whose nodes are named
    `instance/node`; None where branches meet before one sets it, or an expression does.
    """
    wanted = _size(view, place)
    while True:
        content = view.content(place)
        if isinstance(content, Instance):
            return _inner_setter(view.network, content, f"{view.structure.order[place]}/")
        if not isinstance(content, Layer):
            return None
        for parameter in SIZES:
            if isinstance(content.values.get(parameter), int):
                return view.structure.order[place], parameter
        feed = view.structure.feeds[place]
        if not isinstance(feed, int) or _size(view, feed) != wanted:
            return None
        place = feed


def _inner_setter(network: Network, instance: Instance, path: str) -> tuple[str, str] | None:
    """The same of what leaves an instance by its first output, which it applies once."""
    block = network.blocks.get(instance.block)
    outputs = (
        (name for name, node in block.network.nodes.items() if node.kind == "Output")
        if block
        else iter(())
    )
    name = next(outputs, "")
    while block is not None and name and instance.repeat == 1:
        feeds = sources(block.network).get(name, ())
        if len(feeds) != 1:
            return None
        name = feeds[0].source
        node = block.network.nodes[name]
        if not isinstance(node.content, Layer):
            return _inner_setter(network, node.content, f"{path}{name}/")
        for parameter in SIZES:
            if parameter in dict(node.expressions):
                return None
            if isinstance(node.content.values.get(parameter), int):
                return f"{path}{name}", parameter
        if node.content.family not in KEEPING:
            return None
    return None


def _size(view: View, place: int) -> int:
    outputs = view.reports[place].outputs
    return outputs[0][0] if outputs else 0


def _alignments(view: View, place: int, shapes: Shapes) -> Iterator[Fix]:
    """For branches that differ in their maps alone: give the others as many as one has."""
    feed = view.structure.feeds[place]
    if not isinstance(feed, tuple) or len({_plane(shape) for shape in shapes}) > 1:
        return
    branches = [source for source, _ in feed]
    for model in dict.fromkeys(shape[0] for shape in shapes):
        odd = [source for source, shape in zip(branches, shapes, strict=True) if shape[0] != model]
        setter = size_setter(view, odd[0]) if len(odd) == 1 else None
        if setter is not None:
            name, parameter = setter
            label = f"Set {name}'s {parameter.replace('_', ' ')} to {model:,}"
            yield change(name, label, **{parameter: model})


def _plane(shape: Shape) -> Shape:
    return shape[1:]
