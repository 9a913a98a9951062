"""Analysis and its parts: the answers, as immutable values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from engine.layers.base import Shape
from engine.network.project import Project

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True)
class Fix:
    """A repair as an edit: what the button says, and the function that does it."""

    label: str
    edit: Callable[[Project], Project]


@dataclass(frozen=True)
class Problem:
    """What is wrong, in one sentence that names the node and the values that disagree, and how to mend it.

    `node` is empty for a problem of the whole network; `parameter` empty where no single one is to blame.
    An error stops training; a warning does not.
    """

    node: str
    parameter: str
    message: str
    fixes: tuple[Fix, ...] = ()
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """What one unit sees of the input image along height and width, in pixels.

    `size` (how many), `stride` (how far apart neighbours look), `offset` (where the first unit's
    field starts; negative in the padding). (Araujo, Norris, Sim, Distill 2019.)
    """

    size: tuple[int, int]
    stride: tuple[float, float]
    offset: tuple[float, float]


@dataclass(frozen=True)
class NodeReport:
    """A node's numbers for one sample: shapes of its inputs and outputs (empty: unknown behind a
    problem), learnable parameters, multiply-accumulates, bytes of its output in float32.
    """

    inputs: tuple[Shape, ...] = ()
    outputs: tuple[Shape, ...] = ()
    parameters: int = 0
    macs: int = 0
    memory: int = 0
    problems: tuple[Problem, ...] = ()

    @property
    def known(self) -> bool:
        """Whether the shapes are known, that is, nothing on the way here is broken."""
        return bool(self.outputs)


@dataclass(frozen=True)
class Analysis:
    """The numbers of every node and of the whole. `order` is topological; nodes on a cycle are absent."""

    nodes: Mapping[str, NodeReport] = field(default_factory=dict[str, NodeReport])
    problems: tuple[Problem, ...] = ()
    order: tuple[str, ...] = ()
    parameters: int = 0
    macs: int = 0
    memory: int = 0

    @property
    def valid(self) -> bool:
        """Whether it can be trained: no problem is an error."""
        return not any(problem.severity == "error" for problem in self.problems)

    def receptive(self, name: str) -> ReceptiveField | None:
        """The receptive field of a node's output; None where it is unknown or the node is on no path from an Input."""
        raise NotImplementedError
