"""Instances taken apart: the inside of a block put in the place of an instance, its arithmetic done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.fields import ParameterError, Value
from engine.layers.base import Shape
from engine.layers.shape.reroute import Reroute
from engine.network import ports
from engine.network.blocks import needs_channels
from engine.network.borders import Port
from engine.network.channels import channels_text
from engine.network.errors import EditError, ExpressionError
from engine.network.expressions import IN_CHANNELS, constant, evaluate, names, substituted
from engine.network.learning import Learning
from engine.network.network import Instance, Link, Mode, Network, Node
from engine.network.order import order, sources
from engine.network.project import Project
from engine.network.shapes import outputs


@dataclass(frozen=True, slots=True)
class Text:
    """Arithmetic that has no value here, since it uses parameters of the block around."""

    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """What the names in a block's arithmetic stand for: values, or arithmetic of the block around."""

    values: Mapping[str, Value] = field(default_factory=dict[str, Value])
    texts: Mapping[str, str] = field(default_factory=dict[str, str])

    def done(self, text: str, where: str) -> Value | Text:
        """An expression worked out, or said in the words of the block around; raises `EditError`."""
        try:
            used = names(text)
            if used <= self.values.keys():
                return evaluate(text, self.values)
            if IN_CHANNELS in used - self.values.keys() - self.texts.keys():
                raise EditError(
                    f"{where} needs the channels that come in, and how many there are is not known "
                    "here; link the block to a network that works, or give it a parameter for them."
                )
            constants = {name: constant(self.values[name]) for name in used & self.values.keys()}
            return Text(substituted(text, {**constants, **self.texts}))
        except ExpressionError as error:
            raise EditError(f"{where}: {error}") from None


@dataclass(frozen=True, slots=True)
class State:
    """What an instance hands on to all that is inside it."""

    when: str = ""
    mode: Mode = "active"
    frozen: bool = False
    learning: Learning = Learning()


