"""Which blocks are inside which, and how large a network is with all of them opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.network.errors import EditError
from engine.network.network import Block, Instance, Network
from engine.network.project import Project
from engine.network.reading import MOST_NODES


def instances(network: Network) -> Iterator[Instance]:
    """The instances of blocks among the nodes of a network."""
    for node in network.nodes.values():
        if isinstance(node.content, Instance):
            yield node.content


def within(blocks: Mapping[str, Block], name: str) -> frozenset[str]:
    """The names of the blocks inside a block, through others too."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for instance in instances(blocks[waiting.pop()].network):
            if instance.block not in found and instance.block in blocks:
                found.add(instance.block)
                waiting.append(instance.block)
    return frozenset(found)


def can_contain(project: Project, block: str) -> bool:
    """Whether an instance of `block` may stand here, where the project is opened: not inside itself."""
    inside = project.inside
    return block != inside and inside not in within(project.network.blocks, block)


def check_containment(project: Project, block: str) -> None:
    """Raise `EditError` where an instance of `block` would stand inside that block itself."""
    if not can_contain(project, block):
        raise EditError(f"{project.inside} cannot contain itself; take another block than {block}.")


def size(network: Network) -> int:
    """Nodes of the network, or of its largest block, with all blocks opened, repeats counted.

    No block may contain itself. Those inside blocks are counted as often as they are applied.
    """
    sizes: dict[str, int] = {}

    def of(part: Network) -> int:
        total = len(part.nodes)
        for instance in instances(part):
            if instance.block not in sizes:
                sizes[instance.block] = of(network.blocks[instance.block].network)
            total += sizes[instance.block] * instance.repeat
        return total

    return max([of(network), *(of(block.network) for block in network.blocks.values())])


def check_size(project: Project) -> Project:
    """The same project; raises `EditError` where a file of it could not be read again."""
    found = size(project.network)
    if found > MOST_NODES:
        raise EditError(
            f"That comes to {found:,} nodes with all blocks opened; at most {MOST_NODES:,} are "
            "possible, so repeat something less often."
        )
    return project


def count(network: Network, block: str) -> int:
    """How often a block is applied in the outermost network, repeats and blocks around it counted."""
    times: dict[str, int] = {}

    def of(part: Network) -> int:
        total = 0
        for instance in instances(part):
            inside = 1 if instance.block == block else 0
            if instance.block in network.blocks and instance.block != block:
                if instance.block not in times:
                    times[instance.block] = 0
                    times[instance.block] = of(network.blocks[instance.block].network)
                inside = times[instance.block]
            total += inside * instance.repeat
        return total

    return of(network)
