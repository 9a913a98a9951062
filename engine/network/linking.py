"""Links as a file gives them: between ports that exist, one to an input, and without a cycle."""

from __future__ import annotations

from engine.network import ports
from engine.network.network import Link, Network
from engine.network.order import order
from engine.network.strict_json import Json
from engine.network.uses import inner_first, too_large, within


class Linking:
    """Reads links between nodes that are known already; adds what is wrong to `problems`.

    `outer` knows the nodes of every block, if not yet their links.
    """

    def __init__(self, problems: list[tuple[str, str]], outer: Network) -> None:
        self._problems = problems
        self._outer = outer

    def network(self, part: Network, raw: Json, path: str) -> Network:
        """`part` with the links of the list `raw`; a broken link is left out."""
        if not isinstance(raw, list):
            self._problems.append((path, "must be a list in brackets"))
            return part
        found: set[Link] = set()
        fed: dict[tuple[str, int], str] = {}
        for number, item in enumerate(raw):
            where = f"{path}[{number}]"
            link = self._link(part, item, where)
            if link is None:
                continue
            other = fed.setdefault((link.target, link.input), link.source)
            if link in found or other != link.source:
                what = (
                    f"feeds input number {link.input} of {link.target}, which {other} feeds already"
                )
                self._problems.append((where, what))
            found.add(link)
        linked = Network(part.nodes, frozenset(found), part.blocks)
        self._check_whole(linked, path)
        return linked

    def check_size(self) -> None:
        """Refuse blocks inside themselves, and more nodes or blocks in blocks than can be worked with."""
        blocks = self._outer.blocks
        ranked = set(inner_first(blocks))
        stuck = [name for name in blocks if name not in ranked]
        if stuck:
            name = next((name for name in stuck if name in within(blocks, name)), stuck[0])
            self._problems.append((f"blocks.{name}", "is inside itself, through its own nodes"))
            return
        problem = too_large(self._outer)
        if problem:
            self._problems.append(("nodes", problem))

    def _link(self, part: Network, raw: Json, where: str) -> Link | None:
        items: list[Json] = raw if isinstance(raw, list) else []
        words = [item for item in items[:2] if isinstance(item, str)]
        numbers = [
            item for item in items[2:] if isinstance(item, int) and not isinstance(item, bool)
        ]
        if len(words) != 2 or len(items) not in (2, 4) or len(numbers) != len(items) - 2:
            what = "must be [source, target] or [source, target, output number, input number]"
            self._problems.append((where, what))
            return None
        output, input = numbers or (0, 0)
        link = Link(words[0], words[1], output, input)
        for name in words:
            if name not in part.nodes:
                self._problems.append((where, f"joins {name[:60]!r}, which is no node here"))
                return None
        outputs = ports.outputs(self._outer, part.nodes[link.source])
        if not 0 <= link.output < len(outputs):
            what = (
                f"starts at output number {link.output} of {link.source}, which has {len(outputs)}"
            )
            self._problems.append((where, what))
            return None
        if not ports.has_input(self._outer, part.nodes[link.target], link.input):
            count = len(ports.inputs(self._outer, part.nodes[link.target]))
            what = f"ends at input number {link.input} of {link.target}, which has {count}"
            self._problems.append((where, what))
            return None
        return link

    def _check_whole(self, network: Network, path: str) -> None:
        """No gaps in the inputs of variadic nodes, and no cycle."""
        feeds: dict[str, list[int]] = {}
        for link in network.links:
            if ports.variadic(network.nodes[link.target]):
                feeds.setdefault(link.target, []).append(link.input)
        for name, numbers in feeds.items():
            fixed = len(ports.inputs(self._outer, network.nodes[name])) - 1
            free = sorted(number for number in numbers if number >= fixed)
            if free and free[-1] - fixed >= len(free):
                what = f"leave a gap in the inputs of {name}, whose numbers must follow each other"
                self._problems.append((path, what))
        reached = set(order(network))
        if len(reached) < len(network.nodes):
            stuck = [name for name in network.nodes if name not in reached]
            rest = f" and {len(stuck) - 3:,} more" if len(stuck) > 3 else ""
            what = f"make a cycle through {', '.join(stuck[:3])}{rest}; a network must run one way"
            self._problems.append((path, what))
