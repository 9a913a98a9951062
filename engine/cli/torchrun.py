"""`train` as one of the processes that torchrun, or whoever sets the same variables, has started."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from engine.cli.console import InputError
from engine.training.control import Control
from engine.training.rundir import LIVE, RunDirectory, RunError, runs, runs_folder


def started_by_it() -> bool:
    """Whether this process is one of several, as RANK and WORLD_SIZE say."""
    size = os.environ.get("WORLD_SIZE", "1")
    return "RANK" in os.environ and size.isdigit() and int(size) > 1


def train_as_one(
    arguments: argparse.Namespace, begun: Callable[[argparse.Namespace], RunDirectory], threads: int
) -> int:
    """Train together with the others; the first of them begins the run, tells of it and writes it.

    The exit code is `LOST` where another process is gone: torchrun starts all anew, if it may.
    """
    from engine.cli.running import JsonLines, execute, interruptible, progress_bar
    from engine.training.distributed.joining import LostError, follow, join
    from engine.training.errors import TrainingError
    from engine.training.loop import train
    from engine.workers.rank import LOST, die_with

    if arguments.processes is not None or arguments.max_restarts is not None:
        raise InputError("--nproc and --max-restarts are torchrun's to say here; leave them out.")
    die_with(os.getppid())
    try:
        team = join()
        if not team.writes:
            control = Control()
            with interruptible(control):
                follow(team, control)
            return 0
        try:
            run = _gone_on(arguments) or begun(arguments)
            run.update(launch=os.environ.get("TORCHELASTIC_RUN_ID", ""))
            with (
                nullcontext(JsonLines())
                if arguments.json
                else progress_bar(run.project()) as listen
            ):
                state = execute(
                    run, listen, threads, lambda run, control: train(run, control, team)
                )
        finally:
            team.leave()
    except TrainingError as error:
        raise InputError(str(error)) from None
    except LostError as error:
        sys.stderr.write(
            f"convoscope: {error} All go on from the last checkpoint, if torchrun may.\n"
        )
        return LOST
    if state.status == "failed":
        raise InputError(state.message)
    # One that was stopped has not failed, and is not to be started anew.
    return 0


def _gone_on(arguments: argparse.Namespace) -> RunDirectory | None:
    """The run that this launch had begun before it was started anew, ready to go on."""
    from engine.training.events import Interrupted
    from engine.training.standing import reopen

    launch = os.environ.get("TORCHELASTIC_RUN_ID", "")
    attempt = int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))
    if not launch or (launch == "none" and not attempt) or arguments.resume is not None:
        return None
    out: Path | None = arguments.out
    found = runs(runs_folder()) if out is None else [RunDirectory(out.absolute())]
    for run in found:
        try:
            state = run.state()
            if state.launch != launch:
                continue
            if state.status == "failed":
                raise InputError(state.message)
            if state.status not in LIVE or not run.checkpoints_folder.is_dir():
                continue
            step = reopen(run).step
        except RunError:
            continue
        run.append(
            Interrupted(
                step,
                f"A process was lost; all go on from the checkpoint of step {step:,} (restart {attempt:,}).",
            )
        )
        return run
    return None
