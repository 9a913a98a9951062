"""What differs between the recipes and data of several projects, as a table of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias, cast

from engine.fields import Declaration
from engine.network.project import Project

Setting: TypeAlias = object
"""What a field is set to; `MISSING` where the project has no such field."""


class Missing:
    """In place of a value: a project has no such field, as Adam has no momentum."""


MISSING = Missing()


class Varied(NamedTuple):
    """A field that not all projects agree in, and its value in each, in their order."""

    what: str
    values: tuple[Setting, ...]


def varied(projects: Sequence[Project]) -> list[Varied]:
    """The fields of recipe and data in which not all projects agree, in the order of declaration."""
    columns = [_settings(project) for project in projects]
    names = dict.fromkeys(name for column in columns for name in column)
    rows = [Varied(name, tuple(column.get(name, MISSING) for column in columns)) for name in names]
    return [row for row in rows if any(_differs(value, row.values[0]) for value in row.values)]


def _differs(one: Setting, other: Setting) -> bool:
    return (type(one), one) != (type(other), other)


def _settings(project: Project) -> Mapping[str, Setting]:
    data = {"data": project.data.name, "data location": project.data.folder}
    return {**data, **_declared(project.recipe)}


def _declared(declaration: Declaration, within: str = "") -> dict[str, Setting]:
    """The fields of a declaration by what they are called, those of the parts that it has after them."""
    found: dict[str, Setting] = {within: declaration.kind()} if within else {}
    for name, value in vars(declaration).items():
        what = f"{within} {name}".strip().replace("_", " ")
        if isinstance(value, Declaration):
            found |= _declared(value, what)
        elif isinstance(value, tuple) and name == "augmentations":
            items = cast("tuple[Declaration, ...]", value)
            found[what] = ", ".join(item.kind() for item in items)
            for item in items:
                fields = _declared(item, item.kind())
                found |= {key: field for key, field in fields.items() if key != item.kind()}
        else:
            found[what] = value
    return found
