"""Edits: functions from one project to the next. What cannot be done raises `EditError`.

An edit that changes nothing returns the very same project, so undo gets no empty steps. A network
stays free of cycles, an input of a fixed layer takes one link, and the inputs of a variadic layer
are numbered without gaps: every edit keeps these three.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from engine.fields import ParameterError, Value
from engine.layers.base import Layer
from engine.network import ports
from engine.network.clipboard import copy, paste
from engine.network.errors import EditError
from engine.network.names import name_problem, new_name, text_problem
from engine.network.network import Link, Network, Node
from engine.network.order import sources, targets, would_cycle
from engine.network.placement import after as place_after
from engine.network.placement import between, free_spot
from engine.network.project import DataChoice, Point, Project
from engine.recipe.recipe import Recipe

__all__ = [
    "EditError",
    "add",
    "append",
    "check_name",
    "connect",
    "copy",
    "disconnect",
    "insert_before",
    "insert_on_link",
    "move",
    "new_name",
    "paste",
    "remove",
    "remove_and_reconnect",
    "rename",
    "set_data",
    "set_layer",
    "set_name",
    "set_parameters",
    "set_recipe",
    "set_title",
]


def check_name(network: Network, name: str) -> None:
    """Raise `EditError` when no new node of this network can be called `name`."""
    problem = name_problem(name, network.nodes)
    if problem:
        raise EditError(f"The name {_short(name)} {problem}.")


def add(project: Project, layer: Layer, at: Point, name: str = "") -> Project:
    """A new node, linked to nothing, its top left corner at the point `at`."""
    network = project.network
    if name:
        check_name(network, name)
    else:
        name = new_name(network, layer.kind())
    return _with(
        project,
        nodes={**network.nodes, name: Node(layer)},
        placement={**project.placement, name: _point(at)},
    )


def append(project: Project, layer: Layer, after: str | None, at: Point | None = None) -> Project:
    """A new node fed by output 0 of `after`, right of it unless `at` says where.

    It stays unlinked where there is nothing to follow: `after` is None, the new layer has no input,
    or the other no output.
    """
    if after is not None:
        _node(project, after)
    grown = add(project, layer, at or place_after(project, after))
    name = _newest(grown)
    if after is None or not layer.ports_in:
        return grown
    if not ports.outputs(project.network, project.network.nodes[after]):
        return grown
    return connect(grown, Link(after, name))


def remove(project: Project, names: Collection[str]) -> Project:
    """Take nodes out with all their links."""
    gone = {name for name in names if name in project.network.nodes}
    return _without(project, gone, joined=[])


def remove_and_reconnect(project: Project, names: Collection[str]) -> Project:
    """Take nodes out, and feed what their first output fed from what fed their first input."""
    network = project.network
    gone = {name for name in names if name in network.nodes}
    feeds = sources(network)
    joined: list[Link] = []
    for name in gone:
        for link in targets(network).get(name, ()):
            if link.target in gone or link.output != 0:
                continue
            feed = next((item for item in feeds.get(name, ()) if item.input == 0), None)
            while feed is not None and feed.source in gone:
                above = feeds.get(feed.source, ()) if feed.output == 0 else ()
                feed = next((item for item in above if item.input == 0), None)
            if feed is not None:
                joined.append(replace(link, source=feed.source, output=feed.output))
    return _without(project, gone, joined)


def connect(project: Project, link: Link) -> Project:
    """Link two nodes, in place of what fed that input; a variadic layer takes it as one input more."""
    network = project.network
    if link in network.links:
        return project
    source, target = _node(project, link.source), _node(project, link.target)
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
        link = replace(link, input=fixed + sum(item.input >= fixed for item in feeds))
    taken = [item for item in feeds if item.input == link.input]
    return _with(project, links=network.links.difference(taken) | {link})


def disconnect(project: Project, links: Iterable[Link]) -> Project:
    """Take links out."""
    network = project.network
    gone = network.links.intersection(links)
    if not gone:
        return project
    kept = network.links - gone
    return _with(project, links=_closed_up(network, kept, {link.target for link in gone}))


def set_parameters(project: Project, name: str, **values: Value) -> Project:
    """Give parameters of a layer other values; links from an output that this takes away go too."""
    node = _node(project, name)
    if not isinstance(node.content, Layer):
        raise EditError(f"{name} is a block and has no parameters of a layer.")
    try:
        layer = node.content.changed(**values)
    except ParameterError as error:
        raise EditError(f"{name}: {error.parameter} {error.message}.") from None
    return set_layer(project, name, layer)


def set_layer(project: Project, name: str, layer: Layer) -> Project:
    """Put another layer in a node's place; links to ports that it has not got go."""
    network = project.network
    node = _node(project, name)
    if node.content == layer:
        return project
    changed = replace(node, content=layer)
    nodes = {**network.nodes, name: changed}
    lost = [
        link for link in targets(network).get(name, ()) if link.output >= len(layer.output_ports())
    ] + [
        link
        for link in sources(network).get(name, ())
        if not ports.has_input(network, changed, link.input)
    ]
    if not lost:
        return _with(project, nodes=nodes)
    shrunk = replace(network, nodes=nodes)
    links = _closed_up(shrunk, network.links.difference(lost), {link.target for link in lost})
    return _with(project, nodes=nodes, links=links)


