"""The border of a selection: which links cross it, and what ports a block gets for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from engine.network import ports
from engine.network.errors import EditError
from engine.network.names import free_name
from engine.network.network import Link, Network
from engine.network.order import order, sources, targets

Port: TypeAlias = tuple[str, int]
"""A node's name and the number of one of its outputs, or of one of its inputs."""


@dataclass(frozen=True, slots=True)
class Border:
    """The links across the border of a selection, and the ports that the block gets for them.

    `inputs` maps the name of a new Input to the outer port that feeds it (None: nothing does) and
    the links that it feeds inside, each by target and input number; `outputs` that of a new Output
    to the inner port that feeds it.
    """

    inputs: Mapping[str, tuple[Port | None, tuple[Port, ...]]]
    outputs: Mapping[str, Port]


def check_way(network: Network, chosen: set[str]) -> None:
    """Raise `EditError` where a path leaves the chosen nodes and comes back."""
    onward, feeds = targets(network), sources(network)
    behind = _reached(
        [link.target for name in chosen for link in onward.get(name, ())], chosen, onward
    )
    before: dict[str, str] = {}
    waiting = [(link.source, name) for name in chosen for link in feeds.get(name, ())]
    while waiting:
        name, end = waiting.pop()
        if name in chosen or name in before:
            continue
        before[name] = end
        waiting.extend((link.source, end) for link in feeds.get(name, ()))
    between = [name for name in order(network) if name in behind and name in before]
    if between:
        name = between[0]
        start = next(link.source for link in feeds[name] if link.source in chosen)
        raise EditError(
            f"These nodes cannot become a block, since {name} stands between {start} and "
            f"{before[name]}; select {name} too."
        )


def _reached(
    start: list[str], chosen: set[str], onward: Mapping[str, tuple[Link, ...]]
) -> set[str]:
    """The nodes outside that can be reached from these without going through the chosen ones."""
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in chosen and name not in found:
            found.add(name)
            waiting.extend(link.target for link in onward.get(name, ()))
    return found


def border_of(network: Network, chosen: list[str]) -> Border:
    """The ports of the block, in the order in which the network computes."""
    inner = set(chosen)
    feeds, onward = sources(network), targets(network)
    ranked = [name for name in order(network) if name in inner]
    entering: dict[Port, list[Port]] = {}
    leaving: dict[Port, None] = {}
    for name in ranked:
        for link in feeds.get(name, ()):
            if link.source not in inner:
                entering.setdefault((link.source, link.output), []).append((name, link.input))
        for link in onward.get(name, ()):
            if link.target not in inner:
                leaving.setdefault((name, link.output))
    inputs: list[tuple[Port | None, tuple[Port, ...]]] = [
        (port, tuple(fed)) for port, fed in entering.items()
    ]
    if not inputs:
        inputs = [(None, ((name, number),)) for name, number in _unfed(network, ranked)]
    outputs = list(leaving) or _unused(network, ranked)
    taken = dict.fromkeys(chosen)
    named_inputs: dict[str, tuple[Port | None, tuple[Port, ...]]] = {}
    for port, fed in inputs:
        wish = "input" if len(inputs) == 1 or port is None else _carried(network, port)
        name = _free(wish, taken)
        taken[name] = None
        named_inputs[name] = (port, fed)
    named_outputs: dict[str, Port] = {}
    for port in outputs:
        wish = "output" if len(outputs) == 1 else f"{_carried(network, port)}_output"
        name = _free(wish, taken)
        taken[name] = None
        named_outputs[name] = port
    return Border(named_inputs, named_outputs)


def _unfed(network: Network, names: list[str]) -> list[Port]:
    """The inputs of these nodes that nothing feeds; of a variadic node none, as it takes any number."""
    feeds = sources(network)
    found: list[Port] = []
    for name in names:
        node = network.nodes[name]
        fed = {link.input for link in feeds.get(name, ())}
        count = len(ports.inputs(network, node)) - ports.variadic(node)
        found.extend((name, number) for number in range(count) if number not in fed)
    return found


def _unused(network: Network, names: list[str]) -> list[Port]:
    """The first outputs of these nodes that feed nothing."""
    onward = targets(network)
    return [
        (name, 0)
        for name in names
        if not onward.get(name) and ports.outputs(network, network.nodes[name])
    ]


def _carried(network: Network, port: Port) -> str:
    """What a port is called after: its node, and for a further output the output's own name."""
    name, number = port
    words = ports.outputs(network, network.nodes[name])
    return name if number == 0 else f"{name}_{words[number]}"


def _free(wish: str, taken: Mapping[str, None]) -> str:
    return wish[:60] if wish[:60] not in taken else free_name(wish[:56], taken)
