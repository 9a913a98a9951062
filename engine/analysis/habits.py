"""Warnings about layers that work but do not do what one hopes, seen from a node and its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.analysis.repairs import InsertBefore, change, take_out, train_with
from engine.analysis.report import Fix, Problem
from engine.analysis.structure import Structure
from engine.network.network import Network
from engine.network.order import targets
from engine.recipe.cross_entropy import CrossEntropyLoss
from engine.recipe.loss import Loss
from engine.recipe.recipe import Recipe

PASSING = frozenset({"Flatten", "Reshape", "Dropout", "Dropout2d"})
"""Kinds that hand numbers on as they are."""

CONVOLUTIONS = frozenset({"Conv2d", "ConvTranspose2d"})

MAY_BE_NEGATIVE = frozenset(
    {"Input", *CONVOLUTIONS, "LocallyConnected2d", "LeakyReLU", "PReLU", "ELU", "SELU", "GELU"}
    | {"SiLU", "Hardswish", "Tanh", "BatchNorm2d", "LayerNorm", "GroupNorm", "InstanceNorm2d"}
)
"""Kinds whose results are negative now and then; of others that depends on what goes in."""

LEARNS_FROM = 32
"""A common batch size, offered where one is too small."""


def of_kinds(structure: Structure, recipe: Recipe) -> Iterator[tuple[int, Problem]]:
    """Warnings, with the place of their node, that depend on kinds and the recipe alone."""
    kinds, feeds = structure.kinds, structure.feeds
    for place, kind in enumerate(kinds):
        if kind == "ReLU" and isinstance(feed := feeds[place], int) and kinds[feed] == "ReLU":
            yield place, _second_relu(structure, place, feed)
        elif kind == "BatchNorm2d" and recipe.batch_size == 1:
            yield place, _batch_of_one(structure, place)
    for output in structure.outputs:
        place = feeds[output]
        while isinstance(place, int) and kinds[place] in PASSING:
            place = feeds[place]
        if isinstance(place, int) and kinds[place] in recipe.loss.spoils:
            yield place, _spoiler(structure, place, recipe.loss)
        elif (
            isinstance(place, int) and recipe.loss.wants not in ("", kinds[place]) and kinds[place]
        ):
            yield output, _wanted(structure, output, place, recipe.loss)


def of_parameters(
    network: Network, structure: Structure, places: Iterable[int]
) -> Iterator[tuple[int, Problem]]:
    """Warnings of these places that depend on the node's own parameters and on its neighbours' kinds."""
    kinds = structure.kinds
    for place in places:
        name = structure.order[place]
        if kinds[place] == "LPPool2d":
            power, feed = (
                getattr(network.nodes[name].content, "norm_type", 2),
                structure.feeds[place],
            )
            if power % 2 and power > 1 and isinstance(feed, int) and kinds[feed] in MAY_BE_NEGATIVE:
                yield place, _odd_root(name, power, structure.order[feed])
        if kinds[place] not in CONVOLUTIONS:
            continue
        if getattr(network.nodes[name].content, "bias", False) is not True:
            continue
        links = targets(network).get(name, ())
        if len(links) == 1 and (after := structure.places.get(links[0].target)) is not None:
            if kinds[after] == "BatchNorm2d":
                yield place, _bias(name, links[0].target)


def _warning(name: str, parameter: str, message: str, *fixes: Fix) -> Problem:
    return Problem(name, parameter, message, fixes, "warning")


def _second_relu(structure: Structure, place: int, before: int) -> Problem:
    name = structure.order[place]
    message = (
        f"{name} follows {structure.order[before]}, and a second ReLU in a row changes nothing; "
        f"remove {name}."
    )
    return _warning(name, "", message, take_out(name))


def _spoiler(structure: Structure, place: int, loss: Loss) -> Problem:
    name = structure.order[place]
    message = (
        f"{name} stands before the {loss.title} loss, which "
        f"{loss.spoils[structure.kinds[place]]}; remove {name}."
    )
    return _warning(name, "", message, take_out(name))


def _wanted(structure: Structure, output: int, place: int, loss: Loss) -> Problem:
    name, before = structure.order[output], structure.order[place]
    message = (
        f"The {loss.title} loss wants {loss.wants} before {name}, but there is {before}; "
        f"insert {loss.wants} or train by CrossEntropyLoss."
    )
    insert = Fix(f"Insert {loss.wants}", InsertBefore(name, 0, ((loss.wants, ()),)))
    train = train_with("Train by CrossEntropyLoss", loss=CrossEntropyLoss())
    return _warning(name, "", message, insert, train)


def _batch_of_one(structure: Structure, place: int) -> Problem:
    name = structure.order[place]
    message = (
        f"{name} averages over a batch, but the batch size is 1; set the batch size to "
        f"{LEARNS_FROM} or use GroupNorm."
    )
    fix = train_with(f"Set the batch size to {LEARNS_FROM}", batch_size=LEARNS_FROM)
    return _warning(name, "", message, fix)


def _bias(name: str, after: str) -> Problem:
    message = (
        f"{name}'s bias has no effect, because {after} subtracts each map's mean; "
        "set bias to False."
    )
    return _warning(name, "bias", message, change(name, "Set bias to False", bias=False))


def _odd_root(name: str, power: int, before: str) -> Problem:
    message = (
        f"{name} takes the root of order {power} of sums that can be negative behind {before}, "
        f"which makes the loss nan; set norm type to {power - 1}."
    )
    fix = change(name, f"Set norm type to {power - 1}", norm_type=power - 1)
    return _warning(name, "norm_type", message, fix)
