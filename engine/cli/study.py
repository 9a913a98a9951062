"""`study`: many runs that differ in one respect, compared."""

from __future__ import annotations

import argparse
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engine.cli.console import INTERRUPTED, InputError, Window, add_json, console, load, show_json
from engine.cli.train import KEPT, add_recipe, changed, option, threads_of
from engine.studies.errors import StudyError
from engine.studies.folder import StudyDirectory
from engine.studies.spread import Spread
from engine.studies.study import Plan, Study, design
from engine.studies.table import MEASURES, Measure, best, rows, usual
from engine.studies.variables import parse
from engine.training.rundir import studies_folder

if TYPE_CHECKING:
    from engine.studies.outcomes import Outcome, Outcomes
    from engine.workers.conductor import Conductor

HELP = "Repeat a training over seeds, sweep parameters, or take nodes out in turn, and compare."
EXAMPLES = """\
  convoscope study lenet5.convo --seeds 5
  convoscope study lenet5.convo --vary optimizer.learning_rate=0.001..0.1:log:5 --vary batch_size=32,64
  convoscope study lenet5.convo --vary conv1.out_channels=4,8,16 --vary optimizer=sgd,adam --seeds 3
  convoscope study lenet5.convo --vary optimizer.learning_rate=1e-4..1:log --random 20
  convoscope study lenet5.convo --ablate relu1,conv3 --seeds 5 --epochs 3 --json
  convoscope study --resume studies/first

What varies is a parameter of the recipe (batch_size, optimizer.learning_rate, loss.label_smoothing),
one of its parts (optimizer, schedule, loss), a parameter of a layer (conv1.out_channels; part/conv1.stride
inside a block) or of a block (stage2.width, stage2.repeat). A range is low..high, then :log or how many
values, or both. An ablation mutes each node in turn, or bypasses it where muting breaks the network.
Every variant is checked before any is trained; those that cannot be are named and left out.
A study is a folder with a run directory for each run; --resume trains what is not finished.
Ctrl+C ends it with a checkpoint to go on from (exit code 130).
exit code: 0 finished, 1 broken off or every run failed, 2 bad input."""

