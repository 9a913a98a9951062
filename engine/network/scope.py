"""Inside a block: its network as a project of its own, and back into the whole.

A scope names the instances entered, outermost first. What is edited is the block, so every
instance follows; the scope tells which instance's values are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias, TypeVar

from engine.network.errors import EditError
from engine.network.network import Instance, Network, Node
from engine.network.project import Project
from engine.network.rewiring import rewired
from engine.network.uses import check_size, within

Scope: TypeAlias = tuple[str, ...]
"""Names of the instances entered, from the outermost network inwards; empty for that network itself."""

_Value = TypeVar("_Value")


def reachable(project: Project, scope: Scope) -> Scope:
    """The longest beginning of `scope` that leads into blocks of this project."""
    network = project.network
    for depth, name in enumerate(scope):
        node = network.nodes.get(name)
        content = node.content if node is not None else None
        if not isinstance(content, Instance) or content.block not in project.network.blocks:
            return scope[:depth]
        network = project.network.blocks[content.block].network
    return scope


def followed(before: Project, after: Project, scope: Scope) -> Scope:
    """Where a scope of `before` leads in `after`: an instance that has been renamed is still the same."""
    old, new = before.network, after.network
    found: list[str] = []
    for name in scope:
        node = old.nodes[name]
        if name not in new.nodes:
            name = next((other for other, item in new.nodes.items() if item is node), name)
        found.append(name)
        content, now = node.content, new.nodes.get(name)
        if (
            now is None
            or not isinstance(content, Instance)
            or not isinstance(now.content, Instance)
        ):
            break
        if now.content.block not in after.network.blocks:
            break
        old = before.network.blocks[content.block].network
        new = after.network.blocks[now.content.block].network
    return reachable(after, tuple(found))


def block_name(project: Project, scope: Scope) -> str:
    """The block that a scope ends in; empty for the empty scope. Raises `EditError` where there is none."""
    if reachable(project, scope) != scope:
        raise EditError(f"There is no block at {'/'.join(scope)} any more.")
    network, block = project.network, ""
    for name in scope:
        content = network.nodes[name].content
        assert isinstance(content, Instance)
        block = content.block
        network = project.network.blocks[block].network
    return block


def node_of(project: Project, path: str) -> Node | None:
    """The node at a path such as `part/conv1` in the whole project; None where there is none."""
    *scope, name = path.split("/")
    network = project.network
    if scope:
        if reachable(project, tuple(scope)) != tuple(scope):
            return None
        network = project.network.blocks[block_name(project, tuple(scope))].network
    return network.nodes.get(name)


def opened(project: Project, scope: Scope) -> Project:
    """The inside of a block as a project: its network as it is written, knowing all the blocks.

    Places and frames go by the plain names; those of other blocks' insides stay as they are.
    """
    if not scope:
        return project
    block = block_name(project, scope)
    inside = project.network.blocks[block].network
    return replace(
        project,
        network=Network(inside.nodes, inside.links, project.network.blocks),
        placement=_entered(project.placement, f"{block}/"),
        frames=_entered(project.frames, f"{block}/"),
        inside=block,
    )


def closed(project: Project, scope: Scope, inner: Project) -> Project:
    """The project with an edited inside put back; raises `EditError` for a block that would hold itself.

    The blocks, name, data and recipe are taken from `inner`, which may have changed them. Links at the
    block's instances follow its ports, and go where a port has gone.
    """
    if not scope:
        return inner
    block = block_name(project, scope)
    blocks = inner.network.blocks
    if block not in blocks:
        raise EditError(f"{block} is being edited and cannot be removed; leave it first.")
    inside = Network(inner.network.nodes, inner.network.links)
    blocks = {**blocks, block: replace(blocks[block], network=inside)}
    if block in within(blocks, block):
        raise EditError(f"{block} cannot contain itself; take another block.")
    whole = replace(
        inner,
        network=rewired(
            replace(project.network, blocks=blocks), block, project.network.blocks[block]
        ),
        placement=_left(project.placement, inner.placement, f"{block}/"),
        frames=_left(project.frames, inner.frames, f"{block}/"),
        inside=project.inside,
    )
    return check_size(whole)


def _entered(whole: Mapping[str, _Value], prefix: str) -> Mapping[str, _Value]:
    """What belongs to the block of this prefix without it, and what belongs to other blocks."""
    return {name.removeprefix(prefix): value for name, value in whole.items() if "/" in name}


def _left(
    whole: Mapping[str, _Value], inner: Mapping[str, _Value], prefix: str
) -> Mapping[str, _Value]:
    outer = {name: value for name, value in whole.items() if "/" not in name}
    return {
        **outer,
        **{name if "/" in name else prefix + name: value for name, value in inner.items()},
    }
