"""Which blocks are inside which, and how large a network is with all of them opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.network.errors import EditError
from engine.network.network import Block, Instance, Network
from engine.network.project import Project

MOST_NODES = 100_000
"""Nodes of a project, those inside blocks counted as often as they are used."""
DEEPEST = 30
"""Blocks inside one another."""


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


def inner_first(blocks: Mapping[str, Block]) -> tuple[str, ...]:
    """The names so that each block follows those inside it; one that contains itself is left out, and
    so is what contains it.
    """
    waiting_for = {
        name: {used.block for used in instances(block.network) if used.block in blocks}
        for name, block in blocks.items()
    }
    users: dict[str, list[str]] = {}
    for name, parts in waiting_for.items():
        for part in parts:
            users.setdefault(part, []).append(name)
    ready = [name for name, parts in waiting_for.items() if not parts]
    for name in ready:  # which grows meanwhile
        for user in users.get(name, ()):
            waiting_for[user].discard(name)
            if not waiting_for[user]:
                ready.append(user)
    return tuple(ready)


def size(network: Network) -> tuple[int, int]:
    """How many nodes there are in the network, or in its largest block, with all blocks opened as often
    as they are applied; and how deep blocks are nested. No block may contain itself.
    """
    sizes: dict[str, int] = {}
    depths: dict[str, int] = {}

    def of(part: Network) -> tuple[int, int]:
        used = list(instances(part))
        total = len(part.nodes) + sum(sizes[item.block] * item.repeat for item in used)
        return total, 1 + max((depths[item.block] for item in used), default=-1)

    for name in inner_first(network.blocks):
        sizes[name], depths[name] = of(network.blocks[name].network)
    total, depth = of(network)
    return max([total, *sizes.values()]), max([depth, *depths.values()])


def too_large(network: Network) -> str:
    """What is too much about a network for a file of it to be read, as the end of a sentence; or empty."""
    total, depth = size(network)
    if total > MOST_NODES:
        count = f"{total:,}" if total < 10**9 else "billions of"
        return f"come to {count} nodes with all blocks opened; at most {MOST_NODES:,} are read"
    if depth > DEEPEST:
        return f"are nested {depth:,} blocks deep; at most {DEEPEST} are read"
    return ""


def check_size(project: Project) -> Project:
    """The same project; raises `EditError` where a file of it could not be read again."""
    problem = too_large(project.network)
    if problem:
        raise EditError(f"Then the nodes {problem}.")
    return project


def count(network: Network, block: str) -> int:
    """How often a block is applied in the outermost network, repeats and blocks around it counted."""
    times: dict[str, int] = {}

    def of(part: Network) -> int:
        return sum(
            (instance.block == block or times.get(instance.block, 0)) * instance.repeat
            for instance in instances(part)
        )

    for name in inner_first(network.blocks):
        times[name] = of(network.blocks[name].network)
    return of(network)
