"""Project: everything a `.convo` file holds, as one immutable value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.data.choice import DataChoice
from engine.network.network import Network
from engine.recipe.recipe import Recipe

Point: TypeAlias = tuple[float, float]
"""Scene position (x, y) of a node's top left corner, in pixels at zoom 1."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A titled rectangle behind nodes: top left corner `at` and (width, height) `size`, in pixels at
    zoom 1. `title` and `comment` are free text for people.
    """

    at: Point
    size: Point
    title: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Project:
    """A network, where its nodes lie, the data it learns from and the recipe it is trained with.

    `placement` maps a node's name to its place; a node inside a block is `Block/node`. `frames`
    are named likewise.
    `name` is the network's: it titles the window and, made an identifier, the exported class.
    `inside` is empty but where `engine.network.scope` has opened a block: then it is that block's name.
    """

    name: str = "Untitled"
    network: Network = Network()
    placement: Mapping[str, Point] = field(default_factory=dict[str, Point])
    data: DataChoice = DataChoice()
    recipe: Recipe = Recipe()
    frames: Mapping[str, Frame] = field(default_factory=dict[str, Frame])
    inside: str = ""
