"""The order in which a network computes, and who feeds whom. Plain Python: the window starts with it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from heapq import heapify, heappop, heappush

from engine.network.network import Link, Network

Neighbours = Mapping[str, tuple[Link, ...]]


def order(network: Network) -> tuple[str, ...]:
    """Names so that every node follows what feeds it; of those ready, the one drawn first comes next.

    Nodes on a cycle, and all that only comes after one, are left out.
    """
    return _order(tuple(network.nodes), network.links)


def sources(network: Network) -> Neighbours:
    """The links that feed each node, by input number; a node that nothing feeds has no entry."""
    return _sources(network.links)


def targets(network: Network) -> Neighbours:
    """The links that leave each node, sorted; a node that feeds nothing has no entry."""
    return _targets(network.links)


def would_cycle(network: Network, source: str, target: str) -> bool:
    """Whether a link from `source` to `target` would let a node feed itself."""
    return source in reached(network, target)


def reached(network: Network, name: str) -> set[str]:
    """A node and all that it feeds, directly or not."""
    onward = targets(network)
    seen = {name}
    waiting = [name]
    while waiting:
        for link in onward.get(waiting.pop(), ()):
            if link.target not in seen:
                seen.add(link.target)
                waiting.append(link.target)
    return seen


# Most edits leave the links alone and hand on the very same set, so these are found again at once.


@lru_cache(maxsize=16)
def _sources(links: frozenset[Link]) -> Neighbours:
    found: dict[str, list[Link]] = {}
    for link in links:
        found.setdefault(link.target, []).append(link)
    return {
        name: tuple(feeds)
        if len(feeds) == 1
        else tuple(sorted(feeds, key=lambda link: (link.input, link.source, link.output)))
        for name, feeds in found.items()
    }


@lru_cache(maxsize=16)
def _targets(links: frozenset[Link]) -> Neighbours:
    found: dict[str, list[Link]] = {}
    for link in links:
        found.setdefault(link.source, []).append(link)
    return {
        name: tuple(fed) if len(fed) == 1 else tuple(sorted(fed)) for name, fed in found.items()
    }


@lru_cache(maxsize=16)
def _order(names: tuple[str, ...], links: frozenset[Link]) -> tuple[str, ...]:
    drawn = {name: number for number, name in enumerate(names)}
    waiting_for = [0] * len(names)
    onward: list[list[int]] = [[] for _ in names]
    for link in links:
        target = drawn[link.target]
        waiting_for[target] += 1
        onward[drawn[link.source]].append(target)
    ready = [number for number, count in enumerate(waiting_for) if count == 0]
    heapify(ready)
    found: list[str] = []
    while ready:
        number = heappop(ready)
        found.append(names[number])
        for target in onward[number]:
            waiting_for[target] -= 1
            if waiting_for[target] == 0:
                heappush(ready, target)
    return tuple(found)
