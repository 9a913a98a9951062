"""Parameters of blocks: promoted from the nodes inside, named, and used in the arithmetic there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from engine.fields import Value
from engine.layers.base import Layer
from engine.network.arithmetic import (
    check_expression,
    check_inside,
    defaults_around,
    said,
    value_of,
    with_values,
)
from engine.network.blocks import arithmetic
from engine.network.contents import set_parameters
from engine.network.errors import EditError, ExpressionError
from engine.network.expressions import IN_CHANNELS, constant, names
from engine.network.instances import check_whole, set_arguments, set_block
from engine.network.making import block_of, changed, check_text, node_of, short
from engine.network.names import free_name, parameter_problem
from engine.network.network import Block, Instance, Network, Node
from engine.network.project import Project


def promote(project: Project, block: str, node: str, parameter: str, name: str = "") -> Project:
    """Make a parameter of a node inside `block` one of the block, its present value the default.

    The new parameter is called `name`, or like the old one, or after the node as well where that is
    taken. `project` is opened at the block, or the whole one.
    """
    promoted = block_of(project, block)
    inside = _inside(project, block)
    item = node_of(replace(project, network=inside), node)
    value, follows = _present(project, node, item, parameter)
    if follows:
        raise EditError(f"{node}: {parameter} follows '{follows}' already; take that away first.")
    taken = dict(promoted.parameters)
    wishes = [name] if name else [parameter, f"{node}_{parameter}"]
    problem = ""
    for wish in wishes:
        problem = parameter_problem(wish, taken)
        if not problem:
            break
    else:
        if name:
            raise EditError(f"The parameter's name {short(name)} {problem}.")
        wish = free_name("parameter", {**taken, IN_CHANNELS: 0})
    grown = replace(promoted, parameters=(*promoted.parameters, (wish, value)))
    if isinstance(item.content, Instance):
        given = {**dict(item.content.arguments), parameter: wish}
        item = replace(item, content=replace(item.content, arguments=tuple(given.items())))
    else:
        item = replace(item, expressions=(*item.expressions, (parameter, wish)))
        _check_ports(node, item, parameter)
    return _put(project, block, grown, {**inside.nodes, node: item})


def add_parameter(project: Project, block: str, name: str, value: Value) -> Project:
    """A new promoted parameter of a block, for arithmetic inside to use, with this default."""
    found = block_of(project, block)
    problem = parameter_problem(name, dict(found.parameters))
    if problem:
        raise EditError(f"The parameter's name {short(name)} {problem}.")
    parameters = (*found.parameters, (name, value))
    return set_block(project, block, replace(found, parameters=parameters))


def demote(project: Project, block: str, name: str) -> Project:
    """Take a promoted parameter away: inside, its default stays. `project` is the whole one.

    Raises `EditError` while an instance gives it another value than the default.
    """
    check_whole(project, "take a parameter away")
    found = block_of(project, block)
    default = _default(block, found, name)
    for where, key, instance in _instances(project, block):
        for given, value in (*instance.arguments, *instance.first):
            if given == name:
                raise EditError(
                    f"{name} cannot be taken away from {block}, since {where}{key} gives it {value}; "
                    "set that back to the default first."
                )
    try:
        texts = {name: constant(default)}
    except ExpressionError:
        texts = {}
    nodes = {
        key: _settled(key, node, name, default, texts) for key, node in found.network.nodes.items()
    }
    parameters = tuple(pair for pair in found.parameters if pair[0] != name)
    return _put(project, block, replace(found, parameters=parameters), nodes)


def rename_parameter(project: Project, block: str, old: str, new: str) -> Project:
    """Call a promoted parameter otherwise, inside and in all instances. `project` is the whole one."""
    check_whole(project, "rename a parameter")
    found = block_of(project, block)
    _default(block, found, old)
    if old == new:
        return project
    problem = parameter_problem(new, dict(found.parameters))
    if problem:
        raise EditError(f"The parameter's name {short(new)} {problem}.")
    try:
        nodes = {key: said(node, {old: new}) for key, node in found.network.nodes.items()}
    except ExpressionError as error:
        raise EditError(f"{block}: {error}") from None
    parameters = tuple((new if key == old else key, value) for key, value in found.parameters)
    inner = replace(found, network=replace(found.network, nodes=nodes), parameters=parameters)
    blocks = {**project.network.blocks, block: inner}
    blocks = {
        key: replace(item, network=_given(item.network, block, old, new))
        for key, item in blocks.items()
    }
    outer = _given(project.network, block, old, new)
    return changed(project, nodes=outer.nodes, blocks=blocks)


def set_default(project: Project, block: str, name: str, value: Value) -> Project:
    """Give a promoted parameter another default; instances that say nothing else follow."""
    found = block_of(project, block)
    default = _default(block, found, name)
    if default == value and isinstance(default, bool) == isinstance(value, bool):
        return project
    if isinstance(value, str):
        check_text(f"{block}: {name}", value)
    parameters = tuple((key, value if key == name else old) for key, old in found.parameters)
    try:
        check_inside(_inside(project, block), dict(parameters))
    except EditError as error:
        raise EditError(f"{block}: {name} cannot be {value!r}: {error}") from None
    return set_block(project, block, replace(found, parameters=parameters))


def set_expression(project: Project, node: str, parameter: str, text: str) -> Project:
    """Let a parameter of a node follow arithmetic over the parameters of the block around it.

    Arithmetic without names is worked out and set as a plain value, anywhere; an empty text takes
    the arithmetic away and leaves its value. For an instance this sets an argument.
    """
    item = node_of(project, node)
    text = text.strip()
    where = f"{node}: {parameter}"
    if isinstance(item.content, Instance):
        if text:
            return set_arguments(project, node, **{parameter: text})
        value, _ = _present(project, node, item, parameter)
        return set_arguments(project, node, **{parameter: _argument(value)})
    _present(project, node, item, parameter)
    before = dict(item.expressions)
    if not text:
        if parameter not in before:
            return project
        value = with_values(node, item, defaults_around(project)).content
        assert isinstance(value, Layer)
        return set_parameters(project, node, **{parameter: value.values[parameter]})
    check_expression(project, where, text)
    if not names(text):
        return set_parameters(project, node, **{parameter: value_of(text, {}, where)})
    item = replace(item, expressions=tuple({**before, parameter: text}.items()))
    if before.get(parameter) == text:
        return project
    with_values(node, item, defaults_around(project))
    _check_ports(node, item, parameter)
    return changed(project, nodes={**project.network.nodes, node: item})


def set_when(project: Project, node: str, text: str) -> Project:
    """Let a node inside a block be there only where arithmetic holds; an empty text: always."""
    item = node_of(project, node)
    text = text.strip()
    if item.when == text:
        return project
    if text:
        where = f"{node}: when"
        if not project.inside:
            raise EditError(
                f"{where}: {node} is in no block, so no condition can be asked; mute it instead."
            )
        if item.kind in ("Input", "Output"):
            raise EditError(f"{where}: {node} is a port of {project.inside} and always there.")
        check_expression(project, where, text)
        values = defaults_around(project)
        if names(text) <= values.keys():
            there = value_of(text, values, where)
            if not isinstance(there, bool):
                raise EditError(
                    f"{where}: '{text}' gives {there!r}, which is neither true nor false; compare it "
                    "with something."
                )
    return changed(project, nodes={**project.network.nodes, node: replace(item, when=text)})


def _inside(project: Project, block: str) -> Network:
    """The network inside a block, as it is where the project is opened at it."""
    return project.network if project.inside == block else project.network.blocks[block].network


def _put(project: Project, name: str, block: Block, nodes: Mapping[str, Node]) -> Project:
    """The project with another block and other nodes in it."""
    if project.inside == name:
        return changed(set_block(project, name, block), nodes=nodes)
    return set_block(project, name, replace(block, network=replace(block.network, nodes=nodes)))


def _present(project: Project, name: str, node: Node, parameter: str) -> tuple[Value, str]:
    """A parameter's value, and the arithmetic that it follows; raises `EditError` for an unknown one."""
    if isinstance(node.content, Instance):
        values = dict(block_of(project, node.content.block).parameters)
        given = dict(node.content.arguments).get(parameter)
        if isinstance(given, str) and not names(given):
            given = value_of(given, {}, f"{name}: {parameter}")
        elif isinstance(given, str):
            return values.get(parameter), given
        if given is not None:
            values[parameter] = given
    else:
        values = node.content.values
    if parameter not in values:
        known = ", ".join(values) or "none"
        raise EditError(f"{name} has no parameter {short(parameter)} (known: {known}).")
    return values[parameter], dict(node.expressions).get(parameter, "")


