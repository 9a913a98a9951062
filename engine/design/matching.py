"""Which node of one network is which of another: by name, and where names fail by content and place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from engine.network.network import Link, Network
from engine.network.order import order, sources, targets

Pairs = dict[str, str]
"""Names in the network before, and those of the same nodes in the network after."""

_LONGEST = 3000
"""Nodes of networks that are aligned by their order; beyond, names and neighbours must do."""


def matched(before: Network, after: Network) -> Pairs:
    """The nodes that two networks have in common.

    First those of one name and kind, then those that are fed by, or feed, nodes matched already
    and are alike. Where that joins the networks badly (counted names that moved on), the orders of
    computing are aligned instead, if that joins them better.
    """
    named = {
        name: name
        for name, node in before.nodes.items()
        if name in after.nodes and after.nodes[name].kind == node.kind
    }
    best = _filled(before, after, named)
    least = min(len(before.nodes), len(after.nodes))
    if _quality(before, after, best) >= 3.8 * least or least > _LONGEST:
        return best
    aligned = _filled(before, after, dict(_aligned(before, after)))
    return max(best, aligned, key=lambda pairs: _quality(before, after, pairs))


def _quality(before: Network, after: Network, pairs: Mapping[str, str]) -> float:
    """Nodes in common, as many again for equal contents, and twice that for links in common."""
    equal = sum(before.nodes[a].content == after.nodes[b].content for a, b in pairs.items())
    links = sum(_onward(link, pairs) in after.links for link in before.links)
    return len(pairs) + equal + 2 * links


def _onward(link: Link, pairs: Mapping[str, str]) -> Link:
    """The link between the same nodes of the other network; between none where one has no pair."""
    source, target = pairs.get(link.source, ""), pairs.get(link.target, "")
    return Link(source, target, link.output, link.input)


def _aligned(before: Network, after: Network) -> Iterator[tuple[str, str]]:
    """Nodes in the longest common run of equal contents, and between those of equal kinds."""
    one, other = order(before), order(after)
    same = SequenceMatcher(
        None,
        [repr(before.nodes[name].content) for name in one],
        [repr(after.nodes[name].content) for name in other],
        autojunk=False,
    )
    left = right = 0
    for start, begin, size in same.get_matching_blocks():
        yield from _of_kinds(before, after, one[left:start], other[right:begin])
        yield from zip(one[start : start + size], other[begin : begin + size], strict=True)
        left, right = start + size, begin + size


def _of_kinds(
    before: Network, after: Network, one: Sequence[str], other: Sequence[str]
) -> Iterator[tuple[str, str]]:
    kinds = SequenceMatcher(
        None,
        [before.nodes[name].kind for name in one],
        [after.nodes[name].kind for name in other],
        autojunk=False,
    )
    for start, begin, size in kinds.get_matching_blocks():
        yield from zip(one[start : start + size], other[begin : begin + size], strict=True)


def _filled(before: Network, after: Network, pairs: Pairs) -> Pairs:
    """More pairs among the neighbours of those there are, until there are no more."""
    pairs = dict(pairs)
    taken = set(pairs.values())
    left = [name for name in before.nodes if name not in pairs]
    for agree in (_same_content, _same_kind, _same_place):
        found = True
        while found:
            found = False
            for name in [name for name in left if name not in pairs]:
                nearby = _nearby(before, after, pairs, name)
                fitting = [
                    item
                    for item in nearby
                    if item not in taken and agree(before, after, pairs, name, item)
                ]
                if fitting:
                    pairs[name] = fitting[0]
                    taken.add(fitting[0])
                    found = True
    return pairs


def _nearby(before: Network, after: Network, pairs: Mapping[str, str], name: str) -> Iterable[str]:
    """The nodes after that stand where a node stood: behind or before the same neighbours."""
    found: dict[str, None] = {}
    for link in sources(before).get(name, ()):
        for onward in targets(after).get(pairs.get(link.source, ""), ()):
            found[onward.target] = None
    for link in targets(before).get(name, ()):
        for back in sources(after).get(pairs.get(link.target, ""), ()):
            found[back.source] = None
    return found


def _same_content(
    before: Network, after: Network, pairs: Mapping[str, str], name: str, item: str
) -> bool:
    return before.nodes[name].content == after.nodes[item].content


def _same_kind(
    before: Network, after: Network, pairs: Mapping[str, str], name: str, item: str
) -> bool:
    return before.nodes[name].kind == after.nodes[item].kind


def _same_place(
    before: Network, after: Network, pairs: Mapping[str, str], name: str, item: str
) -> bool:
    """Whether all that feeds one, and all that it feeds, is the same as for the other."""
    feeds = {pairs.get(link.source, "") for link in sources(before).get(name, ())}
    fed = {pairs.get(link.target, "") for link in targets(before).get(name, ())}
    return feeds == {link.source for link in sources(after).get(item, ())} and fed == {
        link.target for link in targets(after).get(item, ())
    }
