"""What stands in a node: other parameters, another layer, another kind altogether."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from engine.fields import ParameterError, Value
from engine.layers import catalogue
from engine.layers.base import Layer
from engine.network import ports
from engine.network.errors import EditError
from engine.network.making import changed, closed_up, node_of, short
from engine.network.network import Instance, Node
from engine.network.order import sources, targets
from engine.network.project import Project
from engine.network.uses import check_containment, check_size


def set_parameters(project: Project, name: str, **values: Value) -> Project:
    """Give parameters of a layer other values; links from an output that this takes away go too.

    A parameter that followed an expression follows it no more.
    """
    node = node_of(project, name)
    if not isinstance(node.content, Layer):
        raise EditError(f"{name} is a block and has no parameters of a layer.")
    try:
        layer = node.content.changed(**values)
    except ParameterError as error:
        raise EditError(f"{name}: {error.parameter} {error.message}.") from None
    kept = tuple(pair for pair in node.expressions if pair[0] not in values)
    return _put(project, name, dataclasses.replace(node, content=layer, expressions=kept))


def set_layer(project: Project, name: str, layer: Layer) -> Project:
    """Put another layer in a node's place; links to ports that it has not got go, and expressions
    for parameters that it has not got.
    """
    node = node_of(project, name)
    if node.content == layer:
        return project
    kept = tuple(pair for pair in node.expressions if pair[0] in layer.values)
    return _put(project, name, dataclasses.replace(node, content=layer, expressions=kept))


def replace(project: Project, names: Collection[str], kind: str) -> Project:
    """Put a layer of another kind, or an instance of the block `kind`, in the place of each node.

    Links stay where the new one has a port of that number. A layer takes over the parameters that
    both kinds have, as far as it accepts their values.
    """
    for name in names:
        node = node_of(project, name)
        if node.kind != kind:
            project = _put(project, name, _of_kind(project, name, node, kind))
    return check_size(project) if kind in project.network.blocks else project


def _of_kind(project: Project, name: str, node: Node, kind: str) -> Node:
    if kind in project.network.blocks:
        check_containment(project, kind)
        return dataclasses.replace(node, content=Instance(kind), expressions=())
    if kind not in catalogue.kinds():
        raise EditError(f"There is no layer or block {short(kind)} to put in the place of {name}.")
    layer = catalogue.layer(kind)
    expressions: list[tuple[str, str]] = []
    if isinstance(node.content, Layer):
        for parameter, value in node.content.values.items():
            if parameter in layer.values:
                try:
                    layer = layer.changed(**{parameter: value})
                except ParameterError:
                    continue
        expressions = [pair for pair in node.expressions if pair[0] in layer.values]
    ends = kind in ("Input", "Output")
    return dataclasses.replace(
        node,
        content=layer,
        expressions=tuple(expressions),
        when="" if ends else node.when,
        mode="active" if ends else node.mode,
    )


def _put(project: Project, name: str, node: Node) -> Project:
    """The project with another node of this name; links to ports that it has not got go."""
    network = project.network
    if network.nodes[name] == node:
        return project
    nodes = {**network.nodes, name: node}
    outputs = len(ports.outputs(network, node))
    lost = [link for link in targets(network).get(name, ()) if link.output >= outputs] + [
        link
        for link in sources(network).get(name, ())
        if not ports.has_input(network, node, link.input)
    ]
    # A layer with a fixed number of inputs may have become one that counts them, or the reverse.
    recount = ports.variadic(node) != ports.variadic(network.nodes[name])
    if not lost and not recount:
        return changed(project, nodes=nodes)
    shrunk = dataclasses.replace(network, nodes=nodes)
    touched = {link.target for link in lost} | {name}
    return changed(
        project, nodes=nodes, links=closed_up(shrunk, network.links.difference(lost), touched)
    )
