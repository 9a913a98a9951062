"""A project as text: one line for a node, one for a link, so that differences stay small."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from engine.fields import Declaration
from engine.network.learning import Learning
from engine.network.network import Instance, Network, Node
from engine.network.project import Frame, Point, Project
from engine.recipe.recipe import PARTS

SCHEMA_VERSION = 4


def write(project: Project) -> str:
    """The text of a `.convo` file, the same for equal projects, ending with a newline."""
    recipe = project.recipe
    parts = {name: _declaration(getattr(recipe, name)) for name in PARTS}
    trained = {
        **{name: _json(value) for name, value in recipe.values.items()},
        "augmentations": _rows(
            (_json(_declaration(item)) for item in recipe.augmentations), "    "
        ),
        **{name: _json(value) for name, value in parts.items()},
    }
    data = {"name": project.data.name}
    if project.data.folder:
        data["folder"] = project.data.folder
    network = project.network
    blocks = {
        name: _object(
            {
                **({"help": _json(block.help)} if block.help else {}),
                **({"named": "true"} if block.named else {}),
                "parameters": _json(dict(block.parameters)),
                **_network(block.network, project, f"{name}/", "      "),
            },
            "    ",
        )
        for name, block in network.blocks.items()
    }
    members = {
        "schema_version": _json(SCHEMA_VERSION),
        "name": _json(project.name),
        **_network(network, project, "", "  "),
        **({"blocks": _object(blocks, "  ")} if blocks else {}),
        "data": _json(data),
        "recipe": _object(trained, "  "),
    }
    return _object(members, "") + "\n"


def _network(network: Network, project: Project, prefix: str, indent: str) -> dict[str, str]:
    drawn = {name: number for number, name in enumerate(network.nodes)}
    links = sorted(
        network.links,
        key=lambda link: (drawn[link.source], drawn[link.target], link.input, link.output),
    )
    lines = [
        _json(
            [link.source, link.target, link.output, link.input]
            if link.output or link.input
            else [link.source, link.target]
        )
        for link in links
    ]
    nodes = {
        name: _json(_node(node, project.placement.get(prefix + name)))
        for name, node in network.nodes.items()
    }
    frames = {
        name.removeprefix(prefix): _json(_frame(frame))
        for name, frame in project.frames.items()
        if name.startswith(prefix) and "/" not in name.removeprefix(prefix)
    }
    return {
        "nodes": _object(nodes, indent),
        "links": _rows(lines, indent),
        **({"frames": _object(frames, indent)} if frames else {}),
    }


def _frame(frame: Frame) -> dict[str, object]:
    members: dict[str, object] = {
        "at": [_coordinate(value) for value in frame.at],
        "size": [_coordinate(value) for value in frame.size],
        "title": frame.title,
    }
    return {**members, "comment": frame.comment} if frame.comment else members


def _node(node: Node, at: Point | None) -> dict[str, object]:
    members: dict[str, object]
    if isinstance(node.content, Instance):
        content = node.content
        members = {"block": content.block, "arguments": dict(content.arguments)}
        if content.repeat != 1:
            members["repeat"] = content.repeat
        if content.first:
            members["first"] = dict(content.first)
    else:
        members = _declaration(node.content)
    if node.expressions:
        members["expressions"] = dict(node.expressions)
    if node.when:
        members["when"] = node.when
    if node.title:
        members["title"] = node.title
    if node.mode != "active":
        members[node.mode] = True
    if node.frozen:
        members["frozen"] = True
    if node.learning != Learning():
        members["learning"] = dict(node.learning.values)
    if at is not None:
        members["at"] = [_coordinate(at[0]), _coordinate(at[1])]
    return members


def _declaration(declaration: Declaration) -> dict[str, object]:
    """Its kind and every parameter, even at its default: a file means the same when a default has changed."""
    return {"kind": declaration.kind(), **declaration.values}


def _coordinate(value: float) -> int | float:
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _object(members: Mapping[str, str], indent: str) -> str:
    lines = [f"{indent}  {_json(name)}: {text}" for name, text in members.items()]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}" if lines else "{}"


def _rows(lines: Iterable[str], indent: str) -> str:
    rows = [f"{indent}  {line}" for line in lines]
    return "[\n" + ",\n".join(rows) + f"\n{indent}]" if rows else "[]"
