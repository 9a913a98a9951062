"""Source: generated text, where each node stands in it, and what the module holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from engine.layers.base import Tensor


@dataclass(frozen=True, slots=True)
class Span:
    """Lines `first` to `last` of the text, counted from 1."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node is in the module.

    `module` is its path in `named_modules()` (empty: it has none), `variable` the local of `forward`
    that holds its first output when `line` has run, until a later line assigns to it again.
    `variable` is empty inside an `nn.Sequential`, whose children are reached by their path; `line`
    is then where the `nn.Sequential` is called. A node inside a block has the line of the block's
    own `forward`, which is that of the module at the path `owner`; of a repeated block, the first
    application.
    """

    module: str
    variable: str
    line: int
    owner: str = ""


@dataclass(frozen=True)
class Source:
    """The text of one Python file, the class it defines, and spans both ways.

    `spans` maps a node to its lines, in the constructor and in `forward`; `places` to its module and
    variable. Nodes inside blocks are `instance/node`; of a repeated one, where they are again in
    each application after the first stands in `further`. `tensors` holds every tensor of the module's
    `state_dict` by name, in its order there. A node that leads to no Output is in none of them.
    `frozen` are the paths, in `named_modules()`, of the modules that keep their tensors in training,
    with all that is inside them.
    """

    text: str
    class_name: str
    spans: Mapping[str, tuple[Span, ...]]
    places: Mapping[str, Place]
    tensors: Mapping[str, Tensor] = field(default_factory=dict[str, Tensor])
    frozen: tuple[str, ...] = ()
    further: tuple[tuple[str, Place], ...] = ()

    def node_at(self, line: int) -> str | None:
        """The node that line number `line` (from 1) belongs to; in a block's class, its first user's."""
        return self._lines.get(line)

    @cached_property
    def _lines(self) -> Mapping[int, str]:
        found: dict[int, str] = {}
        for name, spans in self.spans.items():
            for span in spans:
                for line in range(span.first, span.last + 1):
                    found.setdefault(line, name)
        return found