class Unpacking:
    """Nodes and links as they come out of instances.

    `project` is where the instances stand. With `deep`, instances inside are taken apart too.
    `places` tells of each new node which application of which block it was in, and as what.
    """

    def __init__(self, project: Project, deep: bool) -> None:
        self.nodes: dict[str, Node] = {}
        self.links: set[Link] = set()
        self.places: dict[str, tuple[str, int, str]] = {}
        self.shapes: dict[Port, Shape | None] = {}
        self._project = project
        self._network = project.network
        self._deep = deep
        self._follow = any(map(needs_channels, project.network.blocks.values()))
        self._taken = set[str]()
        self._numbers: dict[str, int] = {}

    def around(self) -> Words:
        """The words of the place where the instances stand."""
        if not self._project.inside:
            return Words()
        block = self._network.blocks[self._project.inside]
        return Words({}, {name: name for name in (*dict(block.parameters), IN_CHANNELS)})

    def take(self, names: Sequence[str]) -> None:
        """Leave these names to other nodes."""
        self._taken.update(names)

    def instance(
        self, name: str, node: Node, feeds: Sequence[Port | None], words: Words, state: State
    ) -> Sequence[Port | None]:
        """Take an instance apart; returns what its outputs are now. `words` are those around it."""
        instance = node.content
        assert isinstance(instance, Instance)
        block = self._network.blocks.get(instance.block)
        if block is None:
            raise EditError(f"There is no block {instance.block!r} to unpack {name} with.")
        for number in range(instance.repeat):
            inner = self._words(name, instance, number, feeds, words)
            entering = [key for key, item in block.network.nodes.items() if item.kind == "Input"]
            given = dict(zip(entering, (*feeds, *[None] * len(entering)), strict=False))
            found = self.walk(block.network, given, inner, state, (instance.block, number))
            feeds = [
                found[key] for key, item in block.network.nodes.items() if item.kind == "Output"
            ]
        return feeds

    def walk(
        self,
        network: Network,
        given: Mapping[str, Port | None] | None,
        words: Words,
        state: State,
        place: tuple[str, int] = ("", 0),
    ) -> Mapping[str, Port | None]:
        """Add the nodes of a network whose Inputs stand for what is `given`; returns what its Outputs do.

        With None for `given`, Inputs and Outputs are nodes like the others.
        """
        known: dict[Port, Port | None] = {}
        ends: dict[str, Port | None] = {}
        feeds = sources(network)
        for name in order(network):
            node = network.nodes[name]
            fed = {
                link.input: known.get((link.source, link.output)) for link in feeds.get(name, ())
            }
            if given is not None and node.kind == "Input":
                known[name, 0] = given[name]
            elif given is not None and node.kind == "Output":
                ends[name] = fed.get(0)
            else:
                where = f"{place[0]}/{name}" if place[0] else name
                concrete = self._concrete(where, node, words, state)
                if concrete is None:
                    known[name, 0] = fed.get(0)
                elif self._deep and isinstance(concrete.content, Instance):
                    count = len(ports.inputs(self._network, concrete))
                    inside = State(concrete.when, concrete.mode, concrete.frozen, concrete.learning)
                    entering = [fed.get(number) for number in range(count)]
                    results = self.instance(name, concrete, entering, self.around(), inside)
                    known.update({(name, number): port for number, port in enumerate(results)})
                else:
                    new = self._add(name if given is None else self._free(name), concrete, fed)
                    self.places[new] = (*place, name)
                    for number in range(len(ports.outputs(self._network, concrete))):
                        known[name, number] = (new, number)
        return ends

    def _words(
        self,
        name: str,
        instance: Instance,
        number: int,
        feeds: Sequence[Port | None],
        around: Words,
    ) -> Words:
        values: dict[str, Value] = dict(self._network.blocks[instance.block].parameters)
        texts: dict[str, str] = {}
        given = (*instance.arguments, *(instance.first if number == 0 else ()))
        for key, value in given:
            done = around.done(value, f"{name}: {key}") if isinstance(value, str) else value
            if isinstance(done, Text):
                values.pop(key, None)
                texts[key] = done.text
            else:
                texts.pop(key, None)
                values[key] = done
        if self._follow and feeds and feeds[0] is not None:
            if self._project.inside:
                here = Network(
                    {**self._network.nodes, **self.nodes}, self._network.links | self.links
                )
                said = channels_text(here, feeds[0])
                if isinstance(said, int):
                    values[IN_CHANNELS] = said
                elif said:
                    texts[IN_CHANNELS] = said
            else:
                shape = self.shapes.get(feeds[0])
                if shape is not None:
                    values[IN_CHANNELS] = shape[0]
        return Words(values, texts)

    def _concrete(self, where: str, node: Node, words: Words, state: State) -> Node | None:
        """The node with its arithmetic done; None where its condition is false."""
        when = state.when
        if node.when:
            there = words.done(node.when, f"{where}: when")
            if there is False:
                return None
            if isinstance(there, Text):
                when = f"({when}) and ({there.text})" if when else there.text
            elif there is not True:
                raise EditError(f"{where}: when must be true or false, not {there!r}.")
        mode = node.mode if node.mode != "active" else state.mode
        changed = replace(
            node,
            when=when,
            mode=mode,
            frozen=node.frozen or state.frozen,
            learning=node.learning.within(state.learning),
        )
        if isinstance(node.content, Instance):
            content = replace(
                node.content,
                arguments=_pairs(node.content.arguments, words, where),
                first=_pairs(node.content.first, words, where),
            )
            return replace(changed, content=content)
        if not node.expressions:
            return changed
        values: dict[str, Value] = {}
        kept: list[tuple[str, str]] = []
        for name, text in node.expressions:
            done = words.done(text, f"{where}: {name}")
            if isinstance(done, Text):
                kept.append((name, done.text))
            else:
                values[name] = done
        try:
            layer = node.content.changed(**values)
        except ParameterError as error:
            raise EditError(f"{where}: {error.parameter} {error.message}.") from None
        return replace(changed, content=layer, expressions=tuple(kept))

    def _add(self, new: str, node: Node, fed: Mapping[int, Port | None]) -> str:
        """A new node with its links, its variadic inputs numbered anew; returns its name."""
        self.nodes[new] = node
        free = len(ports.inputs(self._network, node)) - 1
        given: list[Port] = []
        for number, port in sorted(fed.items()):
            if port is not None:
                if ports.variadic(node) and number >= free:
                    number, free = free, free + 1
                self.links.add(Link(port[0], new, port[1], number))
                given.append(port)
        if self._follow and not self._project.inside:
            shapes = [self.shapes.get(port) for port in given]
            if node.mode == "bypassed" or isinstance(node.content, Reroute):
                made: Sequence[Shape | None] = shapes[:1]
            elif node.mode == "muted":
                made = ()
            else:
                made = outputs(self._network, node, shapes)
            self.shapes.update({(new, number): shape for number, shape in enumerate(made)})
        return new

    def _free(self, name: str) -> str:
        """`name`, or its beginning with a number that makes it free; quick however many there are."""
        root, number = name.rstrip("0123456789"), 1
        while name in self._taken:
            number = self._numbers.get(root, number)
            name = f"{root[:56]}{number}"
            self._numbers[root] = number + 1
        self._taken.add(name)
        return name


def _pairs(
    given: Sequence[tuple[str, Value]], words: Words, where: str
) -> tuple[tuple[str, Value], ...]:
    found: list[tuple[str, Value]] = []
    for name, value in given:
        if isinstance(value, str):
            done = words.done(value, f"{where}: {name}")
            if isinstance(done, Text):
                value = done.text
            else:
                value = constant(done) if isinstance(done, str) else done
        found.append((name, value))
    return tuple(found)
