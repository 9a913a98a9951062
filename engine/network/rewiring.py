"""Links at the instances of a block whose ports have changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.network.making import closed_up
from engine.network.network import Block, Instance, Link, Network


def rewired(network: Network, name: str, old: Block) -> Network:
    """The outermost network with the links at all instances of block `name`, which was `old`, put right.

    A link follows the port that it was at; where that is gone, so is the link. Ports are told by their
    names, and where as many were renamed as appeared, by their order.
    """
    new = network.blocks[name]
    inputs, outputs = _moved(old, new, "Input"), _moved(old, new, "Output")
    if inputs is None and outputs is None:
        return network
    blocks = {
        key: replace(block, network=_put_right(block.network, name, inputs, outputs, network))
        for key, block in network.blocks.items()
    }
    return replace(_put_right(network, name, inputs, outputs, network), blocks=blocks)


def _moved(old: Block, new: Block, kind: str) -> Mapping[int, int] | None:
    """The new number of each old port that there still is; None where nothing is to be done."""
    before, after = (
        [name for name, node in block.network.nodes.items() if node.kind == kind]
        for block in (old, new)
    )
    lost = [name for name in before if name not in after]
    found = [name for name in after if name not in before]
    same = dict(zip(lost, found, strict=True)) if len(lost) == len(found) else {}
    numbers = {
        number: after.index(same.get(name, name))
        for number, name in enumerate(before)
        if same.get(name, name) in after
    }
    return None if numbers == {number: number for number in range(len(before))} else numbers


def _put_right(
    part: Network,
    name: str,
    inputs: Mapping[int, int] | None,
    outputs: Mapping[int, int] | None,
    outer: Network,
) -> Network:
    used = {
        key
        for key, node in part.nodes.items()
        if isinstance(node.content, Instance) and node.content.block == name
    }
    if not used:
        return part
    links: set[Link] = set()
    touched: set[str] = set()
    for link in part.links:
        output, input = link.output, link.input
        if link.source in used and outputs is not None:
            output = outputs.get(output, -1)
        if link.target in used and inputs is not None:
            input = inputs.get(input, -1)
        if min(output, input) < 0:
            touched.add(link.target)
        else:
            links.add(replace(link, output=output, input=input))
    knowing = replace(part, blocks=outer.blocks)
    return replace(part, links=closed_up(knowing, frozenset(links), touched))
