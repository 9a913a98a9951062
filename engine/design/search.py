"""The search for settings that meet a goal: smallest changes first, and nothing smaller left out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from time import perf_counter

from engine.analysis import Analysis
from engine.design.bench import Bench
from engine.design.candidates import Candidate, Outcome
from engine.design.goals import Goal, Measured, Wish
from engine.design.settings import Assignment, Dial, SetValues, between
from engine.design.stages import Atom, Helps, Key, Stage, alike, alone, typed
from engine.fields import Value
from engine.network.errors import EditError
from engine.network.project import Project
from engine.network.scope import Scope

DEEPEST = 3
"""Values changed at once, at most; beyond that only the same parameter of several nodes alike."""
ENOUGH = 8
"""Candidates after which no further value is changed besides."""


@dataclass
class Best:
    """The nearest that was seen: to one wish, or to all."""

    miss: float = math.inf
    setting: tuple[Assignment, ...] = ()
    measured: Measured | None = None

    def offer(self, miss: float, setting: tuple[Assignment, ...], measured: Measured) -> None:
        if miss < self.miss or self.measured is None:
            self.miss, self.setting, self.measured = miss, setting, measured


@dataclass
class Search:
    """A search that goes on in slices: `run` until it is done, then read `outcome`.

    Raises `GoalError` on construction where the goal cannot be asked of these nodes. The space
    that is searched: every value that `engine.design.settings.values` lists for each parameter of
    the selected nodes, up to `DEEPEST` values changed at once (beyond two, of parameters that have
    helped in some pair), and up to two parameters of several nodes of one kind, each set alike in
    all of them. It ends after the number of changes that has given `ENOUGH` candidates. A setting is left out where a smaller one, on the way to it and no worse
    for the network, meets the goal too.
    """

    bench: Bench
    limit: int = 50
    tried: int = 0
    done: bool = False
    progress: float = 0.0
    found: dict[frozenset[Key], list[Candidate]] = field(
        default_factory=dict[frozenset[Key], list[Candidate]]
    )

    def __post_init__(self) -> None:
        bench = self.bench
        self._dials: Mapping[Key, Dial] = {
            (dial.node, dial.part, dial.name): dial for dial in bench.dials
        }
        self._errors = _errors(bench.analysis)
        self._wishes = [Best() for _ in bench.wishes]
        self._nearest = Best()
        self._complete_to = 0
        self._space = 0
        self._met = False
        self._helps = Helps(None)
        self._steps = self._go()

    def run(self, seconds: float = math.inf) -> bool:
        """Search on for about this long; returns whether it is done."""
        until = perf_counter() + seconds
        while not self.done:
            if next(self._steps, None) is None:
                self.done = True
            elif perf_counter() > until:
                break
        return self.done

    @property
    def outcome(self) -> Outcome:
        """What is known so far."""
        every = [item for items in self.found.values() for item in items]
        best = sorted(self._minimal(every), key=lambda item: item.rank)[: self.limit]
        reason, nearest = ("", None) if best or self._met else self._regret()
        return Outcome(
            tuple(best),
            self.tried,
            self._space,
            self._complete_to,
            self.done,
            self._met,
            reason,
            nearest,
        )

    # Searching

    def _go(self) -> Iterator[bool]:
        present = self.bench.present
        misses = None if present is None else self._note((), present)
        self._helps = Helps(misses)
        if misses is not None and not any(misses):
            self._met = True
            return
        dials = self.bench.dials
        one, kinds = alone(dials), {d.node: self.bench.kind(d.node) for d in dials}
        many = alike(dials, kinds)
        for count in (1, 2):
            # Of large selections there are far more single changes than time; these are few.
            for stage in (Stage(many, count), Stage(one, count)):
                yield from self._through(stage)
            self._complete_to = count
            if self._enough(count):
                return
        useful = self._helps.useful()
        few = [atom for atom in one if atom.assignments[0][:3] in useful]
        for count in range(3, DEEPEST + 1):
            yield from self._through(Stage(few, count))
            self._complete_to = count
            if self._enough(count):
                return

    def _through(self, stage: Stage) -> Iterator[bool]:
        before, size = self.tried, stage.size()
        self._space += size
        for chosen in stage.settings():
            self.tried += 1
            self.progress = min(0.99, (self.tried - before) / size)
            self._try(chosen)
            yield True
        # What was left out because it sets a parameter twice counts as looked at.
        self.tried = before + size

    def _enough(self, count: int) -> bool:
        every = (item for items in self.found.values() for item in items)
        good = sum(item.changed <= count and item.sound for item in every)
        return good >= min(ENOUGH, self.limit)

    def _try(self, chosen: tuple[Atom, ...]) -> None:
        setting = tuple(item for atom in chosen for item in atom.assignments)
        key = _key(setting)
        if any(item.sound and self._smaller(item, setting) for item in self._within(key)):
            return
        measured = self.bench.measured(setting)
        if measured is None:
            self._helps.note(setting, None)
            return
        misses = self._note(setting, measured)
        self._helps.note(setting, misses)
        if any(misses):
            return
        candidate = self._candidate(setting, sum(atom.distance for atom in chosen))
        if candidate is not None:
            self.found.setdefault(key, []).append(candidate)

    def _note(self, setting: tuple[Assignment, ...], measured: Measured) -> tuple[float, ...]:
        misses = tuple(wish.miss(measured) for wish in self.bench.wishes)
        for best, miss in zip(self._wishes, misses, strict=True):
            best.offer(miss, setting, measured)
        self._nearest.offer(sum(misses), setting, measured)
        return misses

    def _candidate(self, setting: tuple[Assignment, ...], distance: float) -> Candidate | None:
        """The setting judged by the analysis of the whole network."""
        bench = self.bench
        edit = SetValues(setting)
        try:
            _, whole, seen = bench.judged(edit)
        except EditError:
            return None
        last = seen.nodes[bench.ends[-1]]
        if not last.known:
            return None
        receptive = seen.receptive(bench.ends[-1])
        own = [seen.nodes[name] for name in bench.names]
        broken = _broken(whole) - _broken(bench.analysis)
        nodes = dict.fromkeys(item.node for item in setting)
        return Candidate(
            edit,
            self._words(setting),
            len(setting),
            distance + bench.heavier(seen, nodes),
            last.outputs[0],
            receptive.size if receptive is not None else None,
            whole.parameters,
            whole.macs,
            whole.memory,
            sum(report.parameters for report in own),
            sum(report.macs for report in own),
            _errors(whole),
            self._errors,
            tuple(name for name in whole.nodes if name in broken),
        )

    # Which of them to keep

    def _within(self, key: frozenset[Key]) -> Iterator[Candidate]:
        """Candidates that set some of these parameters and no others."""
        if len(key) > DEEPEST:
            for other, items in self.found.items():
                if other <= key:
                    yield from items
            return
        for count in range(1, len(key) + 1):
            for some in combinations(key, count):
                yield from self.found.get(frozenset(some), ())

    def _smaller(self, item: Candidate, setting: Sequence[Assignment]) -> bool:
        """Whether a candidate lies on the way to a setting that sets at least the same parameters."""
        values = {(other.node, other.part, other.name): other.value for other in setting}
        return all(
            between(self._dials[key].present, one.value, values[key])
            for one in item.edit.assignments
            for key in [(one.node, one.part, one.name)]
        )

    def _minimal(self, items: Sequence[Candidate]) -> Iterator[Candidate]:
        for item in items:
            setting = item.edit.assignments
            smaller = (
                other
                for other in self._within(_key(setting))
                if other is not item and other.errors <= max(item.errors, item.errors_before)
            )
            if not any(self._smaller(other, setting) for other in smaller):
                yield item

    # In words

    def _words(self, setting: Sequence[Assignment]) -> str:
        """What a setting changes: `conv1: stride 1 → 2, padding 0 → 1; pool1: kernel size 2 → 3`."""
        alike: dict[tuple[str, str, tuple[type, Value]], list[Dial]] = {}
        for item in setting:
            dial = self._dials[item.node, item.part, item.name]
            alike.setdefault((item.part, item.name, typed(item.value)), []).append(dial)
        said: dict[str, list[str]] = {}
        for (_, _, value), dials in alike.items():
            before = {dial.spell(dial.present) for dial in dials}
            come = f"{before.pop()} → " if len(before) == 1 else "→ "
            nodes = _listed([dial.node for dial in dials])
            text = f"{dials[0].label} {come}{dials[0].spell(value[1])}"
            said.setdefault(nodes, []).append(text)
        return "; ".join(f"{nodes}: {', '.join(texts)}" for nodes, texts in said.items())

    def _regret(self) -> tuple[str, Candidate | None]:
        """Why nothing meets the goal, and what comes nearest."""
        if not self.bench.dials:
            return "The selection has nothing that can be set; select the layers to change.", None
        nearest = None
        if self._nearest.setting:
            nearest = self._candidate(self._nearest.setting, self._nearest.miss)
        missed = [
            (wish, best)
            for wish, best in zip(self.bench.wishes, self._wishes, strict=True)
            if best.miss > 0
        ]
        if missed:
            return " ".join(_impossible(wish, best) for wish, best in missed), nearest
        both = " and ".join(wish.text() for wish in self.bench.wishes)
        return f"Each wish can be met alone, but no setting gives {both} together.", nearest


def fit(
    project: Project,
    analysis: Analysis,
    names: Sequence[str],
    goal: Goal,
    limit: int = 50,
    scope: Scope = (),
    seconds: float = 20.0,
) -> tuple[Candidate, ...]:
    """The settings of the nodes `names` that meet a goal, best first; none where it is met already.

    `analysis` is that of the whole `project`; with a `scope` the names, and the candidates' edits,
    are those of the network that it opens. After `seconds` it ends with what it has. Raises
    `GoalError`. See `Search` for what is searched.
    """
    search = Search(Bench(project, analysis, names, goal, scope), limit)
    search.run(seconds)
    return search.outcome.candidates


def _impossible(wish: Wish, best: Best) -> str:
    if best.measured is None:
        return f"No setting gives {wish.text()}, since none of those tried works here."
    if math.isinf(best.miss):
        return f"Nothing here can have {wish.text()}: the output is {wish.had(best.measured)}."
    return f"No setting gives {wish.text()}; the nearest is {wish.had(best.measured)}."


def _key(setting: Iterable[Assignment]) -> frozenset[Key]:
    return frozenset((item.node, item.part, item.name) for item in setting)


def _errors(analysis: Analysis) -> int:
    return sum(problem.severity == "error" for problem in analysis.problems)


def _broken(analysis: Analysis) -> set[str]:
    return {item.node for item in analysis.problems if item.severity == "error" and item.node}


def _listed(names: Sequence[str]) -> str:
    if len(names) > 3:
        return f"{names[0]}, {names[1]} and {len(names) - 2} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else list(names))
