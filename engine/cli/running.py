"""A run in this very process: trained in the main thread, watched from another, ended by Ctrl+C."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType

from engine.cli.console import INTERRUPTED, InputError, console, show_json
from engine.network.project import Project
from engine.training.asking import attending
from engine.training.control import Control
from engine.training.events import (
    Changed,
    EpochEnded,
    Event,
    EventError,
    Finished,
    Interrupted,
    Preparing,
    Started,
    Steps,
)
from engine.training.following import EventReader
from engine.training.rundir import LIVE, RunDirectory, RunError, RunState, runs_folder

GLANCE = 0.1
"""Seconds between two looks at what the run tells."""

Listener = Callable[[Event], None]


def begin(project: Project, out: Path | None, base: Path | None = None) -> RunDirectory:
    """A run directory for a project that can be trained: `out` itself, or a new one inside `base`
    (None: the user's folder of runs). Raises `InputError` for a project that cannot.
    """
    from engine.analysis import analyse
    from engine.codegen import CodegenError, write
    from engine.training.checks import input_shape
    from engine.training.device import choose_device
    from engine.training.errors import TrainingError

    try:
        analysis = analyse(project)
        input_shape(project, analysis)
        choose_device(project.recipe.device)
        text = write(project, analysis).text
        if out is not None:
            return RunDirectory.create_at(out, project, text)
        return RunDirectory.create(base or runs_folder(), project, text)
    except (CodegenError, RunError, TrainingError) as error:
        raise InputError(str(error)) from None


def take_up(path: Path, epochs: int | None, rate: float | None, alone: bool = True) -> RunDirectory:
    """A run that has ended, ready to go on from its newest checkpoint, for `epochs` in all and at
    another highest `rate` where these are given. Raises `InputError`, also where `alone` and a living
    process trains it.
    """
    from engine.network.storage import StorageError
    from engine.training.standing import checkpoints, newest_whole, none_whole, reopen
    from engine.workers.watch import lives_here

    for name, value, most in (("--epochs", epochs, 100_000), ("--lr", rate, 100.0)):
        if value is not None and not 0 < value <= most:
            raise InputError(f"{name} must be above 0 and at most {most:,}, not {value:,}.")
    try:
        run = RunDirectory.open(path)
        state = run.state()
        if alone and state.status in LIVE and lives_here(state):
            raise InputError(
                f"{path} is being trained by process {state.pid}; stop that one before you resume it."
            )
        run.project()
        run.source_text()
        if checkpoints(run) and newest_whole(run) is None:
            raise RunError(none_whole(run))
        reopen(run, epochs, rate)
    except (RunError, StorageError) as error:
        raise InputError(str(error)) from None
    return run


def branch(
    path: Path,
    step: int | None,
    project: Project | None,
    change: Callable[[Project], Project],
    out: Path | None,
) -> RunDirectory:
    """A new run that goes on where the run in `path` stood after `step` (None: its newest checkpoint).

    It trains `project`, or the other run's where that is None, once `change` has been made to it.
    Raises `InputError`.
    """
    from engine.network.storage import StorageError
    from engine.training.fork import fork
    from engine.training.standing import folder_of, newest_whole, none_whole, standings

    try:
        parent = RunDirectory.open(path)
        found = newest_whole(parent) if step is None else None
        if step is None and found is None:
            raise RunError(none_whole(parent))
        folder = found[0] if found else folder_of(parent, step or 0)
        if not folder.is_dir():
            steps = ", ".join(f"{standing.step:,}" for standing in standings(parent).values())
            raise InputError(
                f"{path} has no checkpoint of step {step or 0:,}; it has "
                f"{f'those of {steps}' if steps else 'none'}."
            )
        run = begin(change(project or parent.project()), out)
    except (RunError, StorageError) as error:
        raise InputError(str(error)) from None
    try:
        fork(folder, run)
    except (RunError, StorageError) as error:
        shutil.rmtree(run.path, ignore_errors=True)
        raise InputError(str(error)) from None
    return run


def execute(
    run: RunDirectory,
    listen: Listener,
    threads: int = 0,
    work: Callable[[RunDirectory, Control], None] | None = None,
    restarts: int = 3,
) -> RunState:
    """Train a run to its end and return how it stands; `listen` hears every event, in another thread.

    `threads` 0: all cores but one; `work` None: it is trained, by several processes where it says so,
    which may be started anew `restarts` times. The first Ctrl+C ends the run after the present step with its
    weights kept; the second is a `KeyboardInterrupt`. Raises `InputError` where not one step could
    be taken, and takes the run directory away.
    """
    if work is None:
        work = _training(run, restarts)
    control = Control()
    given = {"threads": threads} if threads else {}
    run.update(pid=os.getpid(), host=socket.gethostname(), **given)
    with interruptible(control), _watched(run, control, listen), attending(run, control):
        work(run, control)
    state = run.state()
    if state.status in LIVE:
        # It is over, and not even that could be written.
        message = f"{run.path} cannot be written any more; make room on its disk and train again."
        state = replace(state, status="failed", message=message)
    if state.status == "failed" and not any(isinstance(item, Started) for item in run.events()[0]):
        shutil.rmtree(run.path, ignore_errors=True)
        raise InputError(state.message)
    return state


def _training(run: RunDirectory, restarts: int) -> Callable[[RunDirectory, Control], None]:
    """What trains a run: this process, or several that it starts."""
    from engine.workers.agent import processes_of, train_together

    if processes_of(run) > 1:
        return partial(train_together, max_restarts=restarts)
    from engine.training.loop import train

    return train


def exit_code(state: RunState) -> int:
    """What a command that trained ends with: 1 when the training broke off by itself."""
    return {"finished": 0, "stopped": INTERRUPTED}.get(state.status, 1)


class JsonLines:
    """Tells programs: a line of JSON per epoch."""

    def __call__(self, event: Event) -> None:
        if isinstance(event, EpochEnded):
            show_json(
                {
                    "epoch": event.epoch,
                    "train_loss": event.train_loss,
                    "train_accuracy": event.train_accuracy,
                    "val_loss": event.val_loss,
                    "val_accuracy": event.val_accuracy,
                    "val_top5": event.val_top5,
                    "images_per_second": event.images_per_second,
                },
                indent=None,
            )


@contextmanager
def progress_bar(project: Project) -> Generator[Listener]:
    """Tells people of a run of `project`: a progress bar on stderr, and a line per epoch above it."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    screen = console(to_stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[figures]}", markup=False),
        TimeRemainingColumn(),
    )
    shown = screen.is_terminal
    with Progress(*columns, console=screen, transient=True, disable=not shown) as progress:
        task = progress.add_task("Preparing", total=1.0, figures="")
        doctor = Doctor(project)
        epochs = 0
        per_epoch = 1

        def listen(event: Event) -> None:
            nonlocal epochs, per_epoch
            match event:
                case Preparing():
                    progress.update(task, description=event.message, completed=event.fraction)
                case Started():
                    epochs, per_epoch = event.epochs, event.steps_per_epoch
                    progress.reset(task, total=float(epochs * per_epoch), description="Training")
                    screen.print(
                        f"{event.parameters:,} parameters · {event.train_images:,} images for training, "
                        f"{event.validation_images:,} for validation · {event.device}, "
                        f"{_crew(event)}",
                        soft_wrap=True,
                    )
                    if event.remark:
                        screen.print(event.remark, soft_wrap=True, markup=False)
                case Changed():
                    epochs = event.epochs
                    progress.update(task, total=float(epochs * per_epoch))
                case Steps():
                    present = min(epochs, (event.step - 1) // per_epoch + 1)
                    figures = (
                        f"loss {event.losses[-1]:.3f} · {event.images_per_second:,.0f} images/s"
                    )
                    progress.update(
                        task,
                        completed=float(event.step),
                        description=f"Epoch {present}/{epochs}",
                        figures=figures,
                    )
                case EpochEnded():
                    screen.print(_epoch(event, epochs), soft_wrap=True)
                case Interrupted():
                    screen.print(event.message, soft_wrap=True, markup=False)
                case Finished() if event.reason:
                    screen.print(event.reason, soft_wrap=True)
                case _:
                    pass
            for sentence in doctor.hear(event):
                screen.print(sentence, soft_wrap=True, markup=False)

        yield listen


class Doctor:
    """Tells once of each ailment of a run, when it is found at the end of an epoch."""

    def __init__(self, project: Project) -> None:
        from engine.training.diagnosis import Past

        self._project = project
        self._past = Past()
        self._told: set[tuple[str, str]] = set()

    def hear(self, event: Event) -> Iterator[str]:
        """Take an event; sentences on what is found only now. A failure tells its own."""
        from engine.training.diagnosis import diagnose

        self._past.take([event])
        if not isinstance(event, EpochEnded):
            return
        for finding in diagnose(self._project, self._past):
            ailment = (finding.ailment, finding.node)
            if ailment not in self._told:
                self._told.add(ailment)
                yield f"{finding.title}: {finding.message}"


def _crew(event: Started) -> str:
    """With how many processes and threads it computes."""
    threads = f"{event.threads} thread{'s' if event.threads > 1 else ''}"
    return threads if event.processes == 1 else f"{event.processes:,} processes, {threads} each"


def _epoch(event: EpochEnded, epochs: int) -> str:
    parts = [
        f"epoch {event.epoch}/{epochs}",
        _figures("training", event.train_loss, event.train_accuracy),
    ]
    if event.val_loss is not None:
        parts.append(_figures("validation", event.val_loss, event.val_accuracy))
    return " · ".join((*parts, f"{event.images_per_second:,.0f} images/s"))


def _figures(part: str, loss: float, accuracy: float | None) -> str:
    """A part's loss, and its accuracy where one is measured."""
    return f"{part} loss {loss:.4f}" + (
        f", accuracy {accuracy:.2%}" if accuracy is not None else ""
    )


@contextmanager
def _watched(run: RunDirectory, control: Control, listen: Listener) -> Generator[None]:
    """While this lasts `listen` hears of the run; an error there ends the run and is raised here."""
    over = threading.Event()
    errors: list[Exception] = []

    def watch() -> None:
        reader = EventReader(run)
        losses: set[str] = set()
        last = False
        try:
            while not last:
                last = over.wait(GLANCE)
                events = reader.read()
                if reader.again:
                    # A process was lost: of what was told before nothing is told twice.
                    events = _from_the_last_loss(events, losses)
                losses |= {event.message for event in events if isinstance(event, Interrupted)}
                for event in events:
                    listen(event)
        except Exception as error:
            errors.append(error)
            control.stop()

    thread = threading.Thread(target=watch, name="watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if errors and isinstance(errors[0], (EventError, RunError)):
        raise InputError(
            f"{run.events_file} cannot be followed: {str(errors[0]).rstrip('.')}; the run was stopped, mend "
            "or take out that line and --resume it."
        ) from errors[0]
    if errors:
        raise errors[0]


def _from_the_last_loss(events: list[Event], told: set[str]) -> list[Event]:
    """The events from a loss on that was not told yet; none where it is still to come."""
    for place, event in enumerate(events):
        if isinstance(event, Interrupted) and event.message not in told:
            return events[place:]
    return []


@contextmanager
def interruptible(control: Control) -> Generator[None]:
    """The first Ctrl+C, or a polite kill, asks the run to stop; outside the main thread nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if control.stopped:
            raise KeyboardInterrupt
        control.stop()

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
