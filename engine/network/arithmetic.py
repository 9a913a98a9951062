"""Arithmetic looked at before it is taken: does it use names that there are, and give what may stand there?

Where a value depends on what is only known in an instance, it is checked there, by the analysis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.fields import ParameterError, Value
from engine.layers.base import Layer
from engine.network.errors import EditError, ExpressionError
from engine.network.expressions import IN_CHANNELS, constant, evaluate, names, substituted
from engine.network.making import block_of, check_text, short
from engine.network.network import Instance, Network, Node
from engine.network.project import Project


def defaults_around(project: Project) -> Mapping[str, Value]:
    """The promoted parameters that arithmetic may use here, with their defaults."""
    return dict(block_of(project, project.inside).parameters) if project.inside else {}


def check_expression(project: Project, where: str, text: str) -> None:
    """Raise `EditError` for what is no arithmetic, or uses names that mean nothing here."""
    check_text(f"{where}: arithmetic", text)
    try:
        unknown = sorted(names(text) - known_around(project))
    except ExpressionError as error:
        raise EditError(f"{where}: {error}") from None
    if unknown and not project.inside:
        raise EditError(
            f"{where}: '{text}' uses {unknown[0]}, but {where.partition(':')[0]} is in no block, so "
            "there are no parameters to calculate with; give a plain value."
        )
    if unknown:
        known = ", ".join(sorted(known_around(project)))
        raise EditError(
            f"{where}: '{text}' uses {unknown[0]}, which is no parameter of {project.inside}; "
            f"known are {known}."
        )


def known_around(project: Project) -> frozenset[str]:
    """The names that arithmetic may use here; none in the outermost network."""
    return frozenset({IN_CHANNELS, *defaults_around(project)}) if project.inside else frozenset()


def value_of(text: str, values: Mapping[str, Value], where: str) -> Value:
    """What arithmetic gives with these values; raises `EditError`."""
    try:
        return evaluate(text, values)
    except ExpressionError as error:
        raise EditError(f"{where}: {error}") from None


def told_argument(project: Project, node: str, block: str, name: str, value: Value) -> Value:
    """An argument as an instance keeps it: arithmetic that needs no names is worked out.

    For a parameter whose default is a word, a word that is no name here stands for itself.
    """
    parameters = dict(block_of(project, block).parameters)
    if name not in parameters:
        known = ", ".join(parameters) or "none"
        raise EditError(f"{node}: {block} has no parameter {short(name)} (known: {known}).")
    if not isinstance(value, str):
        return value
    plain = value.strip()
    word = isinstance(parameters[name], str)
    if word and plain.replace("_", "a").isalnum() and plain not in known_around(project):
        return constant(plain)
    check_expression(project, f"{node}: {name}", plain)
    if names(plain):
        return plain
    done = value_of(plain, {}, f"{node}: {name}")
    return constant(done) if isinstance(done, str) else done


def check_arguments(project: Project, node: str, instance: Instance) -> None:
    """Raise `EditError` where the arguments give a parameter inside the block what it cannot hold.

    Names around stand for their defaults; what depends on the channels that come in is left out.
    """
    around = defaults_around(project)
    block = block_of(project, instance.block)
    for given in (instance.arguments, (*instance.arguments, *instance.first)):
        values = dict(block.parameters)
        for name, value in given:
            if not isinstance(value, str):
                values[name] = value
            elif IN_CHANNELS in names(value):
                values.pop(name, None)
            else:
                values[name] = value_of(value, around, f"{node}: {name}")
        try:
            check_inside(block.network, values)
        except EditError as error:
            raise EditError(f"{node}: inside {instance.block}, {error}") from None


def check_inside(network: Network, values: Mapping[str, Value]) -> None:
    """Raise `EditError` where the arithmetic inside a block gives a layer what it cannot hold."""
    for name, node in network.nodes.items():
        if node.when and names(node.when) <= values.keys():
            there = value_of(node.when, values, f"{name}: when")
            if not isinstance(there, bool):
                raise EditError(f"{name}: when must be true or false, not {there!r}.")
            if not there:
                continue
        with_values(name, node, values)


def with_values(name: str, node: Node, values: Mapping[str, Value]) -> Node:
    """The node with the arithmetic of its layer done as far as `values` are enough; raises `EditError`."""
    if not isinstance(node.content, Layer):
        return node
    given = {
        parameter: value_of(text, values, f"{name}: {parameter}")
        for parameter, text in node.expressions
        if names(text) <= values.keys()
    }
    try:
        layer = node.content.changed(**given) if given else node.content
    except ParameterError as error:
        raise EditError(f"{name}: {error.parameter} {error.message}.") from None
    if len(layer.output_ports()) != len(node.content.output_ports()):
        raise EditError(
            f"{name}: {next(iter(given))} decides which outputs {name} has, so it must be a plain value."
        )
    return replace(node, content=layer)


def said(node: Node, texts: Mapping[str, str]) -> Node:
    """The node with other words in its arithmetic; raises `ExpressionError`."""

    def pairs(given: tuple[tuple[str, Value], ...]) -> tuple[tuple[str, Value], ...]:
        return tuple(
            (key, substituted(value, texts) if isinstance(value, str) else value)
            for key, value in given
        )

    content = node.content
    if isinstance(content, Instance):
        content = replace(content, arguments=pairs(content.arguments), first=pairs(content.first))
    return replace(
        node,
        content=content,
        expressions=tuple((key, substituted(text, texts)) for key, text in node.expressions),
        when=substituted(node.when, texts) if node.when else "",
    )
