"""Whether one port can feed another, asked while a link is in the hand."""

from __future__ import annotations

from engine.analysis import Analysis
from engine.layers.base import Layer, Shape, ShapeError
from engine.network import order, ports
from engine.network.network import Link
from engine.network.project import Project


def ancestors(project: Project, name: str) -> frozenset[str]:
    """A node and all that feeds it, near or far."""
    return _reach(project, name, forward=False)


def descendants(project: Project, name: str) -> frozenset[str]:
    """A node and all that it feeds, near or far."""
    return _reach(project, name, forward=True)


def _reach(project: Project, name: str, forward: bool) -> frozenset[str]:
    """One search for a whole drag, instead of one per target."""
    near = order.targets(project.network) if forward else order.sources(project.network)
    seen, waiting = {name}, [name]
    while waiting:
        for link in near.get(waiting.pop(), ()):
            other = link.target if forward else link.source
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return frozenset(seen)


def refusal(project: Project, analysis: Analysis, link: Link) -> str:
    """Why this link would not do, in a short sentence; empty when it would.

    Loops are for the caller to find, with `ancestors` or `descendants`, once per drag.
    """
    network = project.network
    source, target = network.nodes[link.source], network.nodes[link.target]
    gives, takes = ports.outputs(network, source), ports.inputs(network, target)
    given = gives[link.output] == "indices"
    taken = takes[min(link.input, len(takes) - 1)] == "indices"
    if given != taken:
        if given:
            return "Pooling indices go to the indices port of a MaxUnpool2d."
        return "This port takes the indices of a MaxPool2d with return_indices."
    report = analysis.nodes.get(link.source)
    if report is None or link.output >= len(report.outputs):
        return ""
    if not isinstance(target.content, Layer):
        return ""
    return _shape_refusal(project, analysis, link, target.content, report.outputs[link.output])


def _shape_refusal(
    project: Project, analysis: Analysis, link: Link, layer: Layer, shape: Shape
) -> str:
    """What the layer says to this shape together with those at its other inputs, if all are known."""
    shapes: dict[int, Shape] = {}
    for feed in order.sources(project.network).get(link.target, ()):
        report = analysis.nodes.get(feed.source)
        if report is None or feed.output >= len(report.outputs):
            return ""
        shapes[feed.input] = report.outputs[feed.output]
    shapes[link.input] = shape
    needed = len(layer.ports_in)
    if any(number not in shapes for number in range(needed)):
        return ""
    try:
        layer.outputs(*(shapes[number] for number in sorted(shapes)))
    except ShapeError as error:
        return f"{link.target} {error.message}."
    return ""
