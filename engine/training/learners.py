"""Which modules begin otherwise than the rest, and which learn faster or slower: what nodes say of themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from engine.codegen.source import Source
from engine.network.learning import Learning
from engine.network.network import Instance, Network
from engine.network.project import Project
from engine.training.errors import TrainingError

Value = TypeVar("Value")


def learners(project: Project, source: Source | None) -> dict[str, Learning]:
    """By the paths of modules, what their nodes say, where that is anything.

    `source` is None where this version of the program would write another text than the one that is
    trained; raises `TrainingError` where a node says something then.
    """
    network = project.network
    networks = (network, *(block.network for block in network.blocks.values()))
    if all(node.learning == Learning() for part in networks for node in part.nodes.values()):
        return {}
    if source is None:
        raise TrainingError(
            "The run's model.py is not what this version of Convoscope writes for its project, so "
            "the layers with a rate or a beginning of their own cannot be found in it; train the "
            "project anew."
        )
    places = (*source.places.items(), *source.further)
    found = {place.module: _said(network, name) for name, place in places if place.module}
    return {path: learning for path, learning in found.items() if learning != Learning()}


def owner(path: str, owners: Mapping[str, Value]) -> Value | None:
    """What belongs to the module at the path, or to the nearest one around it."""
    while path:
        if path in owners:
            return owners[path]
        path = path.rpartition(".")[0]
    return None


def grouped(names: Iterable[str], said: Mapping[str, Learning]) -> dict[float, list[str]]:
    """Names of parameters by the share of the learning rate that they take, in their order."""
    groups: dict[float, list[str]] = {}
    for name in names:
        learning = owner(name.rpartition(".")[0], said)
        groups.setdefault(learning.rate if learning else 1.0, []).append(name)
    return groups


def _said(network: Network, name: str) -> Learning:
    """What holds for a node, by its name with those of the instances around it before."""
    outer = Learning()
    shown = network
    for step in name.split("/"):
        node = shown.nodes.get(step)
        if node is None:
            break
        outer = node.learning.within(outer)
        if isinstance(node.content, Instance):
            shown = network.blocks[node.content.block].network
    return outer
