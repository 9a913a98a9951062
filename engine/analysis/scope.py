"""The inside of a block as it is drawn, with the shapes and values of the instance that was entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.analysis.analyse import analyse
from engine.analysis.report import Analysis, Problem
from engine.layers.base import Layer, Shape
from engine.layers.io.input import Input
from engine.network.active import active
from engine.network.blocks import BlockError, expand
from engine.network.network import Instance, Network
from engine.network.order import sources
from engine.network.project import Project
from engine.network.scope import Scope, block_name, opened


def inside(project: Project, analysis: Analysis, scope: Scope) -> Analysis:
    """The analysis of the network inside a block; `analysis` is that of the whole project.

    It is that of the first application of the instance entered. Where no shape arrives there, or
    the instance is not there at all with these values, the block's own Inputs say what to assume.
    A node that is absent in this instance has an unknown report. Raises `EditError` where the
    scope leads nowhere.
    """
    part, found = replace(project, network=active(project.network)), analysis
    trouble = ""
    for depth, name in enumerate(scope, 1):
        block = block_name(project, scope[:depth])
        node = part.network.nodes.get(name)
        instance = node.content if node is not None else None
        if not isinstance(instance, Instance):
            instance = Instance(block)
        shapes = _arriving(part.network, found, name)
        try:
            inner = expand(project.network, instance, 0, _channels(project, block, shapes))
        except BlockError as error:
            trouble = str(error)
            inner = active(opened(project, scope[:depth]).network)
        part = replace(project, network=_given(inner, shapes))
        found = analyse(part, part=True)
    if trouble:
        problem = Problem("", "", f"{trouble.removesuffix('.')}.")
        found = replace(found, problems=(problem, *found.problems))
    return found


def _arriving(network: Network, analysis: Analysis, name: str) -> Sequence[Shape | None]:
    """The shape at each input of a node, as far as it is known."""
    report = analysis.nodes.get(name)
    if report is not None and report.inputs:
        return report.inputs
    shapes: dict[int, Shape] = {}
    for link in sources(network).get(name, ()):
        source = analysis.nodes.get(link.source)
        if source is not None and link.output < len(source.outputs):
            shapes[link.input] = source.outputs[link.output]
    return [shapes.get(number) for number in range(max(shapes, default=-1) + 1)]


def _channels(project: Project, block: str, shapes: Sequence[Shape | None]) -> int | None:
    """The channels of the first input, or those that the block's own first Input says."""
    if shapes and shapes[0]:
        return shapes[0][0]
    nodes = project.network.blocks[block].network.nodes.values()
    inputs = (node.content for node in nodes if isinstance(node.content, Input))
    return next((layer.shape[0] for layer in inputs), None)


def _given(inner: Network, shapes: Sequence[Shape | None]) -> Network:
    """The network with its Inputs of these shapes, in their order."""
    names = [name for name, node in inner.nodes.items() if isinstance(node.content, Input)]
    nodes = dict(inner.nodes)
    for name, shape in zip(names, shapes, strict=False):
        if shape is not None:
            layer: Layer = Input(shape=tuple(shape))
            nodes[name] = replace(nodes[name], content=layer)
    return replace(inner, nodes=nodes)