GLANCE = 0.1
"""Seconds between two looks at the runs."""
SEEDS = {"ablation": 3}
"""Seeds of a kind of study where nothing is said; one of the others."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "project", metavar="PROJECT.convo", type=Path, nargs="?", help="the network's file"
    )
    parser.add_argument("--resume", type=Path, metavar="DIR", help="go on with the study in DIR")
    parser.add_argument("--seeds", type=int, metavar="N", help="train each variant with N seeds")
    parser.add_argument(
        "--vary", action="append", metavar="PARAMETER=VALUES", help="what varies, once for each"
    )
    parser.add_argument("--random", type=int, metavar="N", help="N combinations drawn by chance")
    parser.add_argument(
        "--chance", type=int, metavar="S", help="with --random: equal numbers draw alike (0)"
    )
    parser.add_argument("--ablate", metavar="NODES", help="nodes to take out in turn: conv1,relu2")
    parser.add_argument("--by", choices=MEASURES, help="what is compared (validation accuracy)")
    parser.add_argument(
        "--at-once", type=int, metavar="K", help="train K runs at the same time (1)"
    )
    add_recipe(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="a new folder for the study")
    add_json(parser)


def run(arguments: argparse.Namespace, window: Window) -> int:
    """Train the study, and tell of it."""
    from engine.studies.outcomes import Outcomes
    from engine.workers.conductor import MOST_AT_ONCE, Conductor, check_free

    at_once: int | None = arguments.at_once
    if at_once is not None and not 1 <= at_once <= MOST_AT_ONCE:
        raise InputError(
            f"--at-once must be a whole number from 1 to {MOST_AT_ONCE}, not {at_once}."
        )
    given = {"at_once": at_once, "threads": threads_of(arguments) or None}
    try:
        folder = _folder(arguments)
        check_free(folder)
        folder.update(**{name: value for name, value in given.items() if value is not None})
        outcomes = Outcomes(folder)
        study = outcomes.study
        measure = MEASURES[arguments.by] if arguments.by else usual(study.project)
        with (
            nullcontext(_JsonLines(measure))
            if arguments.json
            else _progress(study, measure) as tell
        ):
            stopped = _conduct(Conductor(folder), outcomes, folder.runner().at_once, tell)
        runner = folder.runner()
    except StudyError as error:
        raise InputError(str(error)) from None
    if arguments.json:
        show_json(_facts(folder, outcomes, measure), indent=None)
    else:
        _print(study, outcomes.all, measure)
        console().print(f"{runner.status}: {folder.path}", soft_wrap=True)
    if runner.message:
        console(to_stderr=True).print(f"convoscope: {runner.message}", soft_wrap=True)
    if stopped and runner.status == "stopped":
        return INTERRUPTED
    some = any(item.status == "finished" for item in outcomes.all)
    return 0 if runner.status == "finished" and some else 1


def _folder(arguments: argparse.Namespace) -> StudyDirectory:
    """The folder of the study that the options ask for."""
    if arguments.resume is None:
        if arguments.project is None:
            raise InputError("study wants a PROJECT.convo, or a study to --resume.")
        project = changed(load(arguments.project), arguments)
        variables = tuple(parse(project, text) for text in arguments.vary or ())
        seeds: int | None = arguments.seeds
        plan = Plan("seeds", seeds if seeds is not None else 1)
        if arguments.ablate is not None:
            if variables or arguments.random is not None:
                raise InputError(
                    "--ablate takes nodes out one by one; leave --vary and --random out."
                )
            words: str = arguments.ablate
            names = tuple(word.strip() for word in words.split(",") if word.strip())
            plan = Plan("ablation", seeds if seeds is not None else SEEDS["ablation"], nodes=names)
        elif arguments.random is not None:
            chance = arguments.chance or 0
            plan = Plan("random", plan.seeds, variables, arguments.random, chance)
        elif variables:
            plan = Plan("grid", plan.seeds, variables)
        elif seeds is None:
            raise InputError("say what the study is about: --seeds, --vary or --ablate.")
        study = design(project, plan)
        if arguments.out is not None:
            return StudyDirectory.create_at(arguments.out, study)
        return StudyDirectory.create(studies_folder(), study)
    for name in ("project", "seeds", "vary", "random", "chance", "ablate", "out", *KEPT):
        if getattr(arguments, name) is not None:
            word = {"project": "PROJECT.convo"}.get(name, option(name))
            raise InputError(f"--resume goes on with a study as it is; leave {word} out.")
    return StudyDirectory.open(arguments.resume)


def _conduct(conductor: Conductor, outcomes: Outcomes, at_once: int, tell: _Teller) -> bool:
    """Train to the end; whether it was interrupted. `tell` hears of every run that ends, and often
    how far all is.
    """
    from engine.cli.running import interruptible
    from engine.training.control import Control

    control = Control()
    outcomes.look()
    told = {item.trial for item in outcomes.all if item.status == "finished"}
    try:
        with interruptible(control):
            over = False
            while not over:
                if control.stopped:
                    conductor.stop()
                conductor.look()
                over = conductor.done
                if outcomes.look() or over:
                    for item in outcomes.all:
                        if item.trial not in told and item.status in ("finished", "failed"):
                            told.add(item.trial)
                            tell.ended(outcomes.study, item)
                tell.progress(outcomes, outcomes.seconds_left(at_once))
                time.sleep(0.0 if over else GLANCE)
    finally:
        conductor.close()
    return control.stopped


class _Teller(Protocol):
    """Tells of a study while it is trained."""

    def ended(self, study: Study, outcome: Outcome) -> None:
        """A run has ended."""
        ...

    def progress(self, outcomes: Outcomes, seconds_left: float | None) -> None:
        """How far all is."""
        ...


class _JsonLines:
    """Tells programs: a line of JSON per run."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure

    def ended(self, study: Study, outcome: Outcome) -> None:
        from engine.studies.outcomes import facts

        label = study.variants[outcome.trial.variant].label
        show_json({"label": label, **facts([outcome])[0]}, indent=None)

    def progress(self, outcomes: Outcomes, seconds_left: float | None) -> None:
        """Programs need none."""


