"""Blocks opened up: the concrete network inside an instance, its arithmetic done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from engine.fields import ParameterError, Value
from engine.layers.base import Layer
from engine.network.edits import remove_and_reconnect
from engine.network.errors import BlockError, ExpressionError
from engine.network.expressions import constant, evaluate
from engine.network.network import Instance, Network, Node
from engine.network.project import Project

__all__ = ["BlockError", "arguments", "expand"]


def expand(network: Network, instance: Instance, application: int = 0) -> Network:
    """The network inside an instance, as its application number `application` (from 0) runs it.

    `network` is the outermost one, which knows the blocks; the result knows them too, so instances
    inside it can be expanded in turn: their own arguments are constants by then. Parameters have
    the values that their expressions give, and a node whose `when` is false is taken out, its
    neighbours joined. Raises `BlockError` naming node and parameter.
    """
    block = network.blocks.get(instance.block)
    if block is None:
        raise BlockError(f"There is no block {instance.block!r} in this project.")
    values = arguments(network, instance, application)
    nodes: dict[str, Node] = {}
    absent: list[str] = []
    for name, node in block.network.nodes.items():
        where = f"{instance.block}/{name}"
        present = _present(node, values, where)
        nodes[name] = _concrete(node, values, where) if present else node
        if not present:
            absent.append(name)
    inner = Network(nodes, block.network.links, network.blocks)
    return remove_and_reconnect(Project(network=inner), absent).network if absent else inner


def arguments(network: Network, instance: Instance, application: int = 0) -> Mapping[str, Value]:
    """The value of each promoted parameter in one application; a text argument is an expression."""
    values = dict(network.blocks[instance.block].parameters)
    given = [*instance.arguments, *(instance.first if application == 0 else ())]
    for name, argument in given:
        if name not in values:
            raise BlockError(f"{instance.block} has no parameter {name!r}.")
        values[name] = _evaluated(argument, {}, f"{instance.block}: {name}")
    return values


def _present(node: Node, values: Mapping[str, Value], where: str) -> bool:
    if not node.when:
        return True
    answer = _evaluated(node.when, values, f"{where}: when")
    if not isinstance(answer, bool):
        raise BlockError(f"{where}: when must be true or false, not {answer!r}.")
    return answer


def _concrete(node: Node, values: Mapping[str, Value], where: str) -> Node:
    """The node with its arithmetic done, so that it needs no promoted parameter any more."""
    if isinstance(node.content, Layer):
        given = {
            name: _evaluated(text, values, f"{where}: {name}") for name, text in node.expressions
        }
        try:
            layer = node.content.changed(**given) if given else node.content
        except ParameterError as error:
            raise BlockError(f"{where}: {error.parameter} {error.message}.") from None
        return Node(layer, node.title)
    inner = replace(
        node.content,
        arguments=_constants(node.content.arguments, values, where),
        first=_constants(node.content.first, values, where),
    )
    return Node(inner, node.title)


def _constants(
    given: Iterable[tuple[str, Value]], values: Mapping[str, Value], where: str
) -> tuple[tuple[str, Value], ...]:
    done = ((name, _evaluated(value, values, f"{where}: {name}")) for name, value in given)
    return tuple(
        (name, constant(value) if isinstance(value, str) else value) for name, value in done
    )


def _evaluated(value: Value, values: Mapping[str, Value], where: str) -> Value:
    if not isinstance(value, str):
        return value
    try:
        return evaluate(value, values)
    except ExpressionError as error:
        raise BlockError(f"{where}: {error}") from None
