"""Reading what runs have guessed, beside the window's own work."""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from designer.metrics.judged import Judged
from engine.network.errors import StorageError
from engine.training.predictions import read_predictions
from engine.training.rundir import PredictedPart, RunDirectory, RunError

PARTS: tuple[PredictedPart, ...] = ("validation", "test")


@dataclass(frozen=True)
class Unjudged:
    """A run of which there is nothing to show, and why."""

    run: Path
    title: str
    hint: str


Told: TypeAlias = Judged | Unjudged


class PredictionsReader:
    """One thread at a time reads what was asked for last; `poll` brings it."""

    def __init__(self) -> None:
        self._told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._asked: tuple[RunDirectory, PredictedPart | None] | None = None
        self._thread: threading.Thread | None = None

    def ask(self, run: RunDirectory, part: PredictedPart | None) -> None:
        """Read the part of a run; None: test images where there are, or else validation images."""
        with self._lock:
            self._asked = run, part
            if self._thread is None:
                self._thread = threading.Thread(target=self._read, name="predictions", daemon=True)
                self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether something that was asked for is still to come."""
        return self._thread is not None or not self._told.empty()

    def poll(self) -> Told | None:
        """What was read last, if there is anything new."""
        told: Told | None = None
        while not self._told.empty():
            told = self._told.get_nowait()
        return told

    def close(self) -> None:
        """Wait until nothing is read any more."""
        with self._lock:
            self._asked = None
            thread = self._thread
        if thread is not None:
            thread.join()

    def _read(self) -> None:
        """The thread."""
        while True:
            with self._lock:
                if self._asked is None:
                    self._thread = None
                    return
                (run, part), self._asked = self._asked, None
            self._told.put(read(run, part))


def read(run: RunDirectory, part: PredictedPart | None) -> Told:
    """What a run has guessed, or why that is not known."""
    try:
        project, state = run.project(), run.state()
        there: tuple[PredictedPart, ...] = tuple(
            item for item in PARTS if run.predictions_file(item).is_file()
        )
        chosen = part if part in there else next(reversed(there), None)
        found = read_predictions(run, chosen) if chosen is not None else None
    except (RunError, StorageError, OSError) as error:
        return Unjudged(run.path, "The predictions cannot be read", str(error))
    if project.recipe.loss.target != "class":
        return Unjudged(
            run.path,
            "No classes",
            f"This run learns by {project.recipe.loss.title}, which knows no right and wrong class.",
        )
    if found is None or chosen is None:
        return Unjudged(
            run.path,
            "No predictions yet",
            "They come when images are validated, at the end of an epoch or of the run.",
        )
    return Judged.of(run.path, chosen, there, project.data, state.classes, found)
