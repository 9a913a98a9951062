"""Warnings about layers that work but do not do what one hopes, seen from a node and its neighbours.

A check may look at its own node's parameters, at its neighbours' kinds and at the recipe, but not
at the parameters of neighbours: then an edit of a parameter asks for the checks of its node alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from engine.analysis.repairs import SetBatchSize, change, take_out
from engine.analysis.report import Fix, Problem
from engine.layers.base import Layer
from engine.network.network import Instance, Network, Node
from engine.network.order import Neighbours, sources, targets
from engine.recipe.recipe import Recipe

PASSING = frozenset({"Flatten", "Reshape", "Dropout", "Dropout2d"})
"""Kinds that hand numbers on as they are."""

LEARNS_FROM = 32
"""A common batch size, offered where one is too small."""


@dataclass(frozen=True)
class Surroundings:
    """What a check may look at."""

    network: Network
    recipe: Recipe
    sources: Neighbours
    targets: Neighbours

    def kind(self, name: str) -> str:
        """A node's kind."""
        return _kind(type(self.network.nodes[name].content))

    def before(self, name: str) -> str | None:
        """The only node that feeds one."""
        links = self.sources.get(name, ())
        return links[0].source if len(links) == 1 else None

    def after(self, name: str) -> str | None:
        """The only node that one feeds."""
        links = self.targets.get(name, ())
        return links[0].target if len(links) == 1 else None

    def output_behind(self, name: str) -> str | None:
        """The Output that takes a node's numbers as they are, if there is one."""
        after = self.after(name)
        while after is not None and (kind := self.kind(after)) != "Output":
            after = self.after(after) if kind in PASSING else None
        return after


def habits(
    network: Network, recipe: Recipe, names: Iterable[str]
) -> dict[str, tuple[Problem, ...]]:
    """The warnings of those of the named nodes that have some."""
    around = Surroundings(network, recipe, sources(network), targets(network))
    found: dict[str, tuple[Problem, ...]] = {}
    for name in names:
        node = network.nodes[name]
        check = _CHECKS.get(_kind(type(node.content)))
        if check is not None and (warnings := check(around, name, node)):
            found[name] = tuple(warnings)
    return found


@cache
def _kind(kind: type[Layer | Instance]) -> str:
    """A layer's kind; empty for every block."""
    return kind.kind() if issubclass(kind, Layer) else ""


def _relu(around: Surroundings, name: str, node: Node) -> list[Problem]:
    found: list[Problem] = []
    before = around.before(name)
    if before is not None and around.kind(before) == "ReLU":
        message = (
            f"{name} follows {before}, and a second ReLU in a row changes nothing; remove {name}."
        )
        found.append(_warning(name, "", message, take_out(name)))
    output = around.output_behind(name)
    if output is not None:
        message = (
            f"{name} sets every negative score to 0 right before {output}, "
            f"so the loss cannot tell them apart; remove {name}."
        )
        found.append(_warning(name, "", message, take_out(name)))
    return found


_BEFORE_LOSS = {
    "Softmax": "applies softmax itself, and twice it learns slowly",
    "LogSoftmax": "applies log-softmax itself",
    "Sigmoid": "wants raw scores, not numbers squeezed between 0 and 1",
}


def _squash(around: Surroundings, name: str, node: Node) -> list[Problem]:
    if around.recipe.loss != "cross-entropy" or around.output_behind(name) is None:
        return []
    message = (
        f"{name} stands before the cross-entropy loss, which {_BEFORE_LOSS[node.kind]}; "
        f"remove {name}."
    )
    return [_warning(name, "", message, take_out(name))]


def _batch_norm(around: Surroundings, name: str, node: Node) -> list[Problem]:
    if around.recipe.batch_size != 1:
        return []
    message = (
        f"{name} averages over a batch, but the batch size is 1; set the batch size to "
        f"{LEARNS_FROM} or use GroupNorm."
    )
    fix = Fix(f"Set the batch size to {LEARNS_FROM}", SetBatchSize(LEARNS_FROM))
    return [_warning(name, "", message, fix)]


def _convolution(around: Surroundings, name: str, node: Node) -> list[Problem]:
    if getattr(node.content, "bias", False) is not True:
        return []
    after = around.after(name)
    if after is None or around.kind(after) != "BatchNorm2d":
        return []
    message = (
        f"{name}'s bias has no effect, because {after} subtracts each map's mean; "
        "set bias to False."
    )
    return [_warning(name, "bias", message, change(name, "Set bias to False", bias=False))]


def _warning(name: str, parameter: str, message: str, *fixes: Fix) -> Problem:
    return Problem(name, parameter, message, fixes, "warning")


Check: TypeAlias = Callable[[Surroundings, str, Node], list[Problem]]

_CHECKS: Mapping[str, Check] = {
    "ReLU": _relu,
    "Softmax": _squash,
    "LogSoftmax": _squash,
    "Sigmoid": _squash,
    "BatchNorm2d": _batch_norm,
    "Conv2d": _convolution,
    "ConvTranspose2d": _convolution,
}
