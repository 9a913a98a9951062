"""Instances of blocks: analysed from the inside, once for equal arguments and equal input shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.analysis.measure import Measures, Shapes, fixed, measures
from engine.analysis.propagate import Refusal, propagate, totals
from engine.analysis.receptive import (
    PIXEL,
    Fields,
    Reaches,
    as_windows,
    onward,
)
from engine.analysis.refusals import View, refusal
from engine.analysis.report import Analysis, Application, NodeReport, Problem
from engine.analysis.structure import Structure, structure
from engine.layers.base import Layer, Shape
from engine.network.blocks import expand, needs_channels
from engine.network.errors import BlockError
from engine.network.network import Block, Instance, Network, Node


class Meters:
    """Measures of every node's content, shared among equal ones, as long as the blocks stay."""

    def __init__(self, blocks: Mapping[str, Block]) -> None:
        self.blocks = blocks
        self._instances: dict[Instance, BlockMeasures] = {}
        self._open: list[str] = []

    def of(self, node: Node) -> Measures:
        """The measures of a node's layer or instance."""
        if isinstance(node.content, Layer):
            return measures(node.content)
        found = self._instances.get(node.content)
        if found is None:
            found = self._instances[node.content] = BlockMeasures(self, node.content, self._open)
        return found


@dataclass
class Inner:
    """The network inside one application of a block, with what is known of it by input shapes."""

    network: Network
    structure: Structure
    measures: list[Measures]
    analyses: dict[Shapes, Analysis] = field(default_factory=dict[Shapes, Analysis])


class BlockMeasures(Measures):
    """What one instance makes of its input shapes.

    `inside` holds its applications by input shapes, `open` the names of the blocks being worked
    out at the moment, this one inside the last.
    """

    def __init__(self, meters: Meters, instance: Instance, open: list[str]) -> None:
        block = meters.blocks.get(instance.block)
        # What has no Input is not waiting for one: it is looked into for what is missing there.
        kinds = {node.kind for node in block.network.nodes.values()} if block else {"Input"}
        super().__init__(unknown="Input" in kinds)
        self._meters = meters
        self._instance = instance
        self._open = open
        self._inners: dict[tuple[int, int | None], Inner] = {}
        self._by_channels: bool | None = None
        self.inside: dict[Shapes, tuple[Application, ...]] = {}

    def measure(self, shapes: Shapes) -> NodeReport:
        name = self._instance.block
        if name in self._open:
            raise BlockError(f"{name} contains itself; take that instance out of it.")
        self._open.append(name)
        try:
            return self._measure(shapes)
        finally:
            self._open.pop()

    def _measure(self, shapes: Shapes) -> NodeReport:
        if len(self.inside) > self.most:
            self.inside.clear()
        applications: list[Application] = []
        reaches: Reaches | None = PIXEL
        outputs = shapes
        for number in range(self._instance.repeat):
            inner = self._inner(min(number, 1), self._channels(outputs))
            if len(outputs) != len(inner.structure.inputs):
                raise BlockError(
                    f"{self._instance.block} cannot be repeated, since it has "
                    f"{len(outputs)} outputs for {len(inner.structure.inputs)} inputs; "
                    "set its repeat to 1."
                )
            analysis = inner.analyses.get(outputs)
            if analysis is None:
                analysis = inner.analyses[outputs] = self._analyse(inner, outputs)
            applications.append(Application(inner.network, analysis))
            outputs, reaches = _results(inner, analysis, reaches)
        self.inside[shapes] = tuple(applications)
        each = [application.analysis for application in applications]
        return NodeReport(
            shapes,
            outputs,
            sum(analysis.parameters for analysis in each),
            sum(analysis.macs for analysis in each),
            sum(analysis.memory for analysis in each),
            (),
            None if reaches is None else as_windows(reaches),
        )

    def _channels(self, shapes: Shapes) -> int | None:
        """The channels of the first input, where the block's arithmetic asks for them."""
        if self._by_channels is None:
            block = self._meters.blocks.get(self._instance.block)
            self._by_channels = block is not None and needs_channels(block)
        return shapes[0][0] if self._by_channels and shapes else None

    def _inner(self, application: int, channels: int | None) -> Inner:
        if len(self._inners) > self.most:
            self._inners.clear()
        inner = self._inners.get((application, channels))
        if inner is None:
            outer = Network(blocks=self._meters.blocks)
            network = expand(outer, self._instance, application, channels)
            graph = structure(network)
            if not graph.outputs:
                raise BlockError(f"{self._instance.block} has no Output; put one into it.")
            found = [self._meters.of(network.nodes[name]) for name in graph.order]
            inner = self._inners[application, channels] = Inner(network, graph, found)
        return inner

    def _analyse(self, inner: Inner, shapes: Shapes) -> Analysis:
        graph = inner.structure
        found = list(inner.measures)
        for place, shape in zip(ports_of(inner), shapes, strict=True):
            found[place] = fixed(shape)
        reports: list[NodeReport] = []
        view = View(inner.network, graph, reports)
        problems: list[Problem] = []

        def refused(place: int, given: Shapes, error: Refusal) -> None:
            problems.append(refusal(view, place, given, error))

        propagate(graph, found, reports, refused)
        block = self._instance.block
        if problems:
            raise BlockError(f"inside {block}, {problems[0].message}")
        for place in graph.missing:
            raise BlockError(
                f"inside {block}, {graph.order[place]} has no input; link a layer to it."
            )
        parameters, macs, memory = totals(graph, reports)
        images = dict(zip(ports_of(inner), map(plane, shapes), strict=True))
        return Analysis(
            dict(zip(graph.order, reports, strict=True)),
            (),
            graph.order,
            parameters,
            macs,
            memory,
            insides(graph, found, reports),
            graph.places,
            Fields(graph.feeds, reports, images),
        )


def insides(
    graph: Structure, found: list[Measures], reports: list[NodeReport]
) -> dict[str, tuple[Application, ...]]:
    """The applications of every instance whose shapes are known."""
    known: dict[str, tuple[Application, ...]] = {}
    for place in graph.instances:
        block, report = found[place], reports[place]
        if isinstance(block, BlockMeasures) and report.known:
            known[graph.order[place]] = block.inside.get(report.inputs, ())
    return known


def ports_of(inner: Inner) -> list[int]:
    """The places of the Inputs in the order of the ports, which is that of drawing."""
    places = inner.structure.places
    inputs = set(inner.structure.inputs)
    return [place for name in inner.network.nodes if (place := places[name]) in inputs]


def plane(shape: Shape) -> tuple[int, int]:
    """(height, width) of maps; a vector is one point."""
    return (shape[1], shape[2]) if len(shape) == 3 else (1, 1)


def _results(
    inner: Inner, analysis: Analysis, reaches: Reaches | None
) -> tuple[Shapes, Reaches | None]:
    """The output shapes of an application, and what the first one reads, behind `reaches`."""
    graph = inner.structure
    names = [name for name, node in inner.network.nodes.items() if node.kind == "Output"]
    shapes = tuple(analysis.nodes[name].outputs[0] for name in names)
    fields = analysis.fields
    inside = fields.at(graph.places[names[0]]) if fields is not None else None
    if reaches is None or fields is None or inside is None or inside is fields.whole:
        return shapes, None
    windows = as_windows(inside)
    return shapes, (onward(reaches[0], windows[0]), onward(reaches[1], windows[1]))
