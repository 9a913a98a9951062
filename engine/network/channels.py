"""How many channels a port carries inside a block, said in the block's own arithmetic."""

from __future__ import annotations

from engine.layers.base import Layer, Shape
from engine.network.borders import Port
from engine.network.expressions import IN_CHANNELS
from engine.network.network import Network
from engine.network.order import sources

_PROBES: tuple[Shape, ...] = ((24, 64, 64), (48, 64, 64))
"""Shapes that tell whether a layer keeps the number of channels."""
_MAKERS = ("out_channels", "out_features")


def channels_text(network: Network, port: Port) -> int | str:
    """The channels at a port of the network inside a block: a number, or arithmetic over the block's
    parameters; empty where neither can be told from the nodes themselves.
    """
    feeds = sources(network)
    name, number = port
    first = next((key for key, node in network.nodes.items() if node.kind == "Input"), "")
    while number == 0:
        if name == first:
            return IN_CHANNELS
        node = network.nodes[name]
        if not isinstance(node.content, Layer):
            return ""
        above = next((link for link in feeds.get(name, ()) if link.input == 0), None)
        made = _made(node.content, dict(node.expressions)) if not node.when else ""
        if made:
            return made
        if above is None or node.when or not _keeps(node.content):
            return ""
        name, number = above.source, above.output
    return ""


def _made(layer: Layer, expressions: dict[str, str]) -> int | str:
    """What a layer itself says of its channels."""
    for parameter in _MAKERS:
        value = expressions.get(parameter, layer.values.get(parameter))
        if isinstance(value, (int, str)) and value != "same":
            return value
    return ""


def _keeps(layer: Layer) -> bool:
    """Whether a layer hands as many channels on as come in."""
    count = 2 if layer.variadic else 1
    if len(layer.ports_in) != 1:
        return False
    try:
        return all(layer.output(*[shape] * count)[0] == shape[0] for shape in _PROBES)
    except (ValueError, TypeError):
        return False
