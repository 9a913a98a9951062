"""What a search gives: candidates, and what it came to."""

from __future__ import annotations

from dataclasses import dataclass

from engine.design.goals import Size
from engine.design.settings import SetValues
from engine.layers.base import Shape


@dataclass(frozen=True)
class Candidate:
    """Settings that meet a goal, and what they lead to.

    `edit` acts on the network that was searched (the inside of a block, where a scope is entered).
    `changes` says in words what it sets, `changed` how many values. `shape` is that of the
    selection's last output, `receptive` (height, width) in pixels there. `parameters`, `macs` and
    `memory` (bytes) are the whole network's for one image, those with `own_` the selection's.
    `errors` and `errors_before` count what stops training after and before; `broken` names the
    nodes with an error that had none.
    """

    edit: SetValues
    changes: str
    changed: int
    distance: float
    shape: Shape
    receptive: Size | None
    parameters: int
    macs: int
    memory: int
    own_parameters: int
    own_macs: int
    errors: int
    errors_before: int
    broken: tuple[str, ...] = ()

    @property
    def size(self) -> Size | None:
        """(height, width) of the output; None for a vector."""
        return (self.shape[1], self.shape[2]) if len(self.shape) == 3 else None

    @property
    def sound(self) -> bool:
        """Whether it leaves no more errors than there were."""
        return self.errors <= self.errors_before

    @property
    def rank(self) -> tuple[object, ...]:
        """Candidates in this order are best first: sound, few changes, small ones, cheap."""
        return (
            max(0, self.errors - self.errors_before),
            self.changed,
            round(self.distance, 6),
            self.parameters,
            self.macs,
            self.changes,
        )


@dataclass(frozen=True)
class Outcome:
    """What a search came to.

    `tried` of `space` settings were measured; `complete_to` is the number of changed values up to
    which every setting was. `met` says that the goal is met already, without a change. Where
    nothing meets it, `reason` says which wish is to blame, and `nearest` comes nearest to all.
    """

    candidates: tuple[Candidate, ...]
    tried: int
    space: int
    complete_to: int
    finished: bool
    met: bool = False
    reason: str = ""
    nearest: Candidate | None = None