def rename(project: Project, old: str, new: str) -> Project:
    """Give a node another name; its place in the drawing order stays."""
    _node(project, old)
    if old == new:
        return project
    network = project.network
    check_name(network, new)
    nodes = {new if name == old else name: node for name, node in network.nodes.items()}
    touching = _touching(network, old)
    renamed = {
        replace(
            link,
            source=new if link.source == old else link.source,
            target=new if link.target == old else link.target,
        )
        for link in touching
    }
    placement = {new if name == old else name: at for name, at in project.placement.items()}
    links = network.links.difference(touching) | renamed if touching else network.links
    return _with(project, nodes=nodes, links=links, placement=placement)


def set_title(project: Project, name: str, title: str) -> Project:
    """Give a node a free text for people; empty takes it away."""
    node = _node(project, name)
    if node.title == title:
        return project
    _check_text("A title", title)
    nodes = {**project.network.nodes, name: replace(node, title=title)}
    return _with(project, nodes=nodes)


def move(project: Project, positions: Mapping[str, Point]) -> Project:
    """Put nodes elsewhere."""
    moved: dict[str, Point] = {}
    for name, at in positions.items():
        _node(project, name)
        point = _point(at)
        if project.placement.get(name) != point:
            moved[name] = point
    return _with(project, placement={**project.placement, **moved}) if moved else project


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
    onward = replace(link, source=name, output=0)
    first = Link(link.source, name, link.output, 0)
    return _with(grown, links=network.links - {link} | {first, onward})


def insert_before(project: Project, name: str, input: int, layer: Layer) -> Project:
    """A new node on the link that feeds input number `input` of node `name`."""
    _node(project, name)
    feeds = sources(project.network).get(name, ())
    link = next((item for item in feeds if item.input == input), None)
    if link is None:
        raise EditError(f"Nothing feeds input number {input} of {name}, so nothing can go before.")
    at = between(project, link.source, name)
    return insert_on_link(project, link, layer, free_spot(project, at))


def set_recipe(project: Project, recipe: Recipe) -> Project:
    """Train it otherwise."""
    return project if project.recipe == recipe else replace(project, recipe=recipe)


def set_data(project: Project, data: DataChoice) -> Project:
    """Learn from other data."""
    return project if project.data == data else replace(project, data=data)


def set_name(project: Project, name: str) -> Project:
    """Call the project, and its network, otherwise."""
    if project.name == name:
        return project
    if not name.strip():
        raise EditError("A project's name cannot be empty; give it at least one letter.")
    _check_text("A project's name", name)
    return replace(project, name=name)


def _newest(project: Project) -> str:
    return next(reversed([*project.network.nodes]))


def _node(project: Project, name: str) -> Node:
    node = project.network.nodes.get(name)
    if node is None:
        raise EditError(f"There is no node {_short(name)} in this network.")
    return node


def _check_text(what: str, text: str) -> None:
    problem = text_problem(text)
    if problem:
        raise EditError(f"{what} {problem}.")


def _short(name: str) -> str:
    return repr(name) if len(name) <= 40 else repr(name[:40]) + "…"


def _point(at: Point) -> Point:
    """A place on the file's grid of 0.1 px, so that saving changes nothing."""
    return round(at[0], 1) + 0.0, round(at[1], 1) + 0.0


def _with(
    project: Project,
    nodes: Mapping[str, Node] | None = None,
    links: frozenset[Link] | None = None,
    placement: Mapping[str, Point] | None = None,
) -> Project:
    network = project.network
    if nodes is not None or links is not None:
        network = Network(
            network.nodes if nodes is None else nodes,
            network.links if links is None else links,
            network.blocks,
        )
    return replace(
        project,
        network=network,
        placement=project.placement if placement is None else placement,
    )


def _without(project: Project, gone: set[str], joined: list[Link]) -> Project:
    if not gone:
        return project
    network = project.network
    cut = {link for name in gone for link in _touching(network, name)}
    nodes = {name: node for name, node in network.nodes.items() if name not in gone}
    shrunk = replace(network, nodes=nodes)
    fewer = {link.target for link in cut if link.target not in gone}
    return _with(
        project,
        nodes=nodes,
        links=_closed_up(shrunk, network.links - cut | frozenset(joined), fewer),
        placement={name: at for name, at in project.placement.items() if name not in gone},
    )


def _touching(network: Network, name: str) -> tuple[Link, ...]:
    return (*sources(network).get(name, ()), *targets(network).get(name, ()))


def _closed_up(network: Network, links: frozenset[Link], touched: Iterable[str]) -> frozenset[Link]:
    """The links with the inputs of the `touched` variadic nodes numbered without gaps."""
    variadic = {name for name in touched if ports.variadic(network.nodes[name])}
    if not variadic:
        return links
    feeds: dict[str, list[Link]] = {name: [] for name in variadic}
    for link in links:
        if link.target in feeds:
            feeds[link.target].append(link)
    old: set[Link] = set()
    new: set[Link] = set()
    for name, items in feeds.items():
        fixed = len(ports.inputs(network, network.nodes[name])) - 1
        free = [item for item in sorted(items, key=lambda item: item.input) if item.input >= fixed]
        for number, item in enumerate(free, fixed):
            if item.input != number:
                old.add(item)
                new.add(replace(item, input=number))
    return links - old | new
