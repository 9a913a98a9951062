"""What can be varied in a project: each parameter by its path, what it may be, and how it is set.

`epochs`                   a field of the recipe
`optimizer`                the kind of a part of it
`optimizer.learning_rate`  a parameter of that part
`conv1.out_channels`       a parameter of a layer; `part/conv1.stride` of one inside a block
`stage2.width`             a promoted parameter of a block's instance, and its `repeat`
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from engine.design.settings import Assignment, SetValues, field_of
from engine.fields import Choice, Field, Integer, Value, specs
from engine.layers.base import Layer
from engine.network import edits
from engine.network.blocks import BlockError, arguments
from engine.network.network import Instance, Network
from engine.network.project import Project
from engine.network.reading import MOST_REPEATS
from engine.network.scope import closed, node_of, opened
from engine.recipe.part import Part
from engine.recipe.recipe import PARTS, Recipe
from engine.studies.errors import StudyError

SEED = "seed"
"""The parameter that a study sets by itself."""
_REPEAT = Integer(low=1, high=MOST_REPEATS, help="How often the block is applied in a row.")


@dataclass(frozen=True)
class Target:
    """A parameter that can be varied: its path, what it is called and may be, and its present value."""

    path: str
    label: str
    spec: Field
    present: Value


def target(project: Project, path: str) -> Target:
    """What a path leads to; raises `StudyError` where that is nothing."""
    if path == SEED:
        raise StudyError("The seed is not varied as a parameter; say over how many seeds, as 5.")
    found = _of_recipe(project.recipe, path) or _of_node(project, path)
    if found is None:
        known = [item.path for item in targets(project)]
        close = get_close_matches(path, known, 1, 0.5) or [
            item for item in known if item.rpartition(".")[2] == path
        ]
        hint = (
            f"did you mean {close[0]}?" if close else "a parameter is named as conv1.out_channels."
        )
        raise StudyError(f"There is no parameter {path[:80]!r} in this project; {hint}")
    return found


def targets(project: Project) -> Iterator[Target]:
    """Everything that can be varied: the recipe first, then the nodes as drawn, blocks opened once."""
    recipe = project.recipe
    paths = [name for name in specs(Recipe) if name != SEED]
    for part in PARTS:
        paths.append(part)
        present: Part = getattr(recipe, part)
        paths += [f"{part}.{name}" for name in specs(type(present))]
    for path in paths:
        found = _of_recipe(recipe, path)
        if found is not None:
            yield found
    for path, network in _networks(project):
        for name in network.nodes:
            yield from _of_whole_node(project, f"{path}{name}")


def put(project: Project, path: str, value: Value) -> Project:
    """The project with a parameter set; raises `StudyError`, `EditError` or `ParameterError`."""
    part, _, name = path.partition(".")
    recipe = project.recipe
    if path in specs(Recipe):
        return replace(project, recipe=recipe.changed(**{path: value}))
    if part in PARTS:
        present: Part = getattr(recipe, part)
        if name:
            changed = present.changed(**{name: value})
        else:
            changed = present if value == present.kind() else PARTS[part][str(value)]()
        values: dict[str, Any] = {part: changed}
        return edits.set_recipe(project, replace(recipe, **values))
    place, _, name = path.rpartition(".")
    *scope, node = place.split("/")
    inner = opened(project, tuple(scope))
    content = inner.network.nodes[node].content if node in inner.network.nodes else None
    if content is None:
        raise StudyError(f"There is no node {place!r} any more, so {path} cannot be set.")
    kind = (
        "parameter" if isinstance(content, Layer) else "repeat" if name == "repeat" else "argument"
    )
    edited = SetValues((Assignment(node, kind, name, value),))(inner)
    return closed(project, tuple(scope), edited)


def _of_recipe(recipe: Recipe, path: str) -> Target | None:
    part, _, name = path.partition(".")
    if path in specs(Recipe):
        spec = specs(Recipe)[path]
        return Target(path, _label(path, spec), spec, recipe.values[path])
    if part not in PARTS:
        return None
    present: Part = getattr(recipe, part)
    if not name:
        return Target(part, part, Choice(options=tuple(PARTS[part])), present.kind())
    if name in present.values:
        spec = specs(type(present))[name]
        return Target(path, _label(name, spec), spec, present.values[name])
    # Of another kind, which may be varied too.
    for kind in PARTS[part].values():
        if name in specs(kind):
            spec = specs(kind)[name]
            return Target(path, _label(name, spec), spec, kind.default(name))
    return None


def _of_node(project: Project, path: str) -> Target | None:
    place = path.rpartition(".")[0]
    return next((item for item in _of_whole_node(project, place) if item.path == path), None)


def _of_whole_node(project: Project, place: str) -> Iterator[Target]:
    """Every parameter of the node at a path."""
    node = node_of(project, place)
    if node is None:
        return
    if isinstance(node.content, Layer):
        for name, spec in specs(type(node.content)).items():
            yield Target(f"{place}.{name}", _label(name, spec), spec, node.content.values[name])
        return
    block = project.network.blocks.get(node.content.block)
    if block is None:
        return
    try:
        values = arguments(project.network, replace(node.content, first=()))
    except BlockError:  # They are arithmetic over the block around it.
        values = dict(block.parameters)
    for name, _ in block.parameters:
        spec = field_of(project.network, block, name, values[name])
        if spec is not None:
            yield Target(f"{place}.{name}", _label(name, spec), spec, values[name])
    yield Target(f"{place}.repeat", "repeat", _REPEAT, node.content.repeat)


def _networks(project: Project) -> Iterator[tuple[str, Network]]:
    """Each network once, by the first path that leads into it (with its slash), the outermost first."""
    yield "", project.network
    seen: set[str] = set()
    waiting = [("", project.network)]
    while waiting:
        path, network = waiting.pop(0)
        for name, node in network.nodes.items():
            if isinstance(node.content, Instance) and node.content.block not in seen:
                seen.add(node.content.block)
                block = project.network.blocks.get(node.content.block)
                if block is not None:
                    yield f"{path}{name}/", block.network
                    waiting.append((f"{path}{name}/", block.network))


def _label(name: str, spec: Field) -> str:
    return spec.label or name.replace("_", " ")
