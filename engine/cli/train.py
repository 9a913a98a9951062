"""`train`: a whole training without the window."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.cli.console import InputError, Window, add_json, console, load, show_json
from engine.cli.parts import METAVAR, Wish, augmentation, part
from engine.fields import ParameterError, Value
from engine.network.project import Project
from engine.recipe.augmentation.base import Augmentation
from engine.recipe.recipe import (
    AUGMENTATIONS,
    COMPILES,
    DEVICES,
    INITIALIZATIONS,
    LOSSES,
    OPTIMIZERS,
    PARTS,
    PRECISIONS,
    SCHEDULES,
    Recipe,
    misplaced,
)
from engine.training.rundir import RunDirectory

HELP = "Train a network; what is not said here is as the project says."
EXAMPLES = """\
  convoscope train lenet5.convo
  convoscope train lenet5.convo --data mnist --epochs 5 --out runs/first
  convoscope train lenet5.convo --data ../data/cifar-10-batches-bin --optimizer SGD --lr 0.05
  convoscope train lenet5.convo --data photos --epochs 20
  convoscope train resnet8.convo --optimizer sgd:momentum=0.95,nesterov=on --schedule cosine:warmup=1
  convoscope train lenet5.convo --loss CrossEntropyLoss:class_weights=1x1x1x1x1x1x1x1x1x2.5
  convoscope train resnet8.convo --augment shift:pixels=4 --augment flip --augment mixup:alpha=0.2
  convoscope train lenet5.convo --json
  convoscope train --resume runs/first
  convoscope train --resume runs/first --epochs 20
  convoscope train wider.convo --fork runs/first --at 1200 --out runs/wider
  convoscope train resnet8.convo --nproc 4
  torchrun --nnodes 2 --nproc-per-node 4 --rdzv-backend c10d --rdzv-endpoint HOST:29400 \\
    --max-restarts 3 -m main train resnet8.convo --out /shared/runs/first

