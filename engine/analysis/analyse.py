"""The analysis of a project, from nothing or from the one before an edit."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from operator import is_not

from engine.analysis.blocks import Meters, insides, plane
from engine.analysis.habits import of_kinds, of_parameters
from engine.analysis.measure import UNKNOWN, Measures, Shapes
from engine.analysis.propagate import Refusal, propagate, totals
from engine.analysis.purpose import purpose
from engine.analysis.receptive import Fields
from engine.analysis.refusals import View, refusal
from engine.analysis.report import Analysis, NodeReport, Problem
from engine.analysis.structure import Structure, same_ports, structure
from engine.analysis.wiring import Wiring, wiring
from engine.data import NO_DATA, DataError, Dataset, NotYetError, describe
from engine.network.active import active, idle
from engine.network.network import Network
from engine.network.order import sources
from engine.network.project import DataChoice, Project
from engine.recipe.recipe import Recipe


@dataclass(frozen=True)
class Trail:
    """What an analysis keeps for the next one. Lists run along the order, mappings go by place.

    `network` is what is active of the one `drawn`. `reports` are those without warnings; `refusals` the problems of nodes that cannot take their
    inputs; `of_kinds` and `of_parameters` the warnings that depend on them.
    """

    drawn: Network
    part: bool
    network: Network
    recipe: Recipe
    data: DataChoice
    dataset: Dataset | str | None
    structure: Structure
    wiring: Wiring
    meters: Meters
    measures: list[Measures]
    reports: list[NodeReport]
    refusals: dict[int, Problem]
    of_kinds: tuple[tuple[int, Problem], ...]
    of_parameters: dict[int, Problem]


def analyse(project: Project, previous: Analysis | None = None, part: bool = False) -> Analysis:
    """Shapes, parameters, cost and problems of every node of a project's network.

    `previous`, the analysis of the project before an edit, makes it quick: what the edit cannot
    have changed is taken over. The answer is the same without it. With `part` it is a part of a
    network, which may have any number of Inputs and Outputs and need not fit data and recipe.
    """
    before = previous.trail if previous is not None else None
    trail = before if isinstance(before, Trail) else None
    if trail is not None and trail.part != part:
        previous, trail = None, None
    if previous is not None and trail is not None and _same(project, trail):
        return previous
    network = active(project.network)
    changed = _changed(trail.network, network) if trail is not None else None
    if trail is None or changed is None:
        start, graph, wires, meters, found = 0, *_read(network, trail, part)
        changed = None
    else:
        graph, wires, meters = trail.structure, trail.wiring, trail.meters
        places = [graph.places[name] for name in changed if name in graph.places]
        start = min(places, default=len(graph.order))
        found = trail.measures
        if places:
            found = found.copy()
            for place in places:
                found[place] = meters.of(network.nodes[graph.order[place]])
    reports, refusals = _propagated(network, graph, found, trail, start)
    after = Trail(
        project.network,
        part,
        network,
        project.recipe,
        project.data,
        _dataset(project.data, trail),
        graph,
        wires,
        meters,
        found,
        reports,
        refusals,
        () if part else _of_kinds(project, graph, trail),
        _of_parameters(network, graph, trail, changed),
    )
    return _assembled(after, previous, start)


def _same(project: Project, trail: Trail) -> bool:
    return (
        project.network is trail.drawn
        and project.recipe == trail.recipe
        and project.data == trail.data
    )


def _changed(old: Network, new: Network) -> list[str] | None:
    """The nodes that are not what they were; None where more than parameters changed."""
    if new.links is not old.links or new.blocks is not old.blocks:
        return None
    if len(old.nodes) != len(new.nodes) or list(old.nodes) != list(new.nodes):
        return None
    names = list(compress(new.nodes, map(is_not, old.nodes.values(), new.nodes.values())))
    if all(same_ports(old.nodes[name], new.nodes[name]) for name in names):
        return names
    return None


def _read(
    network: Network, trail: Trail | None, part: bool
) -> tuple[Structure, Wiring, Meters, list[Measures]]:
    """A network's structure and measures; those of nodes that did not change are taken over."""
    graph = structure(network)
    if trail is None or trail.network.blocks is not network.blocks:
        meters = Meters(network.blocks)
        found = [meters.of(network.nodes[name]) for name in graph.order]
        return graph, wiring(network, graph, part), meters, found
    meters, nodes, places = trail.meters, trail.network.nodes, trail.structure.places
    found: list[Measures] = []
    for name in graph.order:
        node = network.nodes[name]
        if name in places and nodes[name] is node:
            found.append(trail.measures[places[name]])
        else:
            found.append(meters.of(node))
    return graph, wiring(network, graph, part), meters, found


