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
from engine.network.network import Network

SIZES = ("out_features", "out_channels")
"""The parameters that set how many maps or features come out."""


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

    It goes upstream through layers that keep the number; None where branches meet before one sets it.
    """
    wanted = _size(view, place)
    while True:
        content = view.content(place)
        if not isinstance(content, Layer):
            return None
        for parameter in SIZES:
            if isinstance(content.values.get(parameter), int):
                return view.structure.order[place], parameter
        feed = view.structure.feeds[place]
        if not isinstance(feed, int) or _size(view, feed) != wanted:
            return None
        place = feed


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
