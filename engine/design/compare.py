"""What differs between two versions of a network, or between two networks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, TypeAlias, cast

from engine.analysis import Analysis, analyse
from engine.design.goals import Size
from engine.design.matching import Pairs, matched
from engine.fields import Declaration, Value
from engine.layers.base import Layer, Shape
from engine.network.network import Block, Instance, Link, Network, Node
from engine.network.order import order, sources, targets
from engine.network.project import Project

Status: TypeAlias = Literal["added", "removed", "changed", "renamed", "affected"]
"""`affected`: it is as it was, but its shapes or costs are not."""


class Changed(NamedTuple):
    """One thing that is otherwise: a parameter, an argument, a title ... An expression is its text."""

    what: str
    before: Value
    after: Value


class Numbers(NamedTuple):
    """What a node, or a whole network, comes to for one image; bytes of memory, (height, width) of
    the receptive field at its output in pixels, None where unknown.
    """

    output: Shape
    parameters: int
    macs: int
    memory: int
    receptive: Size | None


@dataclass(frozen=True)
class Difference:
    """A node that is not the same on both sides.

    `before` and `after` are its names, empty where it is missing. Inside a block `block` is the
    block's name after (before, where the block is gone) and the numbers, which every instance has
    of its own, are None; so they are on the side where a node is missing.
    """

    status: Status
    before: str
    after: str
    kind: str
    changes: tuple[Changed, ...] = ()
    block: str = ""
    numbers_before: Numbers | None = None
    numbers_after: Numbers | None = None

    @property
    def name(self) -> str:
        """What it is called, after if it is there, with its block: `Bottleneck/conv1`."""
        name = self.after or self.before
        return f"{self.block}/{name}" if self.block else name


@dataclass(frozen=True)
class Comparison:
    """Two projects side by side.

    `nodes` has the differences in the order of computing, outermost network first; `blocks` whole
    blocks that were added, removed or whose parameters changed. `links_added` (in the names after)
    and `links_removed` (in those before) join nodes that both have, and are no mere detour through
    a node that was put in or taken out. `pairs` tells which outermost node is which.
    """

    before: Numbers
    after: Numbers
    nodes: tuple[Difference, ...] = ()
    blocks: tuple[Difference, ...] = ()
    links_added: tuple[Link, ...] = ()
    links_removed: tuple[Link, ...] = ()
    recipe: tuple[Changed, ...] = ()
    data: tuple[Changed, ...] = ()
    pairs: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def same(self) -> bool:
        """Whether there is no difference at all."""
        parts = (self.nodes, self.blocks, self.links_added, self.links_removed)
        return not any((*parts, self.recipe, self.data))

    def of(self, status: Status) -> tuple[Difference, ...]:
        """The nodes of one status."""
        return tuple(item for item in self.nodes if item.status == status)


def compare(
    before: Project,
    after: Project,
    before_analysis: Analysis | None = None,
    after_analysis: Analysis | None = None,
) -> Comparison:
    """What is different in `after`; where nodes lie and how they are framed does not count.

    The analyses are those of the two projects, worked out here where they are not given.
    """
    one = before_analysis or analyse(before)
    other = after_analysis or analyse(after)
    pairs = matched(before.network, after.network)
    nodes = [*_nodes(before.network, after.network, pairs, one, other)]
    blocks: list[Difference] = []
    for name, old, new in _blocks(before.network, after.network, pairs):
        if old is None or new is None:
            gone = new is None
            status: Status = "removed" if gone else "added"
            blocks.append(Difference(status, name if gone else "", "" if gone else name, "block"))
            continue
        changes = (*_mappings(dict(old.parameters), dict(new.parameters)),)
        if old.help != new.help:
            changes = (*changes, Changed("help", old.help, new.help))
        if changes:
            blocks.append(Difference("changed", name, name, "block", changes))
        inner = matched(old.network, new.network)
        nodes += _nodes(old.network, new.network, inner, None, None, name)
        nodes += _rewired(old.network, new.network, inner, name)
    added, removed = _links(before.network, after.network, pairs)
    return Comparison(
        _totals(before.network, one),
        _totals(after.network, other),
        tuple(nodes),
        tuple(blocks),
        added,
        removed,
        tuple(_declared(before.recipe, after.recipe)),
        tuple(_mappings(vars(before.data), vars(after.data))),
        pairs,
    )


# Numbers


def _numbers(analysis: Analysis | None, name: str) -> Numbers | None:
    report = analysis.nodes.get(name) if analysis is not None else None
    if analysis is None or report is None:
        return None
    seen = analysis.receptive(name)
    return Numbers(
        report.outputs[0] if report.outputs else (),
        report.parameters,
        report.macs,
        report.memory,
        seen.size if seen is not None else None,
    )


def _totals(network: Network, analysis: Analysis) -> Numbers:
    """Of the whole network; output and receptive field are those of its first Output."""
    last = next((name for name, node in network.nodes.items() if node.kind == "Output"), "")
    end = _numbers(analysis, last)
    return Numbers(
        end.output if end is not None else (),
        analysis.parameters,
        analysis.macs,
        analysis.memory,
        end.receptive if end is not None else None,
    )


# Nodes


def _nodes(
    before: Network,
    after: Network,
    pairs: Pairs,
    one: Analysis | None,
    other: Analysis | None,
    block: str = "",
) -> Iterator[Difference]:
    """The differences in the order of computing, those removed behind what they followed."""
    back = {new: old for old, new in pairs.items()}
    for name, gone in _merged(before, after, back):
        if gone:
            kind = before.nodes[name].kind
            yield Difference("removed", name, "", kind, (), block, _numbers(one, name))
            continue
        node, old = after.nodes[name], back.get(name)
        new = _numbers(other, name)
        if old is None:
            yield Difference("added", "", name, node.kind, (), block, None, new)
            continue
        changes = tuple(_changes(before.nodes[old], node))
        numbers = _numbers(one, old)
        if old != name or changes or numbers != new:
            status: Status = "renamed" if old != name else "changed" if changes else "affected"
            yield Difference(status, old, name, node.kind, changes, block, numbers, new)


def _merged(before: Network, after: Network, back: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    """All names in one order, with whether the node is gone; each one gone comes before the first
    node that it came before and that is still there.
    """
    kept = set(back.values())
    gone: list[str] = []
    waiting: dict[str, list[str]] = {}
    for name in _every(before):
        if name in kept:
            waiting[name] = gone
            gone = []
        else:
            gone.append(name)
    for name in _every(after):
        yield from ((item, True) for item in waiting.get(back.get(name, ""), ()))
        yield name, False
    yield from ((item, True) for item in gone)


def _every(network: Network) -> list[str]:
    """All names, in the order of computing; what is on a cycle last."""
    ordered = order(network)
    known = set(ordered)
    return [*ordered, *(name for name in network.nodes if name not in known)]


def _changes(before: Node, after: Node) -> Iterator[Changed]:
    if before.kind != after.kind:
        yield Changed("kind", before.kind, after.kind)
    else:
        yield from _mappings(_settings(before), _settings(after))
    for what in ("title", "when", "mode", "frozen"):
        old, new = getattr(before, what), getattr(after, what)
        if old != new:
            yield Changed(what, old, new)
    yield from _mappings(before.learning.values, after.learning.values)


def _settings(node: Node) -> Mapping[str, Value]:
    """What a node is set to, expressions in place of the values that they decide."""
    content = node.content
    if isinstance(content, Layer):
        return {**content.values, **dict(node.expressions)}
    first = {f"first {name}": value for name, value in content.first}
    return {**dict(content.arguments), "repeat": content.repeat, **first}


def _mappings(before: Mapping[str, Value], after: Mapping[str, Value]) -> Iterator[Changed]:
    for what in dict.fromkeys((*before, *after)):
        old, new = before.get(what), after.get(what)
        if (type(old), old) != (type(new), new):
            yield Changed(what, old, new)


def _declared(before: Declaration, after: Declaration, within: str = "") -> Iterator[Changed]:
    """What differs in two declarations, and in those that they hold."""
    if type(before) is not type(after):
        yield Changed(within or "kind", before.kind(), after.kind())
        return
    for name, old in vars(before).items():
        new: Any = getattr(after, name)
        what = f"{within} {name}".strip()
        if isinstance(old, Declaration):
            yield from _declared(old, new, what)
        elif isinstance(old, tuple) and name == "augmentations":
            yield from _listed(cast("tuple[Declaration, ...]", old), new, what)
        elif old != new:
            yield Changed(what, old, new)


def _listed(
    before: Sequence[Declaration], after: Sequence[Declaration], what: str
) -> Iterator[Changed]:
    """What differs in two rows of declarations, none of which has two of a kind."""
    kinds = [", ".join(item.kind() for item in items) or "none" for items in (before, after)]
    if kinds[0] != kinds[1]:
        yield Changed(what, kinds[0], kinds[1])
    known = {item.kind(): item for item in before}
    for item in after:
        yield from _declared(known.get(item.kind(), item), item, item.kind())


# Links and blocks


def _links(
    before: Network, after: Network, pairs: Pairs
) -> tuple[tuple[Link, ...], tuple[Link, ...]]:
    """Links added and removed between nodes that both networks have."""
    back = {new: old for old, new in pairs.items()}
    kept = {_onward(link, pairs) for link in before.links}
    came = {_onward(link, back) for link in after.links}
    added = [
        link
        for link in after.links
        if {link.source, link.target} <= back.keys() and link not in kept
    ]
    removed = [
        link
        for link in before.links
        if {link.source, link.target} <= pairs.keys() and link not in came
    ]
    new = {
        _onward(link, back): link
        for link in added
        if not _detour(before, _onward(link, back), pairs)
    }
    old = [link for link in removed if not _detour(after, _onward(link, pairs), back)]
    for link in list(old):
        # Inputs counted anew, because one before them came or went, are the same links.
        again = next((item for item in new if replace(item, input=link.input) == link), None)
        if again is not None and _in_order(before, after, pairs, link.target):
            old.remove(link)
            del new[again]
    return tuple(sorted(new.values())), tuple(sorted(old))


def _in_order(before: Network, after: Network, pairs: Pairs, target: str) -> bool:
    """Whether the nodes that feed a node in both networks do so in the same order."""
    back = {new: old for old, new in pairs.items()}
    one = [(pairs.get(link.source, ""), link.output) for link in sources(before).get(target, ())]
    other = [(link.source, link.output) for link in sources(after).get(pairs[target], ())]
    common = set(one) & {item for item in other if item[0] in back}
    return [item for item in one if item in common] == [item for item in other if item in common]


def _onward(link: Link, pairs: Mapping[str, str]) -> Link:
    return Link(pairs.get(link.source, ""), pairs.get(link.target, ""), link.output, link.input)


def _detour(network: Network, link: Link, common: Collection[str]) -> bool:
    """Whether a way leads where the link would, through nodes that only this network has."""
    onward = targets(network)
    waiting, seen = [link.source], set[str]()
    while waiting:
        for item in onward.get(waiting.pop(), ()):
            if item.target == link.target and item.source != link.source:
                return True
            if item.target not in common and item.target not in seen:
                seen.add(item.target)
                waiting.append(item.target)
    return False


def _rewired(before: Network, after: Network, pairs: Pairs, block: str) -> Iterator[Difference]:
    """Inside a block, a node whose inputs come from elsewhere is one that changed."""
    added, removed = _links(before, after, pairs)
    back = {new: old for old, new in pairs.items()}
    fed: dict[str, tuple[list[str], list[str]]] = {}
    for link in removed:
        fed.setdefault(pairs[link.target], ([], []))[0].append(link.source)
    for link in added:
        fed.setdefault(link.target, ([], []))[1].append(link.source)
    for name, (old, new) in fed.items():
        changes = (Changed("inputs", ", ".join(old), ", ".join(new)),)
        yield Difference("changed", back[name], name, after.nodes[name].kind, changes, block)


def _blocks(
    before: Network, after: Network, pairs: Pairs
) -> Iterator[tuple[str, Block | None, Block | None]]:
    """Blocks side by side: of one name, then those of matched instances; None for one that is missing."""
    same = {name: name for name in before.blocks if name in after.blocks}
    for old, new in pairs.items():
        one, other = before.nodes[old].content, after.nodes[new].content
        if isinstance(one, Instance) and isinstance(other, Instance):
            if one.block not in same and other.block not in same.values():
                same[one.block] = other.block
    back = {new: old for old, new in same.items()}
    for name, block in after.blocks.items():
        if name not in back:
            yield name, None, block
        elif before.blocks.get(back[name]) != block:
            yield name, before.blocks.get(back[name]), block
    for name, block in before.blocks.items():
        if name not in same:
            yield name, block, None