def _propagated(
    network: Network, graph: Structure, found: list[Measures], trail: Trail | None, start: int
) -> tuple[list[NodeReport], dict[int, Problem]]:
    """The reports of all places and the refusals, from `start` on worked out."""
    if trail is None or start == 0:
        reports: list[NodeReport] = []
        refusals: dict[int, Problem] = {}
    else:
        reports = trail.reports[:start]
        refusals = {place: item for place, item in trail.refusals.items() if place < start}
    view = View(network, graph, reports)

    def refused(place: int, shapes: Shapes, error: Refusal) -> None:
        refusals[place] = refusal(view, place, shapes, error)

    propagate(graph, found, reports, refused)
    return reports, refusals


def _of_kinds(
    project: Project, graph: Structure, trail: Trail | None
) -> tuple[tuple[int, Problem], ...]:
    """The warnings that depend on kinds and the recipe."""
    if trail is not None and graph is trail.structure and project.recipe == trail.recipe:
        return trail.of_kinds
    return tuple(of_kinds(graph, project.recipe))


def _of_parameters(
    network: Network, graph: Structure, trail: Trail | None, changed: list[str] | None
) -> dict[int, Problem]:
    """The warnings that depend on parameters, looked for again in the nodes that changed."""
    if trail is None or changed is None:
        return dict(of_parameters(network, graph, range(len(graph.order))))
    again = {graph.places[name] for name in changed if name in graph.places}
    kept = {place: item for place, item in trail.of_parameters.items() if place not in again}
    return kept | dict(of_parameters(network, graph, again))


def _dataset(data: DataChoice, trail: Trail | None) -> Dataset | str | None:
    """The description of the data, the sentence that says why there is none (empty: it is not known yet),
    or None: none is chosen.
    """
    if trail is not None and trail.data == data:
        return trail.dataset
    if data.name == NO_DATA:
        return None
    try:
        return describe(data)
    except NotYetError:
        return ""
    except DataError as error:
        return str(error)


def _assembled(trail: Trail, previous: Analysis | None, start: int) -> Analysis:
    """The analysis that tells what a trail holds; `previous` is right before place `start`."""
    graph, reports = trail.structure, trail.reports
    parameters, macs, memory = totals(graph, reports)
    view = View(trail.network, graph, reports)
    inside = insides(graph, trail.measures, reports)
    found = [
        *((place, item) for place, items in trail.wiring.nodes.items() for item in items),
        *trail.refusals.items(),
        *(() if trail.part else purpose(view, trail.dataset, trail.recipe, memory, inside)),
        *trail.of_kinds,
        *trail.of_parameters.items(),
    ]
    of_network = list(trail.wiring.network)
    of_nodes: dict[int, list[Problem]] = {}
    for place, problem in found:
        (of_network if place < 0 else of_nodes.setdefault(place, [])).append(problem)
    nodes = dict(zip(graph.order, reports, strict=True))
    for name in graph.loops:
        nodes[name] = UNKNOWN
    add_idle(nodes, trail.drawn)
    for place, problems in of_nodes.items():
        name = graph.order[place]
        nodes[name] = nodes[name]._replace(problems=tuple(problems))
    for problem in of_network:
        if problem.node:
            nodes[problem.node] = nodes[problem.node]._replace(problems=(problem,))
    every = [*of_network, *(item for place in sorted(of_nodes) for item in of_nodes[place])]
    every.sort(key=lambda problem: problem.severity != "error")
    return Analysis(
        nodes,
        tuple(every),
        graph.order,
        parameters,
        macs,
        memory,
        inside,
        graph.places,
        _fields(trail, previous, start),
        trail,
    )


def add_idle(nodes: dict[str, NodeReport], drawn: Network) -> None:
    """Nodes that compute nothing tell the shape that they hand on, where they hand one on."""
    off = idle(drawn)
    if not off:
        return
    feeds = sources(drawn)
    for name, hands_on in off.items():
        link = next((item for item in feeds.get(name, ()) if item.input == 0), None)
        while link is not None and off.get(link.source, False):
            before = feeds.get(link.source, ()) if link.output == 0 else ()
            link = next((item for item in before if item.input == 0), None)
        report = nodes.get(link.source) if link is not None and hands_on else None
        if link is None or report is None or link.output >= len(report.outputs):
            nodes[name] = UNKNOWN
        else:
            shapes = (report.outputs[link.output],)
            nodes[name] = NodeReport(shapes, shapes)


def _fields(trail: Trail, previous: Analysis | None, start: int) -> Fields:
    graph, reports = trail.structure, trail.reports
    shapes = {p: reports[p].outputs[0] for p in graph.inputs if reports[p].known}
    images: dict[int, tuple[int, int]] = {}
    if all(len(shape) == 3 for shape in shapes.values()):
        images = {place: plane(shape) for place, shape in shapes.items()}
    old = previous.fields if previous is not None and start else None
    # Fields that see the whole image know it by the object, so that one is handed on as well.
    same = old if old is not None and old.images == images else None
    return Fields(graph.feeds, reports, images, same, start)
