"""What is asked of a run through its directory, by whoever can write there, on whatever machine.

asked.jsonl holds a line for each request, which the process that trains the run obeys; the same
process touches run.json now and then, so that others know from afar that it lives. No torch here.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Any, Literal, TypeAlias, cast

from engine.network.storage import reason
from engine.training.control import Control, Wish
from engine.training.rundir import RunDirectory, RunError

Request: TypeAlias = Literal["pause", "resume", "stop"] | Wish

LOOK = 0.5
"""Seconds between two looks at what is asked."""
PULSE = 10.0
"""Seconds between two signs of life."""


def ask(run: RunDirectory, request: Request) -> None:
    """Ask the process that trains a run for something; it obeys within a second or two. Raises `RunError`."""
    line = {"wish": asdict(request)} if isinstance(request, Wish) else {"ask": request}
    try:
        with run.asked_file.open("ab") as file:
            file.write(json.dumps(line).encode() + b"\n")
    except OSError as error:
        raise RunError(
            f"{run.asked_file} cannot be written ({reason(error)}), so nothing can be asked of the run."
        ) from error


@contextmanager
def attending(run: RunDirectory, control: Control) -> Generator[None]:
    """While this lasts the control hears what is asked of the run from now on, and the run shows signs of life."""
    over = threading.Event()
    thread = threading.Thread(
        target=_attend, args=(run, control, over, _size(run)), name="attention", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _attend(run: RunDirectory, control: Control, over: threading.Event, read: int) -> None:
    since = 0.0
    while not over.wait(LOOK):
        since += LOOK
        if since >= PULSE:
            since = 0.0
            with suppress(OSError):
                os.utime(run.state_file)
        if _size(run) != read:
            read = _obey(run, control, read)


def _size(run: RunDirectory) -> int:
    try:
        return run.asked_file.stat().st_size
    except OSError:
        return 0


def _obey(run: RunDirectory, control: Control, after: int) -> int:
    """Pass on the requests after a byte; the byte to go on from. What is none is left out."""
    try:
        with run.asked_file.open("rb") as file:
            file.seek(after)
            data = file.read()
    except OSError:
        return after
    whole = data[: data.rfind(b"\n") + 1]
    for line in whole.splitlines():
        with suppress(ValueError, TypeError, KeyError, AttributeError, RecursionError):
            _pass_on(json.loads(line), control)
    # A file that was cut short is begun anew.
    return after + len(whole) if data else _size(run)


def _pass_on(asked: dict[str, Any], control: Control) -> None:
    """Ask it of the control; raises `ValueError` or `TypeError` for what cannot be."""
    match asked.get("ask"):
        case "pause":
            control.pause()
        case "resume":
            control.resume()
        case "stop":
            control.stop()
        case _:
            control.wish(_wish(cast("dict[str, object]", asked["wish"])))


def _wish(values: dict[str, object]) -> Wish:
    wish = Wish(**values)  # type: ignore[arg-type]
    rate, epochs = wish.rate, wish.epochs
    if rate is not None and not (isinstance(rate, (int, float)) and 0 < rate <= 100):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError("no rate")
    if epochs is not None and not (isinstance(epochs, int) and 0 < epochs <= 100_000):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError("no number of epochs")
    return Wish(rate, epochs, wish.checkpoint is True)
