"""What the canvas needs to know of blocks: their instances' looks, and what of a whole is shown here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from designer.canvas.face import Face
from designer.canvas.instance import sketch
from engine.network.network import Instance, Network, Node
from engine.network.project import Project
from engine.network.scope import Scope

_Item = TypeVar("_Item")


class Instances:
    """The instances of blocks in a network, looked for once while its nodes stay the same."""

    def __init__(self) -> None:
        self._nodes: Mapping[str, Node] = {}
        self._names: tuple[str, ...] = ()

    def of(self, network: Network) -> tuple[str, ...]:
        if network.nodes is not self._nodes:
            self._nodes = network.nodes
            self._names = tuple(
                name for name, node in network.nodes.items() if isinstance(node.content, Instance)
            )
        return self._names


def dressed(face: Face, project: Project, running: Network) -> Face:
    """The face with the sketch of an instance's inside, or marked where its node is absent.

    `running` is the network as it runs in the instance of the block that was entered.
    """
    node = project.network.nodes[face.name]
    if isinstance(node.content, Instance):
        blocks, block = project.network.blocks, node.content.block
        if block in blocks:
            face = replace(face, inside=sketch(blocks, block, project.placement))
    if node.when and node.mode == "active" and face.name not in running.nodes:
        face = replace(face, absent=True, arriving="", leaving="", count="")
    return face


def stale(before: Project, after: Project) -> Iterator[str]:
    """The instances whose block has changed otherwise than where it is shown."""
    old, new = before.network.blocks, after.network.blocks
    if old is new and before.placement is after.placement:
        return
    for name, node in after.network.nodes.items():
        if not isinstance(node.content, Instance):
            continue
        block = node.content.block
        moved = before.placement is not after.placement and _moved(before, after, block)
        if old.get(block) is not new.get(block) or moved:
            yield name


def local(items: Mapping[str, _Item], scope: Scope, around: bool = False) -> dict[str, _Item]:
    """What belongs to nodes at `scope`, by their names there; keys are paths in the whole project.

    With `around` an instance stands for what is inside it.
    """
    prefix = "".join(f"{name}/" for name in scope)
    here: dict[str, _Item] = {}
    for path, item in items.items():
        name, _, rest = path.removeprefix(prefix).partition("/")
        if path.startswith(prefix) and (around or not rest):
            here[name] = item
    return here


def _moved(before: Project, after: Project, block: str) -> bool:
    nodes = after.network.blocks[block].network.nodes if block in after.network.blocks else ()
    return any(
        before.placement.get(f"{block}/{name}") != after.placement.get(f"{block}/{name}")
        for name in nodes
    )
