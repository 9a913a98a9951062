"""Network, Node, Link and Block: what is drawn, as immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from engine.fields import Value
from engine.layers.base import Layer
from engine.network.learning import Learning

Expression: TypeAlias = str
"""Arithmetic over a block's promoted parameters: `width * 4`. Evaluated by `engine.network.expressions`."""


Mode: TypeAlias = Literal["active", "bypassed", "muted"]
"""What a node does: its work; hand its first input on; or nothing, as if it and its links were not there."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A use of a block: its name in `Network.blocks`, values of its promoted parameters, repeats.

    Repeated, the block is applied `repeat` times in a row; `first` holds the arguments that only
    the first application takes (a stride, say).
    """

    block: str
    arguments: tuple[tuple[str, Value | Expression], ...] = ()
    repeat: int = 1
    first: tuple[tuple[str, Value | Expression], ...] = ()


@dataclass(frozen=True)
class Node:
    """A layer, or an instance of a block, in a network.

    `expressions` (inside a block) overrides parameters of the layer by arithmetic over the block's
    promoted parameters; `when` (empty: always) is an expression that decides whether the node is
    there at all. `title` is free text for people and never reaches source code. The tensors of a
    `frozen` node, and all inside it, are kept as they are in training; `learning` says how
    others begin and how fast they learn. `engine.network.active`
    tells what is left of a network whose nodes are not all `active`.
    """

    content: Layer | Instance
    title: str = ""
    expressions: tuple[tuple[str, Expression], ...] = ()
    when: Expression = ""
    mode: Mode = "active"
    frozen: bool = False
    learning: Learning = Learning()

    @property
    def kind(self) -> str:
        """The layer's kind, or the block's name."""
        return self.content.block if isinstance(self.content, Instance) else self.content.kind()


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """Output number `output` of node `source` feeds input number `input` of node `target`."""

    source: str
    target: str
    output: int = 0
    input: int = 0


@dataclass(frozen=True)
class Network:
    """Nodes by name, in the order in which they were drawn, the links between them, and blocks.

    Inside a block the network's `blocks` is empty: blocks are known to the outermost network alone.
    An input port takes one link; the inputs of a variadic layer are numbered without gaps.
    """

    nodes: Mapping[str, Node] = field(default_factory=dict[str, Node])
    links: frozenset[Link] = frozenset()
    blocks: Mapping[str, Block] = field(default_factory=dict[str, "Block"])


@dataclass(frozen=True)
class Block:
    """A network used as a node. Its Input nodes, by name, are its input ports, its Outputs the outputs.

    `parameters` are the promoted ones with their defaults. A chain of layers becomes an
    `nn.Sequential` whose children are numbered, or, where `named`, go by their nodes' names.
    """

    network: Network
    parameters: tuple[tuple[str, Value], ...] = ()
    help: str = ""
    named: bool = False
