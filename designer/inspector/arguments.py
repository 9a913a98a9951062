"""Promoted parameters as fields: what may be given to a block, told by where it is used inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from designer.inspector.choosing import SEVERAL, Shown
from designer.inspector.form import Said
from designer.inspector.text import write
from engine.fields import Choice, Field, Flag, Integer, Integers, Real, Value, specs
from engine.layers.base import Layer
from engine.network.expressions import ExpressionError, constant, evaluate, names
from engine.network.network import Block, Instance, Network

LARGEST = 1_000_000


def parameter_fields(network: Network, block: str) -> dict[str, Field]:
    """A field for each promoted parameter of a block, labelled by its name."""
    found = network.blocks[block]
    return {name: parameter_field(network, found, name) for name, _ in found.parameters}


def parameter_field(network: Network, block: Block, name: str) -> Field:
    """The field of the first parameter inside that is this one, or else one for values of its sort."""
    default = dict(block.parameters)[name]
    spec = _used_as(network, block, name, set())
    if spec is not None:
        try:
            spec.check(default)
        except ValueError:
            spec = None
    users = ", ".join(users_of(block.network, name))
    return replace(
        spec or _of_sort(default),
        label=name.replace("_", " "),
        help=f"Used by {users}." if users else "Not used yet.",
    )


def users_of(inside: Network, name: str) -> list[str]:
    """The nodes in a block whose arithmetic says a promoted parameter."""
    found: list[str] = []
    for key, node in inside.nodes.items():
        texts = [text for _, text in node.expressions]
        if node.when:
            texts.append(node.when)
        if isinstance(node.content, Instance):
            given = (*node.content.arguments, *node.content.first)
            texts += [value for _, value in given if isinstance(value, str)]
        if any(name in _names(text) for text in texts):
            found.append(key)
    return found


def argument_field(spec: Field, otherwise: str) -> Field:
    """The field of an argument, which may be left at what it is `otherwise`."""
    if isinstance(spec, Flag):
        spec = Choice(help=spec.help, label=spec.label, options=("true", "false"))
    return spec if spec.none else replace(spec, none=otherwise)


def as_argument(spec: Field, value: Value) -> Value:
    """What a person settled on, as an argument, whose text is arithmetic."""
    if isinstance(spec, Flag):
        return value == "true"
    return constant(value) if isinstance(value, str) else value


def shown_argument(spec: Field, raw: Value, values: Mapping[str, Value]) -> tuple[Shown, str]:
    """The value of an argument and the expression it follows; `values` are those of the block around."""
    expression = raw if isinstance(raw, str) and _names(raw) else ""
    value: Shown = raw
    if isinstance(raw, str):
        value = value_of(raw, values)
    if isinstance(spec, Flag) and isinstance(value, bool) and not expression:
        value = str(value).lower()
    return value, expression


def value_of(text: str, values: Mapping[str, Value]) -> Shown:
    """What an expression comes to; SEVERAL where that is not known."""
    try:
        return evaluate(text, values)
    except ExpressionError:
        return SEVERAL


def told(spec: Field, value: Value) -> str:
    """A value in words."""
    return write(spec, value) if value is not None else spec.none or "none"


def _used_as(network: Network, block: Block, name: str, seen: set[str]) -> Field | None:
    for node in block.network.nodes.values():
        if isinstance(node.content, Layer):
            fields = specs(type(node.content))
            found = (fields[key] for key, text in node.expressions if text == name)
            spec = next(found, None)
            if spec is not None:
                return spec
        elif node.content.block in network.blocks and node.content.block not in seen:
            seen.add(node.content.block)
            inner = network.blocks[node.content.block]
            for key, text in (*node.content.arguments, *node.content.first):
                if text == name and key in dict(inner.parameters):
                    spec = _used_as(network, inner, key, seen)
                    if spec is not None:
                        return spec
    return None


def _of_sort(default: Value) -> Field:
    match default:
        case bool():
            return Flag()
        case int():
            return Integer(low=-LARGEST, high=LARGEST)
        case float():
            return Real()
        case tuple():
            return Integers(low=-LARGEST)
        case _:
            return Said(none="" if default is not None else "none")


def _names(text: str) -> frozenset[str]:
    try:
        return names(text)
    except ExpressionError:
        return frozenset()