@contextmanager
def _progress(study: Study, measure: Measure) -> Generator[_Teller]:
    """Tells people: a progress bar on stderr, and a line per run above it."""
    from rich.progress import BarColumn, Progress, TextColumn

    screen = console(to_stderr=True)
    for item in study.refused:
        screen.print(f"left out: {item.label}: {item.sentence}", soft_wrap=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[left]}", markup=False),
    )
    total = len(study.trials)
    with Progress(
        *columns, console=screen, transient=True, disable=not screen.is_terminal
    ) as progress:
        task = progress.add_task(f"Run 1/{total}", total=1.0, left="")

        class Teller:
            def ended(self, study: Study, outcome: Outcome) -> None:
                label = study.variants[outcome.trial.variant].label
                value = measure.value(outcome)
                said = (
                    outcome.message
                    if value is None
                    else f"{measure.title} {_shown(value, measure)}"
                )
                screen.print(f"{label}, seed {outcome.trial.seed}: {said}", soft_wrap=True)

            def progress(self, outcomes: Outcomes, seconds_left: float | None) -> None:
                left = f"{_span(seconds_left)} left" if seconds_left is not None else ""
                number = min(total, outcomes.done + 1)
                words = f"Run {number}/{total}"
                progress.update(task, completed=outcomes.part, description=words, left=left)

        yield Teller()


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


def _facts(folder: StudyDirectory, outcomes: Outcomes, measure: Measure) -> dict[str, Any]:
    """What came of a study, for programs; accuracies as parts of 1."""
    study = outcomes.study
    found = rows(study, outcomes.all, measure)
    winner = best(found, measure)
    return {
        "study": str(folder.path),
        "done": folder.runner().status == "finished",
        "measure": measure.name,
        "best": winner.label if winner is not None else None,
        "variants": [
            {
                "label": row.label,
                "setting": dict(study.variants[row.variant].setting),
                "modes": dict(study.variants[row.variant].modes),
                "finished": row.finished,
                "failed": row.failed,
                "runs": row.runs,
                "values": list(row.values),
                **_numbers(row.spread, ""),
                **(
                    _numbers(row.difference, "difference_") if study.plan.kind == "ablation" else {}
                ),
            }
            for row in found
        ],
        "refused": [{"label": item.label, "message": item.sentence} for item in study.refused],
    }


def _numbers(found: Spread | None, prefix: str) -> dict[str, float | None]:
    names = ("mean", "std", "low", "high", "half")
    return {f"{prefix}{name}": getattr(found, name) if found else None for name in names}


def _print(study: Study, outcomes: list[Outcome], measure: Measure) -> None:
    from rich.table import Table

    screen = console()
    found = rows(study, outcomes, measure)
    winner = best(found, measure)
    ablation = study.plan.kind == "ablation"
    table = Table(title=measure.title, title_justify="left", title_style="bold")
    table.add_column("variant", no_wrap=True)
    for heading in ("runs", "mean", "std", "95 %", "least", "greatest"):
        table.add_column(heading, justify="right", no_wrap=True)
    if ablation:
        table.add_column("difference", justify="right", no_wrap=True)
    shown = found if ablation else sorted(found, key=lambda row: _rank(row.spread, measure))
    for row in shown:
        cells = [f"{row.finished}/{row.runs}" + (f", {row.failed} failed" if row.failed else "")]
        if row.spread is None:
            cells += [""] * 5
        else:
            numbers = (
                row.spread.mean,
                row.spread.std,
                row.spread.half,
                row.spread.low,
                row.spread.high,
            )
            texts = ["" if value is None else _shown(value, measure) for value in numbers]
            texts[2] = f"± {texts[2]}" if texts[2] else ""
            cells += texts
        if ablation:
            cells.append(_difference(row.difference, measure))
        style = "bold" if winner is not None and row.variant == winner.variant else ""
        table.add_row(row.label, *cells, style=style)
    # In full, however narrow the terminal: a number that is cut short is a wrong one.
    whole = screen.measure(table, options=screen.options.update(width=10_000)).maximum
    screen.width = max(screen.width, whole)
    screen.print(table)


def _rank(found: Spread | None, measure: Measure) -> tuple[bool, float]:
    """The best first, and what is not known last."""
    if found is None:
        return True, 0.0
    return False, -found.mean if measure.higher else found.mean


def _difference(found: Spread | None, measure: Measure) -> str:
    if found is None:
        return ""
    sure = "" if found.half is None else f" ± {_shown(found.half, measure)}"
    return f"{'+' if found.mean >= 0 else '-'}{_shown(abs(found.mean), measure)}{sure}"


def _shown(value: float, measure: Measure) -> str:
    if measure.percent:
        return f"{value:.2%}"
    return f"{value:.1f} s" if measure.name == "seconds" else f"{value:.4f}"
