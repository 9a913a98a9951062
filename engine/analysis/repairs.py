"""Repairs as edits: small values that are functions of a project, so equal repairs compare equal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from engine.analysis.report import Fix
from engine.data import DataError, describe
from engine.fields import Value
from engine.layers import catalogue
from engine.layers.base import Change, Insert, Repair
from engine.network import edits
from engine.network.making import node_of
from engine.network.network import Link, Node
from engine.network.project import DataChoice, Project
from engine.network.scope import closed, opened
from engine.recipe.loss import Loss


@dataclass(frozen=True)
class SetParameters:
    """Give parameters of a node other values; one inside a block is `instance/node`."""

    node: str
    values: tuple[tuple[str, Value], ...]

    def __call__(self, project: Project) -> Project:
        *scope, name = self.node.split("/")
        inner = edits.set_parameters(opened(project, tuple(scope)), name, **dict(self.values))
        return closed(project, tuple(scope), inner)


LayerText: TypeAlias = tuple[str, tuple[tuple[str, Value], ...]]
"""A layer to be made: its kind, and the parameters that are not at their defaults."""


@dataclass(frozen=True)
class InsertBefore:
    """Put new layers, one after the other, on an input of a node."""

    node: str
    input: int
    layers: tuple[LayerText, ...]

    def __call__(self, project: Project) -> Project:
        for kind, values in self.layers:
            layer = catalogue.layer(kind, **dict(values))
            project = edits.insert_before(project, self.node, self.input, layer)
        return project


@dataclass(frozen=True)
class TakeOut:
    """Take a node out and join its neighbours."""

    node: str

    def __call__(self, project: Project) -> Project:
        return edits.remove_and_reconnect(project, [self.node])


@dataclass(frozen=True)
class Exchange:
    """Let two nodes change places, the second of which has the first as its only source."""

    first: str
    second: str

    def __call__(self, project: Project) -> Project:
        between = Link(self.first, self.second)
        if between not in project.network.links:
            raise edits.EditError(
                f"{self.first} does not feed {self.second} any more; there is nothing to exchange."
            )
        names = {self.first: self.second, self.second: self.first}
        links = frozenset(
            replace(
                link,
                source=names.get(link.source, link.source),
                target=names.get(link.target, link.target),
            )
            for link in project.network.links
        )
        places = project.placement
        moved = {names[name]: places[name] for name in names if name in places}
        network = replace(project.network, links=links)
        return replace(project, network=network, placement={**places, **moved})


@dataclass(frozen=True)
class Connect:
    """Link two nodes."""

    link: Link

    def __call__(self, project: Project) -> Project:
        return edits.connect(project, self.link)


@dataclass(frozen=True)
class Disconnect:
    """Take a link out."""

    link: Link

    def __call__(self, project: Project) -> Project:
        return edits.disconnect(project, [self.link])


@dataclass(frozen=True)
class LearnFrom:
    """Learn from a dataset, with layers given the sizes that it asks for."""

    name: str
    sizes: tuple[SetParameters, ...] = ()

    def __call__(self, project: Project) -> Project:
        for size in self.sizes:
            project = size(project)
        return edits.set_data(project, DataChoice(self.name))


@dataclass(frozen=True)
class AddInput:
    """A new Input of the dataset's own shape, where it is known, which feeds `target` (empty: nothing yet)."""

    target: str = ""
    input: int = 0

    def __call__(self, project: Project) -> Project:
        try:
            layer = catalogue.layer("Input", shape=describe(project.data).shape)
        except DataError:
            layer = catalogue.layer("Input")
        x, y = project.placement.get(self.target, (300.0, 0.0))
        name = edits.new_name(project.network, "Input")
        grown = edits.add(project, layer, (x - 300.0, y), name)
        if not self.target:
            return grown
        return edits.connect(grown, Link(name, self.target, input=self.input))


@dataclass(frozen=True)
class AppendOutput:
    """A new Output behind a node (empty: behind none)."""

    after: str = ""

    def __call__(self, project: Project) -> Project:
        return edits.append(project, catalogue.layer("Output"), self.after or None)


@dataclass(frozen=True)
class SetRecipe:
    """Train with other values of the recipe; raises `ParameterError` for one that cannot be."""

    values: tuple[tuple[str, Value | Loss], ...]

    def __call__(self, project: Project) -> Project:
        return edits.set_recipe(project, replace(project.recipe, **dict(self.values)))


@dataclass(frozen=True)
class SetRate:
    """Take steps of another size."""

    rate: float

    def __call__(self, project: Project) -> Project:
        recipe = project.recipe
        optimizer = replace(recipe.optimizer, learning_rate=self.rate)
        return edits.set_recipe(project, replace(recipe, optimizer=optimizer))


@dataclass(frozen=True)
class Become:
    """Put a layer of another kind, with its defaults, where a node's is; one inside a block is `instance/node`."""

    node: str
    kind: str

    def __call__(self, project: Project) -> Project:
        *scope, name = self.node.split("/")
        inner = opened(project, tuple(scope))
        node = node_of(inner, name)
        changed = replace(node, content=catalogue.layer(self.kind))
        network = replace(inner.network, nodes={**inner.network.nodes, name: changed})
        return closed(project, tuple(scope), replace(inner, network=network))


@dataclass(frozen=True)
class InTurn:
    """Several repairs, one after the other."""

    repairs: tuple[Callable[[Project], Project], ...]

    def __call__(self, project: Project) -> Project:
        for repair in self.repairs:
            project = repair(project)
        return project


@dataclass(frozen=True)
class Unfreeze:
    """Let every node learn, also those inside blocks."""

    def __call__(self, project: Project) -> Project:
        network = project.network
        blocks = {
            name: replace(block, network=replace(block.network, nodes=_thawed(block.network.nodes)))
            for name, block in network.blocks.items()
        }
        return replace(
            project, network=replace(network, nodes=_thawed(network.nodes), blocks=blocks)
        )


def _thawed(nodes: Mapping[str, Node]) -> dict[str, Node]:
    return {
        name: replace(node, frozen=False) if node.frozen else node for name, node in nodes.items()
    }


def train_with(label: str, **values: Value | Loss) -> Fix:
    """The button that gives the recipe other values."""
    return Fix(label, SetRecipe(tuple(values.items())))


def change(node: str, label: str, **values: Value) -> Fix:
    """The button that gives parameters of a node other values."""
    return Fix(label, SetParameters(node, tuple(values.items())))


def take_out(node: str) -> Fix:
    """The button that takes a node out."""
    return Fix(f"Remove {node}", TakeOut(node))


def as_fix(node: str, repair: Repair, port: int) -> Fix:
    """A layer's own repair as a button; `port` is the input that it is about."""
    if isinstance(repair, Change):
        return Fix(repair.label, SetParameters(node, repair.values))
    if isinstance(repair, Insert):
        return Fix(repair.label, InsertBefore(node, port, ((repair.kind, repair.values),)))
    return Fix(repair.label, TakeOut(node))
