"""The inside of a block as it is drawn, with the shapes and values of the instance that was entered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from engine.analysis.analyse import add_idle, analyse
from engine.analysis.report import Analysis, Problem
from engine.fields import Value
from engine.layers.base import Indices, Layer, Shape
from engine.layers.io.input import Input
from engine.network.active import active
from engine.network.blocks import BlockError, arguments, expand
from engine.network.expressions import IN_CHANNELS
from engine.network.network import Instance, Network
from engine.network.order import sources
from engine.network.project import Project
from engine.network.scope import Scope, block_name, opened


@dataclass(frozen=True)
class Entered:
    """The inside of an instance: the `network` that runs there, its arithmetic done, its `analysis`,
    and the `values` of the promoted parameters, with `in_channels` where it is known.
    """

    network: Network
    analysis: Analysis
    values: Mapping[str, Value]


def inside(project: Project, analysis: Analysis, scope: Scope) -> Analysis:
    """The analysis of the network inside a block, as `entered` has it."""
    return entered(project, analysis, scope).analysis


def entered(project: Project, analysis: Analysis, scope: Scope) -> Entered:
    """What a block is where it is entered; `analysis` is that of the whole project.

    It is the first application of the instance entered. Where no shape arrives there, or the
    instance is not there at all with these values, the block's own Inputs say what to assume. A
    node that is absent in this instance is not in the network and has an unknown report. Raises
    `EditError` where the scope leads nowhere.
    """
    part, found = replace(project, network=active(project.network)), analysis
    values: dict[str, Value] = {}
    trouble = ""
    for depth, name in enumerate(scope, 1):
        block = block_name(project, scope[:depth])
        node = part.network.nodes.get(name)
        instance = node.content if node is not None else None
        if not isinstance(instance, Instance):
            instance = Instance(block)
        shapes = _arriving(part.network, found, name)
        channels = _channels(project, block, shapes)
        values = dict(project.network.blocks[block].parameters)
        try:
            values = dict(arguments(project.network, instance))
            inner = expand(project.network, instance, 0, channels)
        except BlockError as error:
            trouble = str(error)
            inner = active(opened(project, scope[:depth]).network)
        if channels is not None:
            values.setdefault(IN_CHANNELS, channels)
        part = replace(project, network=_given(inner, shapes))
        found = analyse(part, part=True)
    if scope:
        nodes = dict(found.nodes)
        add_idle(nodes, opened(project, scope).network)
        found = replace(found, nodes=nodes)
    if trouble:
        found = _troubled(found, trouble, block_name(project, scope))
    return Entered(part.network, found, values)


def _troubled(analysis: Analysis, trouble: str, block: str) -> Analysis:
    """The analysis with what stands in the way of opening the block, at its node where it names one."""
    sentence = f"{trouble.removesuffix('.')}."
    name = sentence.removeprefix(f"{block}/").partition(":")[0]
    if not sentence.startswith(f"{block}/") or name not in analysis.nodes:
        problem = Problem("", "", sentence)
        return replace(analysis, problems=(problem, *analysis.problems))
    problem = Problem(name, "", sentence.removeprefix(f"{block}/"))
    report = analysis.nodes[name]
    told = report._replace(problems=(problem, *report.problems))
    return replace(
        analysis,
        nodes={**analysis.nodes, name: told},
        problems=(problem, *analysis.problems),
    )


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
            if isinstance(shape, Indices):
                layer = _Indices(shape=tuple(shape), given=shape)
            nodes[name] = replace(nodes[name], content=layer)
    return replace(inner, nodes=nodes)


@dataclass(frozen=True)
class _Indices(Input):
    """An Input of a block that is given the indices of a max pooling."""

    ports_out: ClassVar[tuple[str, ...]] = ("indices",)
    given: Indices | None = None

    @classmethod
    def kind(cls) -> str:
        return Input.kind()

    def outputs(self, *shapes: Shape) -> tuple[Shape, ...]:
        return (self.given or self.shape,)
