"""Small projects to train, and runs of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from engine.codegen import write
from engine.layers.base import Layer
from engine.layers.catalogue import layer
from engine.network import edits
from engine.network.network import Link, Network, Node
from engine.network.project import DataChoice, Project
from engine.recipe.adam import Adam
from engine.recipe.constant import Constant
from engine.recipe.recipe import Recipe
from engine.training.control import Control, Wish
from engine.training.events import Event
from engine.training.loop import train
from engine.training.rundir import RunDirectory

SMALL = (
    layer("Input", shape=(1, 8, 8)),
    layer("Conv2d", out_channels=8, kernel_size=3),
    layer("ReLU"),
    layer("Flatten"),
    layer("Linear", out_features=10),
    layer("Output"),
)


def chain(*layers: Layer, name: str = "Small") -> Project:
    """A project whose nodes, named by kind and number, follow one another."""
    names = [f"{item.kind().lower()}{number}" for number, item in enumerate(layers)]
    return Project(
        name=name,
        network=Network(
            {title: Node(item) for title, item in zip(names, layers, strict=True)},
            frozenset(Link(a, b) for a, b in pairwise(names)),
        ),
        data=DataChoice("digits"),
        recipe=Recipe(epochs=2, batch_size=64, device="cpu", optimizer=Adam(learning_rate=0.01)),
    )


def deep(*between: Layer, times: int = 8) -> Project:
    """A chain of convolutions, with other layers after each."""
    convolution = layer("Conv2d", out_channels=8, kernel_size=3, padding=1)
    middle = [item for _ in range(times) for item in (convolution, *between)]
    return chain(SMALL[0], *middle, *SMALL[-3:])


def with_recipe(project: Project, **values: object) -> Project:
    """A project with values of its recipe, and a rate that stays."""
    recipe = replace(project.recipe, **{"schedule": Constant(), **values})  # type: ignore[arg-type]
    return replace(project, recipe=recipe)


def small(**recipe: object) -> Project:
    """A network of one convolution on digits, with values of the recipe."""
    project = chain(*SMALL)
    changed = Recipe(**{**vars(project.recipe), **recipe})  # type: ignore[arg-type]
    return Project(project.name, project.network, project.placement, project.data, changed)


def with_head() -> Project:
    """The small network, with a second Output behind its first convolution."""
    project = small(epochs=3)
    for item, before in ((layer("Flatten"), "relu2"), (layer("Linear", out_features=10), "")):
        project = edits.append(project, item, before or list(project.network.nodes)[-1])
    return edits.append(project, layer("Output"), list(project.network.nodes)[-1])


def run_of(project: Project, base: Path) -> RunDirectory:
    """A run of the project, not begun."""
    return RunDirectory.create(base, project, write(project).text)


def trained(project: Project, base: Path) -> tuple[RunDirectory, list[Event]]:
    """A run of a project that has come to its end, and what it told."""
    run = run_of(project, base)
    train(run, Control())
    return run, run.events()[0]


class StopsAt(Control):
    """Asks the run to end after so many looks: one a step, and one a batch of a validation."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self._left = step
        self.attention = True

    def granted(self) -> list[Wish]:
        wishes = super().granted()
        self.attention = True
        if self._left == 0:
            self.stop()
        self._left -= 1
        return wishes