--resume goes on with a run that was stopped, broke off or is to be extended, from its newest
checkpoint, with the same numbers to the last bit as if it had never ended (on a CPU, with as many
threads). --fork begins a new run where another stood: with that run's network, or with
PROJECT.convo, which takes over every weight that fits.
Parameters of a part are written behind its name; a row of numbers is divided by x.
Own images are a folder with a folder per class (or train and val of such), a CSV file of paths and
labels, a .npz file of numpy, IDX files or CIFAR's binary files. NAME=PATH says which dataset a path
holds where that is not plain, as in --data kmnist=../data.
--nproc N lets N processes of this machine share every batch, and torchrun those of several machines;
the numbers are those of one process with the same batches, to rounding. When a process is lost, all go
on from the last checkpoint. Each machine needs the program and the data; the run is written by the first.
With --json every epoch is a line of JSON on stdout, and the last line names the run.
Ctrl+C ends the run after the present step and keeps its weights (exit code 130).
exit code: 0 finished, 1 broken off (a loss that is no number, say), 2 bad input."""

RECIPE = {
    "epochs": (int, "N", "passes over the training images"),
    "batch_size": (int, "B", "images in one batch"),
    "seed": (int, "S", "equal seeds give equal runs on one machine"),
    "validation": (float, "PART", "part of the training images kept aside to check on, 0 to 0.9"),
    "accumulate": (int, "N", "batches whose gradients make one step"),
    "clip_norm": (float, "NORM", "the largest norm of all gradients together"),
    "ema_decay": (float, "D", "keep a running mean of the weights that forgets so slowly"),
    "patience": (int, "N", "end after N epochs without a lower validation loss"),
    "checkpoint_every": (int, "STEPS", "write a checkpoint after so many steps"),
    "keep_checkpoints": (int, "N", "how many of the newest checkpoints are kept"),
}
OPTIMIZER = {
    "learning_rate": (float, "R", "size of a step"),
    "weight_decay": (float, "W", "how strongly weights are pulled to 0"),
}
WORDS = ("device", "initialization", "precision", "deterministic", "compile", "sharded")
KEPT = ("data", "augment", "loss", "optimizer", "schedule", *RECIPE, *OPTIMIZER, *WORDS)
"""Options that a resumed run cannot change, but for the following."""
EXTENDED = ("epochs", "learning_rate")
MOST_THREADS = 1024


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "project", metavar="PROJECT.convo", type=Path, nargs="?", help="the network's file"
    )
    parser.add_argument("--resume", type=Path, metavar="DIR", help="go on with the run in DIR")
    parser.add_argument("--fork", type=Path, metavar="DIR", help="begin where the run in DIR stood")
    parser.add_argument(
        "--at", type=int, metavar="STEP", help="with --fork: the step of a checkpoint (the newest)"
    )
    add_recipe(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="a new folder for the run itself")
    parser.add_argument(
        "--nproc",
        dest="processes",
        type=int,
        metavar="N",
        help="processes of this machine that share every batch",
    )
    parser.add_argument(
        "--max-restarts",
        type=int,
        metavar="N",
        help="with --nproc: how often all go on from the last checkpoint when one is lost (3)",
    )
    add_json(parser)


def add_recipe(parser: argparse.ArgumentParser) -> None:
    """The options that say otherwise than the project's recipe and data, as `changed` takes them, and
    how many threads compute.
    """
    parser.add_argument(
        "--data",
        metavar="NAME|PATH",
        help="a dataset's name, a folder with its files, or own images (see below)",
    )
    for name, (kind, letter, text) in {**RECIPE, **OPTIMIZER}.items():
        parser.add_argument(option(name), dest=name, type=kind, metavar=letter, help=text)
    titles = ", ".join(kind.title for kind in SCHEDULES.values())
    told = {
        "optimizer": f"one of {', '.join(OPTIMIZERS)}",
        "loss": f"one of {', '.join(LOSSES)}",
        "schedule": f"how the rate changes: {titles}",
    }
    for name, text in told.items():
        parser.add_argument(f"--{name}", type=part(name), metavar=METAVAR, help=text)
    parser.add_argument(
        "--augment",
        action="append",
        type=augmentation,
        metavar=METAVAR,
        help="change the training images, in place of what the project says, once for each in their "
        f"order: {', '.join(kind.word() for kind in AUGMENTATIONS.values())}; or none",
    )
    parser.add_argument("--device", choices=DEVICES, help="where it trains")
    parser.add_argument(
        "--initialization",
        choices=INITIALIZATIONS,
        metavar="NAME",
        help=f"what weights begin with: {', '.join(INITIALIZATIONS)}",
    )
    parser.add_argument("--compile", choices=COMPILES, help="let torch.compile write the kernels")
    parser.add_argument("--precision", choices=PRECISIONS, help="16 bits for products, or not")
    parser.add_argument(
        "--deterministic",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="use only operations that give the same bits each time",
    )
    parser.add_argument(
        "--sharded",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="with several processes, let each keep but a piece of the weights, the gradients and the "
        "optimiser's state (FSDP2)",
    )
    parser.add_argument(
        "--threads", type=int, metavar="T", help="threads to compute with (all cores but one)"
    )


def option(name: str) -> str:
    """How a parameter is called on the command line."""
    return "--lr" if name == "learning_rate" else f"--{name.replace('_', '-')}"


def run(arguments: argparse.Namespace, window: Window) -> int:
    """Train, and tell of it."""
    threads = threads_of(arguments)
    from engine.cli.torchrun import started_by_it, train_as_one

    if started_by_it():
        return train_as_one(arguments, _begun, threads)
    from engine.cli.running import JsonLines, execute, exit_code, progress_bar

    processes, restarts = _together(arguments)
    run = _begun(arguments)
    if processes:
        run.update(processes=processes)
    with nullcontext(JsonLines()) if arguments.json else progress_bar(run.project()) as listen:
        state = execute(run, listen, threads, restarts=restarts)
    if arguments.json:
        where = str(arguments.out or run.path)
        show_json({"run": where, "done": state.status == "finished"}, indent=None)
    else:
        screen = console()
        if state.test_accuracy is not None:
            screen.print(f"test accuracy {state.test_accuracy:.2%}")
        elif state.test_loss is not None:
            screen.print(f"test loss {state.test_loss:.4f}")
        screen.print(f"{state.status}: {run.path}", soft_wrap=True)
    if state.status == "failed":
        console(to_stderr=True).print(f"convoscope: {state.message}", soft_wrap=True)
    return exit_code(state)


def _together(arguments: argparse.Namespace) -> tuple[int, int]:
    """How many processes (0: as the recipe says), and how often they may be started anew."""
    processes: int | None = arguments.processes
    restarts: int | None = arguments.max_restarts
    if processes is not None and not 1 <= processes <= MOST_THREADS:
        raise InputError(
            f"--nproc must be a whole number from 1 to {MOST_THREADS:,}, not {processes}."
        )
    if restarts is not None and restarts < 0:
        raise InputError(f"--max-restarts must be 0 or more, not {restarts}.")
    return processes or 0, 3 if restarts is None else restarts


def threads_of(arguments: argparse.Namespace) -> int:
    """How many threads are asked for, 0 where nothing is said; raises `InputError`."""
    threads: int = arguments.threads if arguments.threads is not None else 0
    if arguments.threads is not None and not 1 <= threads <= MOST_THREADS:
        raise InputError(
            f"--threads must be a whole number from 1 to {MOST_THREADS:,}, not {threads}."
        )
    return threads


def _begun(arguments: argparse.Namespace) -> RunDirectory:
    """The run that the options ask for, ready to be trained."""
    from engine.cli.running import begin, branch, take_up
    from engine.cli.torchrun import started_by_it

    if arguments.at is not None and arguments.fork is None:
        raise InputError("--at names a checkpoint to --fork from; give --fork DIR too.")
    if arguments.resume is None:
        if arguments.fork is not None:
            project = load(arguments.project) if arguments.project is not None else None
            return branch(
                arguments.fork,
                arguments.at,
                project,
                lambda p: changed(p, arguments),
                arguments.out,
            )
        if arguments.project is None:
            raise InputError("train wants a PROJECT.convo, or a run to --resume or to --fork.")
        return begin(changed(load(arguments.project), arguments), arguments.out)
    for name in ("project", "fork", "out"):
        if getattr(arguments, name) is not None:
            word = {"project": "PROJECT.convo"}.get(name, f"--{name}")
            raise InputError(f"--resume goes on with a run as it is; leave {word} out.")
    for name in KEPT:
        if name not in EXTENDED and getattr(arguments, name) is not None:
            raise InputError(
                f"{option(name)} cannot be changed in a run that goes on; --fork it instead of --resume."
            )
    # torchrun has ended the processes before; in a container their numbers are soon others'.
    alone = not started_by_it()
    return take_up(arguments.resume, arguments.epochs, arguments.learning_rate, alone)


def _augmentations(given: Sequence[Augmentation | None]) -> tuple[Augmentation, ...]:
    """Those that were asked for; raises `InputError` where they do not go together."""
    found = tuple(item for item in given if item is not None)
    if found and len(found) < len(given):
        raise InputError("--augment none leaves out all augmentations, so there can be no other.")
    for place, item in enumerate(found):
        reason = misplaced(found[:place], type(item))
        if reason:
            raise InputError(f"--augment: the augmentations {reason}.")
    return found


def _made(name: str, wish: Wish, recipe: Recipe) -> Any:
    """The part that an option asks for; raises `InputError`."""
    try:
        return wish(getattr(recipe, name))
    except ParameterError as error:
        word = wish.kind.kind()
        raise InputError(f"--{name} {word}: {error.parameter} {error.message}.") from None


def changed(project: Project, arguments: argparse.Namespace) -> Project:
    """The project with what the options say; raises `InputError` naming the option."""
    from engine.data import DataError, choose

    given: dict[str, Value] = vars(arguments)
    recipe = project.recipe
    for name in PARTS:
        wish: Wish | None = getattr(arguments, name)
        if wish is not None:
            recipe = replace(recipe, **{name: _made(name, wish, recipe)})
    if arguments.augment is not None:
        recipe = replace(recipe, augmentations=_augmentations(arguments.augment))
    try:
        values = {name: given[name] for name in OPTIMIZER if given[name] is not None}
        steps = recipe.optimizer.changed(**values)
        values = {name: given[name] for name in (*RECIPE, *WORDS) if given[name] is not None}
        recipe: Recipe = replace(recipe.changed(**values), optimizer=steps)
        data = choose(arguments.data) if arguments.data is not None else project.data
    except ParameterError as error:
        raise InputError(f"{option(error.parameter)} {error.message}.") from None
    except DataError as error:
        raise InputError(str(error)) from None
    return replace(project, recipe=recipe, data=data)