def _check_ports(name: str, node: Node, parameter: str) -> None:
    """Raise `EditError` for arithmetic on a flag that decides which outputs a layer has."""
    assert isinstance(node.content, Layer)
    value = node.content.values[parameter]
    if isinstance(value, bool):
        other = node.content.changed(**{parameter: not value})
        if len(other.output_ports()) != len(node.content.output_ports()):
            raise EditError(
                f"{name}: {parameter} decides which outputs {name} has, so it must be a plain value."
            )


def _default(name: str, block: Block, parameter: str) -> Value:
    parameters = dict(block.parameters)
    if parameter not in parameters:
        known = ", ".join(parameters) or "none"
        raise EditError(f"{name} has no parameter {short(parameter)} (known: {known}).")
    return parameters[parameter]


def _instances(project: Project, block: str) -> Iterator[tuple[str, str, Instance]]:
    """Every instance of a block: the block that it is in with a slash (empty: none), its name, itself."""
    parts = {"": project.network}
    parts |= {f"{name}/": item.network for name, item in project.network.blocks.items()}
    for where, network in parts.items():
        for name, node in network.nodes.items():
            if isinstance(node.content, Instance) and node.content.block == block:
                yield where, name, node.content


def _settled(name: str, node: Node, parameter: str, value: Value, texts: Mapping[str, str]) -> Node:
    """The node with a value in place of a name in its arithmetic."""
    used = [text for text in arithmetic(Network({name: node})) if parameter in names(text)]
    if not used:
        return node
    if isinstance(node.content, Layer):
        kept: list[tuple[str, str]] = []
        values: dict[str, Value] = {}
        for key, text in node.expressions:
            if not names(text) - {parameter}:
                values[key] = value_of(text, {parameter: value}, f"{name}: {key}")
            else:
                kept.append((key, text))
        node = replace(node, content=node.content.changed(**values), expressions=tuple(kept))
    try:
        node = said(node, texts)
    except ExpressionError as error:
        raise EditError(f"{name}: {error}") from None
    if any(parameter in names(text) for text in arithmetic(Network({name: node}))):
        raise EditError(f"{name}: {parameter} is a row of numbers, which arithmetic cannot hold.")
    return node


def _given(network: Network, block: str, old: str, new: str) -> Network:
    """The network with an argument of a block's instances called otherwise."""

    def renamed(given: tuple[tuple[str, Value], ...]) -> tuple[tuple[str, Value], ...]:
        return tuple((new if key == old else key, value) for key, value in given)

    nodes = dict(network.nodes)
    for name, node in network.nodes.items():
        content = node.content
        if isinstance(content, Instance) and content.block == block:
            content = replace(
                content, arguments=renamed(content.arguments), first=renamed(content.first)
            )
            nodes[name] = replace(node, content=content)
    return replace(network, nodes=nodes)


def _argument(value: Value) -> Value:
    return constant(value) if isinstance(value, str) else value
