"""Edits: functions from one project to the next. What cannot be done raises `EditError`.

An edit that changes nothing returns the very same project, so undo gets no empty steps. A network
stays free of cycles, an input of a fixed layer takes one link, and the inputs of a variadic layer
are numbered without gaps: every edit keeps these three.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace as with_

from engine.fields import Value
from engine.layers.base import Layer
from engine.network import ports
from engine.network.chains import detach, duplicate_linked, insert_node_on_link
from engine.network.clipboard import copy, paste
from engine.network.contents import replace, set_layer, set_parameters
from engine.network.errors import EditError
from engine.network.frames import add_frame, remove_frame, set_frame
from engine.network.making import (
    changed,
    check_name,
    check_text,
    closed_up,
    joints,
    node_of,
    point,
    touching,
    without,
)
from engine.network.names import new_name
from engine.network.network import Link, Mode, Node
from engine.network.order import sources, would_cycle
from engine.network.placement import after as place_after
from engine.network.placement import between, free_spot
from engine.network.project import DataChoice, Point, Project
from engine.recipe.recipe import Recipe

__all__ = [
    "EditError",
    "add",
    "add_frame",
    "append",
    "check_name",
    "connect",
    "copy",
    "detach",
    "disconnect",
    "duplicate_linked",
    "insert_before",
    "insert_node_on_link",
    "insert_on_link",
    "move",
    "new_name",
    "paste",
    "remove",
    "remove_and_reconnect",
    "remove_frame",
    "rename",
    "replace",
    "set_data",
    "set_frame",
    "set_frozen",
    "set_layer",
    "set_learning",
    "set_mode",
    "set_name",
    "set_parameters",
    "set_recipe",
    "set_title",
]


def add(project: Project, layer: Layer, at: Point, name: str = "") -> Project:
    """A new node, linked to nothing, its top left corner at the point `at`."""
    network = project.network
    if name:
        check_name(network, name)
    else:
        name = new_name(network, layer.kind())
    return changed(
        project,
        nodes={**network.nodes, name: Node(layer)},
        placement={**project.placement, name: point(at)},
    )


def append(project: Project, layer: Layer, after: str | None, at: Point | None = None) -> Project:
    """A new node fed by output 0 of `after`, right of it unless `at` says where.

    It stays unlinked where there is nothing to follow: `after` is None, the new layer has no input,
    or the other no output.
    """
    if after is not None:
        node_of(project, after)
    grown = add(project, layer, at or place_after(project, after))
    name = _newest(grown)
    if after is None or not layer.ports_in:
        return grown
    if not ports.outputs(project.network, project.network.nodes[after]):
        return grown
    return connect(grown, Link(after, name))


def remove(project: Project, names: Collection[str]) -> Project:
    """Take nodes out with all their links."""
    return without(project, {name for name in names if name in project.network.nodes}, joined=())


def remove_and_reconnect(project: Project, names: Collection[str]) -> Project:
    """Take nodes out, and feed what their first output fed from what fed their first input."""
    gone = {name for name in names if name in project.network.nodes}
    return without(project, gone, joints(project.network, gone))


def connect(project: Project, link: Link) -> Project:
    """Link two nodes, in place of what fed that input; a variadic layer takes it as one input more."""
    network = project.network
    if link in network.links:
        return project
    source, target = node_of(project, link.source), node_of(project, link.target)
    outputs = ports.outputs(network, source)
    if not 0 <= link.output < len(outputs):
        raise EditError(
            f"{link.source} has no output number {link.output}: "
            + (f"its outputs are {', '.join(outputs)}." if outputs else "it ends the network.")
        )
    if not ports.has_input(network, target, link.input):
        inputs = ports.inputs(network, target)
        raise EditError(
            f"{link.target} has no input number {link.input}: "
            + (f"its inputs are {', '.join(inputs)}." if inputs else "it starts the network.")
        )
    if would_cycle(network, link.source, link.target):
        raise EditError(
            f"{link.source} cannot feed {link.target}, since {link.source} already depends on it; "
            "a network must run one way, so link it to a node that comes later."
        )
    feeds = sources(network).get(link.target, ())
    fixed = len(ports.inputs(network, target)) - 1
    if ports.variadic(target) and link.input >= fixed:
        link = with_(link, input=fixed + sum(item.input >= fixed for item in feeds))
    taken = [item for item in feeds if item.input == link.input]
    return changed(project, links=network.links.difference(taken) | {link})


def disconnect(project: Project, links: Iterable[Link]) -> Project:
    """Take links out."""
    network = project.network
    gone = network.links.intersection(links)
    if not gone:
        return project
    kept = network.links - gone
    return changed(project, links=closed_up(network, kept, {link.target for link in gone}))


def rename(project: Project, old: str, new: str) -> Project:
    """Give a node another name; its place in the drawing order stays."""
    node_of(project, old)
    if old == new:
        return project
    network = project.network
    check_name(network, new)
    nodes = {new if name == old else name: node for name, node in network.nodes.items()}
    near = touching(network, old)
    renamed = {
        with_(
            link,
            source=new if link.source == old else link.source,
            target=new if link.target == old else link.target,
        )
        for link in near
    }
    placement = {new if name == old else name: at for name, at in project.placement.items()}
    links = network.links.difference(near) | renamed if near else network.links
    return changed(project, nodes=nodes, links=links, placement=placement)


def set_title(project: Project, name: str, title: str) -> Project:
    """Give a node a free text for people; empty takes it away."""
    node = node_of(project, name)
    if node.title == title:
        return project
    check_text("A title", title)
    nodes = {**project.network.nodes, name: with_(node, title=title)}
    return changed(project, nodes=nodes)


def set_mode(project: Project, names: Collection[str], mode: Mode) -> Project:
    """Let nodes work, be bypassed or be muted. Inputs and Outputs always work and stay as they are;
    `EditError` where nothing else is given.
    """
    found = {name: node_of(project, name) for name in names}
    able = {name: node for name, node in found.items() if node.kind not in ("Input", "Output")}
    if found and not able:
        first = next(iter(found))
        raise EditError(f"{first} is where the network begins or ends, so it is always active.")
    return _with_nodes(
        project, {name: with_(node, mode=mode) for name, node in able.items() if node.mode != mode}
    )


def set_frozen(project: Project, names: Collection[str], frozen: bool) -> Project:
    """Keep the tensors of nodes as they are while the rest learns, or let them learn again."""
    found = {name: node_of(project, name) for name in names}
    return _with_nodes(
        project,
        {name: with_(node, frozen=frozen) for name, node in found.items() if node.frozen != frozen},
    )


def set_learning(project: Project, names: Collection[str], **values: Value) -> Project:
    """Let the tensors of nodes begin otherwise, or learn faster or slower than the rest.

    `values` are those of `Learning`; raises `ParameterError` for one that cannot be.
    """
    found = {name: node_of(project, name) for name in names}
    return _with_nodes(
        project,
        {
            name: with_(node, learning=node.learning.changed(**values))
            for name, node in found.items()
        },
    )


def move(project: Project, positions: Mapping[str, Point]) -> Project:
    """Put nodes elsewhere."""
    moved: dict[str, Point] = {}
    for name, at in positions.items():
        node_of(project, name)
        place = point(at)
        if project.placement.get(name) != place:
            moved[name] = place
    return changed(project, placement={**project.placement, **moved}) if moved else project


def insert_on_link(
    project: Project, link: Link, layer: Layer, at: Point, name: str = ""
) -> Project:
    """A new node in the middle of a link: it is fed by its source, and feeds its target."""
    network = project.network
    if link not in network.links:
        raise EditError(f"There is no link from {link.source} to {link.target} to insert on.")
    if not layer.ports_in or not layer.output_ports():
        raise EditError(
            f"{layer.kind()} cannot stand between {link.source} and {link.target}, "
            "since it lacks an input or an output; put it at an end."
        )
    grown = add(project, layer, at, name)
    name = _newest(grown)
    onward = with_(link, source=name, output=0)
    first = Link(link.source, name, link.output, 0)
    return changed(grown, links=network.links - {link} | {first, onward})


def insert_before(project: Project, name: str, input: int, layer: Layer) -> Project:
    """A new node on the link that feeds input number `input` of node `name`."""
    node_of(project, name)
    feeds = sources(project.network).get(name, ())
    link = next((item for item in feeds if item.input == input), None)
    if link is None:
        raise EditError(f"Nothing feeds input number {input} of {name}, so nothing can go before.")
    at = between(project, link.source, name)
    return insert_on_link(project, link, layer, free_spot(project, at))


def set_recipe(project: Project, recipe: Recipe) -> Project:
    """Train it otherwise."""
    return project if project.recipe == recipe else with_(project, recipe=recipe)


def set_data(project: Project, data: DataChoice) -> Project:
    """Learn from other data."""
    return project if project.data == data else with_(project, data=data)


def set_name(project: Project, name: str) -> Project:
    """Call the project, and its network, otherwise."""
    if project.name == name:
        return project
    if not name.strip():
        raise EditError("A project's name cannot be empty; give it at least one letter.")
    check_text("A project's name", name)
    return with_(project, name=name)


def _newest(project: Project) -> str:
    return next(reversed([*project.network.nodes]))


def _with_nodes(project: Project, new: Mapping[str, Node]) -> Project:
    return changed(project, nodes={**project.network.nodes, **new}) if new else project
