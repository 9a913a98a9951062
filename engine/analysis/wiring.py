"""Problems of links: what has no input, what goes nowhere, what runs in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.analysis.repairs import AddInput, AppendOutput, Connect, Disconnect, take_out
from engine.analysis.report import Fix, Problem
from engine.analysis.structure import Structure
from engine.layers.base import Layer
from engine.network import ports
from engine.network.network import Link, Network
from engine.network.order import reached, sources

MANY = 12
"""With more loose ends than this none is the obvious one."""
OFFERED = 3
"""So many loose ends are offered for one input."""


@dataclass(frozen=True)
class Wiring:
    """The problems of the whole network, and those of nodes by place."""

    network: tuple[Problem, ...]
    nodes: Mapping[int, tuple[Problem, ...]]


def wiring(network: Network, structure: Structure, part: bool = False) -> Wiring:
    """Everything that is wrong with the links, whatever the parameters are.

    A `part` of a network may have several Inputs.
    """
    nodes: dict[int, tuple[Problem, ...]] = {}
    offered: set[str] = set()
    for place, numbers in structure.missing.items():
        nodes[place] = tuple(_missing(network, structure, place, numbers, offered))
    for place in () if part else structure.inputs[1:]:
        nodes[place] = (_second(structure, place),)
    if structure.outputs:
        for place in structure.unused:
            name = structure.order[place]
            if name not in offered:
                nodes[place] = (*nodes.get(place, ()), _unused(structure, name))
    return Wiring(tuple(_whole(network, structure)), nodes)


def loose_ends(network: Network, structure: Structure, target: str) -> tuple[str, ...]:
    """The nodes whose output goes nowhere and that may feed `target`, the nearest before it in the
    order of computation first; none where there are too many to choose from.
    """
    if len(structure.unused) > MANY:
        return ()
    # What comes before it in the order cannot depend on it.
    here = structure.places[target]
    before = [place for place in reversed(structure.unused) if place < here]
    behind = [place for place in structure.unused if place > here]
    fed = reached(network, target) if behind else ()
    ends = [*before, *(place for place in behind if structure.order[place] not in fed)]
    return tuple(structure.order[place] for place in ends)


def _missing(
    network: Network,
    structure: Structure,
    place: int,
    numbers: tuple[int, ...],
    offered: set[str],
) -> Iterator[Problem]:
    name = structure.order[place]
    node = network.nodes[name]
    names = ports.inputs(network, node)
    for number in numbers:
        what = "no input" if len(names) == 1 else f"nothing on its input '{names[number]}'"
        fixes: list[Fix] = []
        # Which output gives indices is not told by its being loose.
        indices = names[number] == "indices"
        ends = () if indices else loose_ends(network, structure, name)
        for end in ends[:OFFERED]:
            fixes.append(Fix(f"Link {end} to {name}", Connect(Link(end, name, input=number))))
        if len(ends) == 1:
            offered.add(ends[0])
        if not ends and not structure.inputs:
            fixes.append(Fix(f"Add an Input before {name}", AddInput(name, number)))
        cure = f"link {ends[0]} to it" if len(ends) == 1 else "link a layer to it"
        yield Problem(name, "", f"{name} has {what}; {cure}.", tuple(fixes))


def _second(structure: Structure, place: int) -> Problem:
    name, other = structure.order[place], structure.order[structure.inputs[0]]
    message = f"{name} is a second Input, but images enter by one alone, {other}; remove {name}."
    return Problem(name, "", message, (take_out(name),))


def _unused(structure: Structure, name: str) -> Problem:
    fixes: list[Fix] = []
    cure = "link it onward or remove it"
    output = structure.order[structure.outputs[0]]
    if structure.outputs[0] in structure.missing:
        fixes.append(Fix(f"Link {name} to {output}", Connect(Link(name, output))))
        cure = f"link it to {output} or remove it"
    message = f"{name}'s result is not used by any Output; {cure}."
    return Problem(name, "", message, (*fixes, take_out(name)), "warning")


def _whole(network: Network, structure: Structure) -> Iterator[Problem]:
    if not network.nodes:
        message = "The network is empty; drag an Input onto the canvas to begin."
        yield Problem("", "", message, (Fix("Add an Input", AddInput()),))
        return
    if structure.loops:
        yield _loop(network, structure.loops)
    if not structure.inputs:
        missing = list(structure.missing)
        target = structure.order[missing[0]] if len(missing) == 1 else ""
        before = f" before {target}" if target else ""
        yield Problem(
            "",
            "",
            f"The network has no Input for the images; add one{before}.",
            (Fix(f"Add an Input{before}", AddInput(target)),),
        )
    if not structure.outputs and not any(_is_output(network, name) for name in structure.loops):
        ends = [structure.order[place] for place in structure.unused]
        after = ends[0] if len(ends) == 1 else ""
        behind = f" after {after}" if after else " after the last layer"
        yield Problem(
            "",
            "",
            f"The network has no Output, so there is nothing to train; add one{behind}.",
            (Fix(f"Add an Output{behind if after else ''}", AppendOutput(after)),),
        )


def _is_output(network: Network, name: str) -> bool:
    content = network.nodes[name].content
    return isinstance(content, Layer) and content.kind() == "Output"


def _loop(network: Network, names: Sequence[str]) -> Problem:
    """One circle among nodes that have no place in any order."""
    left = set(names)
    feeds = sources(network)
    seen: list[str] = []
    name = names[0]
    # Every node that is left waits for another one that is left, so going back ends in a circle.
    while name not in seen:
        seen.append(name)
        name = next(link.source for link in feeds[name] if link.source in left)
    circle = seen[seen.index(name) :][::-1]
    first = min(range(len(circle)), key=lambda place: names.index(circle[place]))
    circle = circle[first:] + circle[:first]
    closing = next(link for link in feeds[circle[0]] if link.source == circle[-1])
    path = " → ".join((*circle, circle[0]))
    return Problem(
        circle[0],
        "",
        f"{circle[0]} feeds itself ({path}), but a network must run one way; "
        f"remove the link from {closing.source} to {closing.target}.",
        (Fix(f"Unlink {closing.source} from {closing.target}", Disconnect(closing)),),
    )
