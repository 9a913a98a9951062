"""Instances of blocks: placed, given arguments and repeats; and the blocks themselves by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from engine.fields import Value
from engine.network import ports
from engine.network.arithmetic import check_arguments, told_argument
from engine.network.errors import EditError
from engine.network.making import (
    block_of,
    changed,
    check_name,
    check_text,
    instance_of,
    point,
    short,
)
from engine.network.names import block_name_problem, new_name
from engine.network.network import Block, Instance, Network, Node
from engine.network.project import Point, Project
from engine.network.reading import MOST_REPEATS
from engine.network.uses import check_containment, check_size, instances

_Item = TypeVar("_Item")


def add_instance(project: Project, block: str, at: Point, name: str = "") -> Project:
    """A new instance of a block, with the block's defaults, linked to nothing, its corner at `at`."""
    block_of(project, block)
    check_containment(project, block)
    network = project.network
    if name:
        check_name(network, name)
    else:
        name = new_name(network, block)
    return check_size(
        changed(
            project,
            nodes={**network.nodes, name: Node(Instance(block))},
            placement={**project.placement, name: point(at)},
        )
    )


def set_arguments(project: Project, node: str, **values: Value) -> Project:
    """Give promoted parameters of an instance values; a text is arithmetic in the words around it.

    A value that is the block's default is not kept: the instance then follows the block.
    """
    instance = instance_of(project, node)
    defaults = dict(block_of(project, instance.block).parameters)
    given = dict(instance.arguments)
    for name, value in values.items():
        told = told_argument(project, node, instance.block, name, value)
        if name in defaults and _same(told, defaults[name]):
            given.pop(name, None)
        else:
            given[name] = told
    return _put(project, node, replace(instance, arguments=tuple(given.items())))


def set_first(project: Project, node: str, **values: Value) -> Project:
    """Give the first application of an instance values of its own, as `set_arguments` does for all.

    A value that all applications have is not kept.
    """
    instance = instance_of(project, node)
    general = {**dict(block_of(project, instance.block).parameters), **dict(instance.arguments)}
    given = dict(instance.first)
    for name, value in values.items():
        told = told_argument(project, node, instance.block, name, value)
        if name in general and _same(told, general[name]):
            given.pop(name, None)
        else:
            given[name] = told
    return _put(project, node, replace(instance, first=tuple(given.items())))


def set_repeat(project: Project, node: str, n: int) -> Project:
    """Apply an instance `n` times in a row, 1 to `reading.MOST_REPEATS`."""
    instance = instance_of(project, node)
    if isinstance(n, bool) or not 1 <= n <= MOST_REPEATS:
        raise EditError(
            f"{node}: repeat must be a whole number from 1 to {MOST_REPEATS:,}, not {n!r}."
        )
    item = project.network.nodes[node]
    inputs, outputs = (len(of(project.network, item)) for of in (ports.inputs, ports.outputs))
    if n > 1 and inputs != outputs:
        raise EditError(
            f"{node} cannot be repeated, since {instance.block} has {outputs} outputs for {inputs} "
            "inputs and each application feeds the next; give it as many of one as of the other."
        )
    return check_size(_put(project, node, replace(instance, repeat=n)))


def rename_block(project: Project, old: str, new: str) -> Project:
    """Call a block otherwise, in all its instances. `project` is the whole one, opened nowhere."""
    check_whole(project, "rename a block")
    block_of(project, old)
    if old == new:
        return project
    problem = block_name_problem(new)
    if problem or new in project.network.blocks:
        raise EditError(f"The block's name {short(new)} {problem or 'is that of another block'}.")

    def renamed(network: Network) -> Network:
        nodes = dict(network.nodes)
        for name, node in network.nodes.items():
            if isinstance(node.content, Instance) and node.content.block == old:
                nodes[name] = replace(node, content=replace(node.content, block=new))
        return replace(network, nodes=nodes)

    blocks = {
        new if name == old else name: replace(block, network=renamed(block.network))
        for name, block in project.network.blocks.items()
    }

    def moved(items: Mapping[str, _Item]) -> Mapping[str, _Item]:
        return {
            f"{new}/{name.removeprefix(f'{old}/')}" if name.startswith(f"{old}/") else name: item
            for name, item in items.items()
        }

    return changed(
        project,
        nodes=renamed(project.network).nodes,
        blocks=blocks,
        placement=moved(project.placement),
        frames=moved(project.frames),
    )


def remove_block(project: Project, block: str) -> Project:
    """Take a block out of the project; raises `EditError` while something uses it."""
    check_whole(project, "remove a block")
    block_of(project, block)
    blocks = project.network.blocks
    users = [name for name, other in blocks.items() if _uses(other.network, block)]
    if _uses(project.network, block):
        users.insert(0, "the network")
    if users:
        raise EditError(
            f"{block} is used in {', '.join(users[:3])}; take its instances away or unpack them first."
        )
    return changed(
        project,
        blocks={name: other for name, other in blocks.items() if name != block},
        placement=_without(project.placement, block),
        frames=_without(project.frames, block),
    )


def set_help(project: Project, block: str, text: str) -> Project:
    """Say what a block is for, in one line of plain text."""
    found = block_of(project, block)
    if found.help == text:
        return project
    check_text(f"The help of {block}", text)
    return set_block(project, block, replace(found, help=text))


def set_block(project: Project, name: str, block: Block) -> Project:
    """The project with another block of this name; the very same where it is equal."""
    if project.network.blocks.get(name) == block:
        return project
    return changed(project, blocks={**project.network.blocks, name: block})


def check_whole(project: Project, what: str) -> None:
    """Raise `EditError` for a project opened at a block, where instances further out are not seen."""
    if project.inside:
        raise EditError(f"One cannot {what} from inside {project.inside}; leave it first.")


def _uses(network: Network, block: str) -> bool:
    return any(instance.block == block for instance in instances(network))


def _without(items: Mapping[str, _Item], block: str) -> Mapping[str, _Item]:
    return {name: item for name, item in items.items() if not name.startswith(f"{block}/")}


def _same(one: Value, other: Value) -> bool:
    """Whether an argument, whose text is arithmetic, is a parameter's value, whose text is a word."""
    if isinstance(other, str):
        return one in (repr(other), other)
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _put(project: Project, name: str, instance: Instance) -> Project:
    node = project.network.nodes[name]
    if node.content == instance:
        return project
    check_arguments(project, name, instance)
    return changed(project, nodes={**project.network.nodes, name: replace(node, content=instance)})
