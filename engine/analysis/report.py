"""Analysis and its parts: the answers, as immutable values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from engine.analysis.receptive import Fields, ReceptiveField, Windows, as_field
from engine.layers.base import ELEMENTWISE, Shape
from engine.network.network import Network
from engine.network.project import Project

__all__ = ["Analysis", "Application", "Fix", "NodeReport", "Problem", "ReceptiveField", "Severity"]

Severity: TypeAlias = Literal["error", "warning", "hint"]


@dataclass(frozen=True)
class Fix:
    """A repair as an edit: what the button says, and the function that does it.

    The edit belongs to no particular project: it acts on the one it is given, and raises
    `EditError` where that one no longer has what it would mend.
    """

    label: str
    edit: Callable[[Project], Project]


@dataclass(frozen=True)
class Problem:
    """What is wrong, in one sentence that names the node and the values that disagree, and how to mend it.

    `node` is empty for a problem of the whole network; `parameter` empty where no single one is to blame.
    An error stops training; a warning does not. A hint is none of an analysis's problems: see
    `suggestions`.
    """

    node: str
    parameter: str
    message: str
    fixes: tuple[Fix, ...] = ()
    severity: Severity = "error"


class NodeReport(NamedTuple):
    """A node's numbers for one sample: shapes of its inputs and outputs (empty: unknown behind a
    problem), learnable parameters, multiply-accumulates, bytes of its output in float32 (of all
    outputs inside it for a block), its problems, and what one output reads of its inputs.

    A tuple, because thousands are made and compared at every edit.
    """

    inputs: tuple[Shape, ...] = ()
    outputs: tuple[Shape, ...] = ()
    parameters: int = 0
    macs: int = 0
    memory: int = 0
    problems: tuple[Problem, ...] = ()
    windows: Windows = ELEMENTWISE

    @property
    def known(self) -> bool:
        """Whether the shapes are known, that is, nothing on the way here is broken."""
        return bool(self.outputs)


@dataclass(frozen=True)
class Application:
    """One application of a block: its network with the arguments filled in, and that one's analysis."""

    network: Network
    analysis: Analysis


@dataclass(frozen=True)
class Analysis:
    """The numbers of every node and of the whole. `order` is topological; nodes on a cycle are absent.

    The sums leave out nodes from which no Output is reached: the module has none of them.
    `memory` is in bytes for one sample. `inside` holds, for every instance of a block whose shapes
    are known, its applications, one for each repeat. `problems` has the errors before the warnings.
    """

    nodes: Mapping[str, NodeReport] = field(default_factory=dict[str, NodeReport])
    problems: tuple[Problem, ...] = ()
    order: tuple[str, ...] = ()
    parameters: int = 0
    macs: int = 0
    memory: int = 0
    inside: Mapping[str, tuple[Application, ...]] = field(
        default_factory=dict[str, tuple[Application, ...]]
    )
    places: Mapping[str, int] = field(default_factory=dict[str, int], repr=False, compare=False)
    """Where each node stands in `order`."""
    fields: Fields | None = field(default=None, repr=False, compare=False)
    """The receptive fields by place, worked out when asked for."""
    trail: object = field(default=None, repr=False, compare=False)
    """What the next analysis starts from."""

    @property
    def valid(self) -> bool:
        """Whether it can be trained: no problem is an error."""
        # Errors come first.
        return not self.problems or self.problems[0].severity != "error"

    def receptive(self, name: str) -> ReceptiveField | None:
        """The receptive field of a node's output; None where it is unknown or the node is on no path from an Input."""
        report = self.nodes.get(name)
        place = self.places.get(name)
        if report is None or place is None or not report.known or self.fields is None:
            return None
        reaches = self.fields.at(place)
        return None if reaches is None else as_field(reaches)
