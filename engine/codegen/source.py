"""Source: generated text and where each node stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Lines `first` to `last` of the text, counted from 1."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node is in the module: `module` is its path in `named_modules()` (empty: it has none),
    `variable` the local of `forward` that holds its output when `line` has run; empty inside an
    `nn.Sequential`, whose children are reached by their path.
    """

    module: str
    variable: str
    line: int


@dataclass(frozen=True)
class Source:
    """The text of one Python file, the class it defines, and spans both ways.

    `spans` maps a node to its lines, in the constructor and in `forward`; `places` to its module and
    variable. Nodes inside blocks are `instance/node`.
    """

    text: str
    class_name: str
    spans: Mapping[str, tuple[Span, ...]]
    places: Mapping[str, Place]

    def node_at(self, line: int) -> str | None:
        """The node that line number `line` (from 1) belongs to."""
        for name, spans in self.spans.items():
            if any(span.first <= line <= span.last for span in spans):
                return name
        return None
