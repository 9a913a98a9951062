"""`rate-test`: which learning rates teach a network anything."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from contextlib import nullcontext
from pathlib import Path

from engine.cli.console import InputError, Window, add_json, add_project, console, load, show_json
from engine.cli.train import add_recipe, changed, threads_of
from engine.fields import Integer, ParameterError, specs
from engine.training.events import Event, Finished, Steps
from engine.training.rates import SOURCE, Finding, RateTest, conclude

HELP = "Try growing learning rates on a copy of the network, and suggest one."
EXAMPLES = f"""\
  convoscope rate-test lenet5.convo
  convoscope rate-test lenet5.convo --data mnist --optimizer SGD --high 100
  convoscope rate-test resnet8.convo --steps 300 --json

The rate grows by the same factor at every step, on weights that are thrown away; the test ends
early where the loss diverges. The suggestion is a tenth of the rate with the least smoothed loss.
After {SOURCE}.
exit code: 0 with a suggestion, 1 without one, 2 bad input, 130 interrupted."""

_ROWS = 16
_BAR = 32
"""Rows of the printed curve, and letters of its longest bar."""


def configure(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    for name, spec in specs(RateTest).items():
        kind, letter = (int, "N") if isinstance(spec, Integer) else (float, "R")
        default = f"{RateTest.default(name):g}"
        parser.add_argument(
            f"--{name}",
            type=kind,
            metavar=letter,
            help=f"{spec.help.rstrip('.').lower()} ({default})",
        )
    add_recipe(parser)
    add_json(parser)


def run(arguments: argparse.Namespace, window: Window) -> int:
    """Test, and say what was found."""
    from engine.cli.running import begin, execute, exit_code, progress_bar

    threads = threads_of(arguments)
    given = {name: getattr(arguments, name) for name in specs(RateTest)}
    try:
        test = RateTest(**{name: value for name, value in given.items() if value is not None})
    except ParameterError as error:
        raise InputError(f"--{error.parameter} {error.message}.") from None
    project = changed(load(arguments.project), arguments)

    from engine.training.rate_test import try_rates

    folder = Path(tempfile.mkdtemp(prefix="convoscope-rates-"))
    told: list[Event] = []
    try:
        run = begin(project, folder / "test")
        with nullcontext(None) if arguments.json else progress_bar(run.project()) as listen:

            def hear(event: Event) -> None:
                told.append(event)
                if listen is not None:
                    listen(event)

            state = execute(run, hear, threads, lambda run, control: try_rates(run, test, control))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if state.status != "finished":
        console(to_stderr=True).print(
            f"convoscope: {state.message or state.status}", soft_wrap=True
        )
        return exit_code(state)
    losses = [loss for event in told if isinstance(event, Steps) for loss in event.losses]
    reason = next((event.reason for event in told if isinstance(event, Finished)), "")
    found = conclude(test, losses)
    if arguments.json:
        show_json(_facts(test, losses, found, reason))
    else:
        _print(test, found, reason)
    return 0 if found.suggested is not None else 1


def _facts(test: RateTest, losses: list[float], found: Finding, reason: str) -> dict[str, object]:
    """What was found, for programs: a rate, a loss and a smoothed loss for each step."""
    return {
        "rates": [test.rate(step) for step in range(len(losses))],
        "losses": losses,
        "smooth": list(found.smooth),
        "least": found.least,
        "steepest": found.steepest,
        "suggested": found.suggested,
        "message": found.sentence,
        "ended": reason,
        "source": SOURCE,
    }


def _print(test: RateTest, found: Finding, reason: str) -> None:
    from rich.table import Table

    screen = console()
    table = Table("rate", "smoothed loss", "", box=None)
    for column in table.columns[:2]:
        column.justify = "right"
        column.no_wrap = True
    smooth = found.smooth
    highest = max(smooth, default=1.0)
    rows = min(_ROWS, len(smooth))
    for row in range(rows):
        step = round(row * (len(smooth) - 1) / max(1, rows - 1))
        bar = "━" * round(_BAR * max(0.0, smooth[step]) / max(highest, 1e-12))
        table.add_row(f"{test.rate(step):.2e}", f"{smooth[step]:.4f}", bar)
    screen.print(table)
    for sentence in filter(None, (reason, found.sentence)):
        screen.print(sentence, soft_wrap=True)
    if found.suggested is not None:
        screen.print(
            f"suggested learning rate: {found.suggested:g} (steepest fall at {found.steepest:g})"
        )
