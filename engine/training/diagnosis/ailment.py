"""What every ailment declares, and what is found of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from engine.analysis.report import Fix
from engine.network.project import Project
from engine.training.diagnosis.past import Past


@dataclass(frozen=True)
class Evidence:
    """A curve that shows it: `y` over `x`, equally many, each with its unit, and the `limit` beyond
    which it is an ailment. `log` says that `y` is positive and best drawn on a logarithmic axis.
    """

    title: str
    x_unit: str
    y_unit: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    limit: float | None = None
    log: bool = False


@dataclass(frozen=True)
class Finding:
    """One ailment at one node (empty: of the whole run), in one sentence that says what to do.

    A node inside a block is `instance/node`. `fixes` are edits of the project.
    """

    ailment: str
    title: str
    node: str
    message: str
    evidence: Evidence
    fixes: tuple[Fix, ...] = ()
    severity: Literal["error", "warning"] = "warning"


class Ailment(ABC):
    """The base of every ailment."""

    title: ClassVar[str] = ""
    """What it is called."""
    watched: ClassVar[str] = ""
    """What is watched for, and by which number, as a sentence."""

    @abstractmethod
    def find(self, project: Project, past: Past) -> Iterator[Finding]:
        """What there is of it in a run of `project`, at most one for each node."""

    @classmethod
    def found(
        cls,
        node: str,
        message: str,
        evidence: Evidence,
        fixes: Sequence[Fix] = (),
        severity: Literal["error", "warning"] = "warning",
    ) -> Finding:
        """A finding of this ailment."""
        return Finding(cls.__name__, cls.title, node, message, evidence, tuple(fixes), severity)
