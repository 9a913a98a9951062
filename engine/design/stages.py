"""The space of a search, in stages: all single changes, then pairs, then what is left worth trying."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple, TypeAlias

from engine.design.settings import Assignment, Dial, apart
from engine.fields import Value

Key: TypeAlias = tuple[str, str, str]
"""A dial: node, part and name."""
Misses: TypeAlias = tuple[float, ...] | None
"""How far a setting is from each wish; None where it does not work."""


def typed(value: Value) -> tuple[type, Value]:
    """True is 1 to Python, but not here."""
    return type(value), value


class Atom(NamedTuple):
    """One decision: a value for a parameter of a node, or of several alike."""

    assignments: tuple[Assignment, ...]
    distance: float


class Stage(NamedTuple):
    """All settings of `depth` decisions."""

    atoms: Sequence[Atom]
    depth: int

    def settings(self) -> Iterator[tuple[Atom, ...]]:
        """The nearer ones first, roughly; no parameter is set twice."""
        chosen = combinations(self.atoms, self.depth)
        return chosen if self.depth == 1 else filter(_distinct, chosen)

    def size(self) -> int:
        """How many there are, those included that would set a parameter twice."""
        return math.comb(len(self.atoms), self.depth)


def _distinct(chosen: tuple[Atom, ...]) -> bool:
    keys = [item[:3] for atom in chosen for item in atom.assignments]
    return len(set(keys)) == len(keys)


def alone(dials: Iterable[Dial]) -> list[Atom]:
    """A decision for every value of every dial, the nearest to the present values first."""
    atoms = [
        Atom((Assignment(dial.node, dial.part, dial.name, value),), apart(dial.present, value))
        for dial in dials
        for value in dial.others
    ]
    return sorted(atoms, key=lambda atom: atom.distance)


def alike(dials: Iterable[Dial], kinds: Mapping[str, str]) -> list[Atom]:
    """Decisions for all nodes of one kind at once, where there are several; `kinds` is by node."""
    groups: dict[Key, list[Dial]] = {}
    for dial in dials:
        groups.setdefault((kinds[dial.node], dial.part, dial.name), []).append(dial)
    atoms: list[Atom] = []
    for group in groups.values():
        if len(group) < 2:
            continue
        for kind, value in dict.fromkeys(typed(v) for dial in group for v in dial.others):
            moved = [dial for dial in group if typed(dial.present) != (kind, value)]
            if len(moved) > 1:
                assignments = tuple(Assignment(d.node, d.part, d.name, value) for d in moved)
                atoms.append(Atom(assignments, sum(apart(d.present, value) for d in moved)))
    return sorted(atoms, key=lambda atom: atom.distance)


@dataclass
class Helps:
    """Which dials can be of use beyond pairs.

    In a smallest setting every change helps in the company of the others: without it something does
    not work, or is further from a wish. A dial that has helped in no pair with a dial that helps
    itself is left out of larger settings.
    """

    empty: Misses
    singles: dict[Assignment, Misses] = field(default_factory=dict[Assignment, Misses])
    pairs: set[tuple[Key, Key | None]] = field(default_factory=set[tuple[Key, "Key | None"]])

    def note(self, setting: tuple[Assignment, ...], misses: Misses) -> None:
        """Learn from one or two changes."""
        if len(setting) == 1:
            self.singles[setting[0]] = misses
            if _better(misses, self.empty):
                self.pairs.add((setting[0][:3], None))
        elif len(setting) == 2:
            for one, other in (setting, setting[::-1]):
                if other in self.singles and _better(misses, self.singles[other]):
                    self.pairs.add((one[:3], other[:3]))

    def useful(self) -> set[Key]:
        """The dials worth turning in larger settings."""
        kept = {one for one, _ in self.pairs}
        while True:
            still = {one for one, other in self.pairs if other is None or other in kept} & kept
            if still == kept:
                return kept
            kept = still


def _better(misses: Misses, before: Misses) -> bool:
    """Whether something works that did not, or some wish is nearer."""
    if misses is None:
        return False
    return before is None or any(a < b for a, b in zip(misses, before, strict=True))
