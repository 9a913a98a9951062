"""A study as a value: a project, what varies in it, and every variant, checked before any is trained."""

from __future__ import annotations

import random
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Literal, TypeAlias, get_args

from engine.analysis import Analysis, analyse
from engine.codegen import CodegenError, write
from engine.fields import ParameterError, Value
from engine.network import edits
from engine.network.errors import EditError
from engine.network.network import Mode
from engine.network.project import Project
from engine.network.scope import closed, node_of, opened
from engine.recipe.recipe import PARTS
from engine.studies.errors import StudyError
from engine.studies.targets import Target, put, target
from engine.studies.variables import Variable, draw, grid, show

Kind: TypeAlias = Literal["seeds", "grid", "random", "ablation"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MOST_RUNS = 2000
"""Runs of one study."""
UNCHANGED = "unchanged"
"""The variant that an ablation is compared with."""
_PATIENCE = 100
"""Draws in a row that may come to what was drawn before."""


@dataclass(frozen=True)
class Plan:
    """What is asked for.

    Every variant is trained with `seeds` seeds, the recipe's and those after it. A grid takes all
    combinations of the `variables`' values, a random search `draws` of them, drawn from `chance`; an
    ablation takes out each of the `nodes`, by their paths, in turn.
    """

    kind: Kind
    seeds: int = 1
    variables: tuple[Variable, ...] = ()
    draws: int = 0
    chance: int = 0
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Variant:
    """One way in which the project is otherwise: parameters by their paths, and modes of nodes."""

    label: str
    setting: tuple[tuple[str, Value], ...] = ()
    modes: tuple[tuple[str, Mode], ...] = ()


@dataclass(frozen=True)
class Refusal:
    """A variant that cannot be trained, and why not, in one sentence."""

    label: str
    sentence: str


@dataclass(frozen=True)
class Trial:
    """One run of a study: its number from 1, the number of its variant from 0, and its seed."""

    number: int
    variant: int
    seed: int


@dataclass(frozen=True)
class Study:
    """A project, the plan, and the variants that can be trained, beside those that cannot."""

    project: Project
    plan: Plan
    variants: tuple[Variant, ...]
    refused: tuple[Refusal, ...] = ()

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Every run in the order of training: all variants with one seed, then with the next."""
        seeds = range(self.project.recipe.seed, self.project.recipe.seed + self.plan.seeds)
        pairs = product(seeds, range(len(self.variants)))
        return tuple(
            Trial(number, variant, seed) for number, (seed, variant) in enumerate(pairs, start=1)
        )

    def trained(self, trial: Trial) -> Project:
        """What a trial trains."""
        return with_seed(made(self.project, self.variants[trial.variant]), trial.seed)


def design(project: Project, plan: Plan) -> Study:
    """The study of a project, every variant of it analysed and written out once.

    Raises `StudyError` for a plan that cannot be followed, and where no variant is left to train.
    """
    work = designing(project, plan)
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def designing(project: Project, plan: Plan) -> Generator[int, None, Study]:
    """As `design`, in pieces: after each variant it yields how many there were so far."""
    check(project, plan)
    good: list[Variant] = []
    refused: list[Refusal] = []
    analysis: Analysis | None = None
    for choice in _choices(project, plan):
        problem = ""
        for variant in choice:
            problem, analysis = _problem(project, variant, analysis)
            if not problem:
                good.append(variant)
                break
        else:
            last = choice[-1]
            name = last.modes[0][0] if last.modes else last.label
            refused.append(Refusal(name, problem))
        yield len(good) + len(refused)
    least = 2 if plan.kind == "ablation" else 1
    if refused and len(good) < least:
        raise StudyError(f"Nothing is left to train; {refused[-1].label}: {refused[-1].sentence}")
    if len(good) * plan.seeds < 2:
        raise StudyError("A study of one run is no study; ask for more seeds or more values.")
    return Study(project, plan, tuple(good), tuple(refused))


def made(project: Project, variant: Variant) -> Project:
    """A variant of a project; raises `StudyError`, `EditError` or `ParameterError`."""
    # The kinds of parts before the parameters of those parts.
    for path, value in sorted(variant.setting, key=lambda pair: pair[0] not in PARTS):
        project = put(project, path, value)
    for path, mode in variant.modes:
        project = _with_mode(project, path, mode)
    return project


def with_seed(project: Project, seed: int) -> Project:
    """The project with another seed in its recipe."""
    return replace(project, recipe=project.recipe.changed(seed=seed))


def check(project: Project, plan: Plan) -> int:
    """How many variants a plan has at most; raises `StudyError` for one that cannot be followed."""
    if plan.seeds < 1:
        raise StudyError(f"The number of seeds must be at least 1, not {plan.seeds:,}.")
    if plan.kind in ("grid", "random") and not plan.variables:
        raise StudyError("Nothing varies; name a parameter and its values, as batch_size=32,64.")
    paths = [item.path for item in plan.variables]
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice is not None:
        raise StudyError(f"{twice} varies twice; put all of its values in one list or range.")
    aims = [target(project, path) for path in paths]
    count = 1
    if plan.kind == "grid":
        count = prod(len(grid(aim, item)) for aim, item in zip(aims, plan.variables, strict=True))
    elif plan.kind == "random":
        count = plan.draws
        if count < 1:
            raise StudyError(f"The number of draws must be at least 1, not {count:,}.")
    elif plan.kind == "ablation":
        count = len(plan.nodes) + 1
        if not plan.nodes:
            raise StudyError("Nothing is taken out; name the nodes, as conv1,relu2.")
    if count * plan.seeds > MOST_RUNS:
        raise StudyError(
            f"That is {count * plan.seeds:,} runs, but a study has at most {MOST_RUNS:,}; "
            "take fewer values or seeds."
        )
    if project.recipe.seed + plan.seeds > 2**31:
        raise StudyError(f"There are no {plan.seeds:,} seeds from {project.recipe.seed:,} on.")
    return count


def _choices(project: Project, plan: Plan) -> Iterator[Sequence[Variant]]:
    """The variants; where there are several of one, the first that can be trained is meant."""
    if plan.kind == "seeds":
        yield (Variant("as drawn"),)
    elif plan.kind == "ablation":
        yield (Variant(UNCHANGED),)
        for path in dict.fromkeys(plan.nodes):
            node = node_of(project, path)
            if node is None:
                raise StudyError(f"There is no node {path[:80]!r} in this project.")
            if node.mode != "active":
                raise StudyError(f"{path} is {node.mode} already; let it work, or leave it out.")
            modes: tuple[Mode, ...] = ("muted", "bypassed")
            yield [Variant(f"{path} {mode}", modes=((path, mode),)) for mode in modes]
    else:
        aims = [target(project, item.path) for item in plan.variables]
        drawn = _drawn(aims, plan) if plan.kind == "random" else _every(aims, plan)
        names = _names([aim.path for aim in aims])
        for values in drawn:
            parts = [
                f"{name} {show(aim.spec, value)}"
                for name, aim, value in zip(names, aims, values, strict=True)
            ]
            paths = [aim.path for aim in aims]
            yield (Variant(", ".join(parts), tuple(zip(paths, values, strict=True))),)


def _every(aims: Sequence[Target], plan: Plan) -> Iterable[tuple[Value, ...]]:
    return product(*(grid(aim, item) for aim, item in zip(aims, plan.variables, strict=True)))


def _drawn(aims: Sequence[Target], plan: Plan) -> Iterator[tuple[Value, ...]]:
    """Different combinations, fewer than asked for where there are no more."""
    chance = random.Random(plan.chance)
    seen: set[tuple[tuple[type, Value], ...]] = set()
    idle = 0
    while len(seen) < plan.draws and idle < _PATIENCE:
        values = tuple(
            draw(aim, item, chance) for aim, item in zip(aims, plan.variables, strict=True)
        )
        key = tuple((type(value), value) for value in values)
        if key in seen:
            idle += 1
            continue
        idle = 0
        seen.add(key)
        yield values


def _names(paths: Sequence[str]) -> list[str]:
    """The paths cut to their last words where those differ."""
    last = [path.rpartition(".")[2] for path in paths]
    return [
        word if last.count(word) == 1 and path.removesuffix(f".{word}") in (word, *PARTS) else path
        for path, word in zip(paths, last, strict=True)
    ]


def _problem(
    project: Project, variant: Variant, before: Analysis | None
) -> tuple[str, Analysis | None]:
    """Why a variant cannot be trained, empty where it can; and the analysis to go on from."""
    try:
        changed = made(project, variant)
        analysis = analyse(changed, before)
        for problem in analysis.problems:
            if problem.severity == "error" or problem.parameter == "data":
                return problem.message, analysis
        write(changed, analysis)
    except (StudyError, EditError, ParameterError, CodegenError) as error:
        return str(error), before
    return "", analysis


def _with_mode(project: Project, path: str, mode: Mode) -> Project:
    *scope, name = path.split("/")
    inner = opened(project, tuple(scope))
    return closed(project, tuple(scope), edits.set_mode(inner, [name], mode))
