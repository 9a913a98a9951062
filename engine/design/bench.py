"""The bench: a network with the selected nodes on it, measured again for every setting that is tried.

What is measured comes from the analysis's own pass, kept to the places that can change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from engine.analysis import Analysis, NodeReport, analyse, inside
from engine.analysis.analyse import Trail
from engine.analysis.blocks import Meters
from engine.analysis.measure import LayerMeasures, Measures, Shapes
from engine.analysis.propagate import Refusal, propagate, totals
from engine.analysis.receptive import Fields, as_field
from engine.analysis.structure import Feed
from engine.design.goals import Goal, GoalError, Measured, Wish, wishes
from engine.design.settings import Assignment, Dial, SetValues, applied, dials
from engine.fields import ParameterError
from engine.layers.base import Layer, Shape
from engine.network.network import Instance, Node
from engine.network.project import Project
from engine.network.scope import Scope, closed, opened


class Bench:
    """Measures settings of the selected nodes. Raises `GoalError` where nothing can be measured.

    `project` and `analysis` are the whole ones; `names` are nodes of the network that the `scope`
    opens. `ends` are the selected nodes that feed no other selected one, even indirectly.
    """

    def __init__(
        self,
        project: Project,
        analysis: Analysis,
        names: Sequence[str],
        goal: Goal,
        scope: Scope = (),
    ) -> None:
        self.project, self.analysis, self.scope, self.goal = project, analysis, scope, goal
        self.shown = opened(project, scope)
        self.seen = inside(project, analysis, scope) if scope else analysis
        trail = self.seen.trail
        assert isinstance(trail, Trail)
        self._trail = trail
        self.graph = trail.structure
        places = self.graph.places
        self.names = tuple(sorted((n for n in names if n in places), key=places.__getitem__))
        if not self.names:
            raise GoalError("Nothing is selected that computes; select the layers to fit.")
        self._find_borders()
        for name in self.entries:
            report = trail.reports[places[name]]
            if not report.known and not report.inputs:
                raise GoalError(f"{name} gets no shape yet; mend what is wrong before it first.")
        self.wishes: tuple[Wish, ...] = wishes(goal, self._arriving(), len(self.ends))
        self._upto = len(self.graph.order)
        if goal.counted == "selection":
            self._upto = max(places[name] for name in self.names) + 1
        self._short = replace(self.graph, feeds=self.graph.feeds[: self._upto])
        self._path = self._paths()
        self.dials = tuple(dial for name in self.names for dial in self._dials(name))
        self._meters = Meters(trail.network.blocks)
        self._measures: dict[tuple[Assignment, ...], Measures | None] = {}
        sound = all(trail.reports[places[name]].known for name in self.ends)
        self.present = self._measured(trail.reports, self.seen.fields) if sound else None
        """None where the selection does not work as it is."""

    # What is selected

    def _find_borders(self) -> None:
        """The selected nodes that no other selected one reaches, and those that reach no other."""
        chosen, behind = set(self.names), set[str]()
        entries: list[str] = []
        reached: set[str] = set()
        order, feeds = self.graph.order, self.graph.feeds
        for place, name in enumerate(order):
            fed = any(order[source] in reached for source in _sources(feeds[place]))
            if name in chosen and not fed:
                entries.append(name)
            if fed or name in chosen:
                reached.add(name)
        for place in range(len(order) - 1, -1, -1):
            if order[place] in chosen or order[place] in behind:
                behind.update(order[source] for source in _sources(feeds[place]))
        self.entries = tuple(entries)
        self.ends = tuple(name for name in self.names if name not in behind)

    def _arriving(self) -> tuple[Shape, ...]:
        reports = [self._report(name) for name in self.entries]
        return tuple((report.inputs or report.outputs)[0] for report in reports)

    def _paths(self) -> frozenset[int]:
        """The selected places and those that lead from one to another: all of them must stay sound."""
        graph, chosen = self.graph, {self.graph.places[name] for name in self.names}
        ahead: set[int] = set(chosen)
        for place, feed in enumerate(graph.feeds):
            if any(source in ahead for source in _sources(feed)):
                ahead.add(place)
        back: set[int] = set(chosen)
        for place in range(len(graph.feeds) - 1, -1, -1):
            if place in back:
                back.update(_sources(graph.feeds[place]))
        return frozenset(ahead & back)

    def _node(self, name: str) -> Node:
        return self._trail.network.nodes[name]

    def kind(self, name: str) -> str:
        """The kind of a node: nodes of one kind can be set alike."""
        return self._node(name).kind

    def _report(self, name: str) -> NodeReport:
        return self._trail.reports[self.graph.places[name]]

    def _dials(self, name: str) -> list[Dial]:
        wanted = [size for wish in self.wishes for size in wish.sizes]
        drawn, network = self.shown.network.nodes[name], self.project.network
        inputs = self._report(name).inputs
        return dials(drawn, self._node(name), name, network, inputs, list(dict.fromkeys(wanted)))

    # Measuring

    def measured(self, assignments: Sequence[Assignment]) -> Measured | None:
        """What these settings lead to; None where a layer of the selection cannot take them."""
        trail = self._trail
        by_node: dict[str, list[Assignment]] = {}
        for item in assignments:
            by_node.setdefault(item.node, []).append(item)
        found = trail.measures[: self._upto]
        start = self._upto
        for name, mine in by_node.items():
            measures = self._turned(name, tuple(mine))
            if measures is None:
                return None
            place = self.graph.places[name]
            found[place] = measures
            start = min(start, place)
        reports = trail.reports[:start]
        broken: list[int] = []

        def refused(place: int, shapes: Shapes, error: Refusal) -> None:
            broken.append(place)

        propagate(self._short, found, reports, refused)
        if self._lost(reports, broken):
            return None
        return self._measured(reports, self._fields(reports, start))

    def _lost(self, reports: Sequence[NodeReport], broken: Iterable[int]) -> bool:
        """Whether numbers are missing that the goal is about."""
        if any(place in self._path for place in broken):
            return True
        if any(not reports[self.graph.places[name]].known for name in self.ends):
            return True
        if self.goal.counted == "selection":
            return False
        before = self._trail.reports
        return any(a.known and not b.known for a, b in zip(before, reports, strict=True))

    def _turned(self, name: str, assignments: tuple[Assignment, ...]) -> Measures | None:
        """What a node with these settings measures; None for values that it cannot hold."""
        if assignments in self._measures:
            return self._measures[assignments]
        content = self._content(name, assignments)
        found: Measures | None = None
        if isinstance(content, Instance):
            found = self._meters.of(Node(content))
        elif content is not None:
            # Not among those that the analysis keeps, which thousands of trials would crowd out.
            found = LayerMeasures(content)
        # Single changes come again with others; of the rest each comes once.
        if len(assignments) == 1:
            self._measures[assignments] = found
        return found

    def _content(self, name: str, assignments: Sequence[Assignment]) -> Layer | Instance | None:
        content = self._node(name).content
        if isinstance(content, Instance):
            return applied(content, assignments)
        try:
            turned = content.changed(**{item.name: item.value for item in assignments})
        except ParameterError:
            return None
        # A search must not take ports away, and their links with them.
        return turned if turned.output_ports() == content.output_ports() else None

    def _fields(self, reports: Sequence[NodeReport], start: int) -> Fields | None:
        fields = self.seen.fields
        if fields is None or self.goal.receptive_at_least is None:
            return None
        return Fields(self.graph.feeds, reports, fields.images, fields, start)

    def _measured(self, reports: Sequence[NodeReport], fields: Fields | None) -> Measured:
        places = self.graph.places
        ends = [places[name] for name in self.ends]
        found = [fields.at(place) if fields is not None else None for place in ends]
        if self.goal.counted == "network":
            parameters, macs, _ = totals(self.graph, reports)
        else:
            mine = [reports[places[name]] for name in self.names]
            parameters = sum(report.parameters for report in mine)
            macs = sum(report.macs for report in mine)
        return Measured(
            tuple(reports[place].outputs[0] for place in ends),
            tuple(None if reaches is None else as_field(reaches).size for reaches in found),
            parameters,
            macs,
        )

    # Judging

    def judged(self, edit: SetValues) -> tuple[Project, Analysis, Analysis]:
        """The whole project after an edit, its analysis, and that of the network that is shown."""
        after = closed(self.project, self.scope, edit(self.shown))
        whole = analyse(after, self.analysis)
        return after, whole, inside(after, whole, self.scope) if self.scope else whole

    def heavier(self, seen: Analysis, names: Iterable[str]) -> int:
        """How many of these nodes no longer have as many learnable numbers, so that weights are lost."""
        before: Mapping[str, NodeReport] = self.seen.nodes
        return sum(seen.nodes[name].parameters != before[name].parameters for name in names)


def _sources(feed: Feed) -> tuple[int, ...]:
    """The places that feed a node, from its entry in a structure."""
    if isinstance(feed, int):
        return (feed,)
    if isinstance(feed, tuple):
        return tuple(source for source, _ in feed)
    return ()
