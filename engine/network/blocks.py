"""Blocks opened up: the concrete network inside an instance, its arithmetic done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from engine.fields import ParameterError, Value
from engine.layers.base import Layer
from engine.network.active import active
from engine.network.errors import BlockError, ExpressionError
from engine.network.expressions import IN_CHANNELS, constant, evaluate
from engine.network.network import Block, Instance, Network, Node

__all__ = ["BlockError", "arguments", "arithmetic", "expand", "needs_channels"]


def expand(
    network: Network, instance: Instance, application: int = 0, channels: int | None = None
) -> Network:
    """The network inside an instance, as its application number `application` (from 0) runs it.

    `network` is the outermost one, which knows the blocks; the result knows them too, so instances
    inside it can be expanded in turn: their own arguments are constants by then. Parameters have
    the values that their expressions give, a node whose `when` is false counts as bypassed, and of
    the rest only what is active stays. `channels` is how many reach the first input; None where
    that is not known, which only a block that `needs_channels` minds. Raises `BlockError` naming
    node and parameter.
    """
    block = network.blocks.get(instance.block)
    if block is None:
        raise BlockError(f"There is no block {instance.block!r} in this project.")
    values = dict(arguments(network, instance, application))
    if channels is not None:
        values.setdefault(IN_CHANNELS, channels)
    nodes: dict[str, Node] = {}
    for name, node in block.network.nodes.items():
        where = f"{instance.block}/{name}"
        if node.mode != "active":
            nodes[name] = node
        elif _present(node, values, where):
            nodes[name] = _concrete(node, values, where)
        else:
            nodes[name] = replace(node, mode="bypassed")
    return active(Network(nodes, block.network.links, network.blocks))


def needs_channels(block: Block) -> bool:
    """Whether the arithmetic inside a block says `in_channels`."""
    return any(IN_CHANNELS in text for text in arithmetic(block.network))


def arithmetic(network: Network) -> Iterator[str]:
    """Every expression over promoted parameters in the network inside a block."""
    for node in network.nodes.values():
        if node.when:
            yield node.when
        yield from (text for _, text in node.expressions)
        if isinstance(node.content, Instance):
            given = (*node.content.arguments, *node.content.first)
            yield from (value for _, value in given if isinstance(value, str))


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
        return Node(layer, node.title, frozen=node.frozen, learning=node.learning)
    inner = replace(
        node.content,
        arguments=_constants(node.content.arguments, values, where),
        first=_constants(node.content.first, values, where),
    )
    return Node(inner, node.title, frozen=node.frozen, learning=node.learning)


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
        if IN_CHANNELS not in values and IN_CHANNELS in value:
            raise BlockError(
                f"{where}: '{value}' asks for the channels that come in, which are not known here."
            ) from None
        raise BlockError(f"{where}: {error}") from None
