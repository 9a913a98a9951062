"""Which runs are compared, in which colour, and what they have told. No pyqtgraph here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from designer.plots.record import Record
from designer.runlist.foreign import ForeignRun
from designer.runlist.reading import Story
from designer.style import numbers
from engine.training.summary import Summary

if TYPE_CHECKING:
    from designer.plots.overlay import Curve

MOST = 16
"""Runs that are compared at once: eight colours, each also dashed."""


class Compared:
    """Runs by their paths, and runs of other tools, each with the number of its colour."""

    def __init__(self) -> None:
        self.marks: dict[Path, int] = {}
        self.foreign: dict[int, ForeignRun] = {}
        self.records: dict[Path, Record] = {}

    def __len__(self) -> int:
        return len(self.marks) + len(self.foreign)

    def toggle(self, runs: Iterable[Summary]) -> int:
        """Compare these runs, or if all of them are, no longer; how many found no room."""
        paths = [run.path for run in runs]
        if all(path in self.marks for path in paths):
            for path in paths:
                self.drop(path)
            return 0
        new = [path for path in paths if path not in self.marks]
        room = MOST - len(self)
        for path in new[:room]:
            self.marks[path] = self._free()
            self.records[path] = Record()
        return len(new[room:])

    def add_foreign(self, runs: Iterable[ForeignRun]) -> int:
        """Show runs of another tool too; how many found no room."""
        waiting = list(runs)
        room = MOST - len(self)
        for run in waiting[:room]:
            self.foreign[self._free()] = run
        return len(waiting[room:])

    def drop(self, path: Path) -> None:
        """Compare a run no longer."""
        self.marks.pop(path, None)
        self.records.pop(path, None)

    def drop_number(self, number: int) -> None:
        """Compare the run of this colour no longer."""
        self.foreign.pop(number, None)
        for path in [path for path, mark in self.marks.items() if mark == number]:
            self.drop(path)

    def clear(self) -> None:
        """Compare nothing."""
        self.marks.clear()
        self.records.clear()
        self.foreign.clear()

    def take(self, story: Story) -> bool:
        """Take in what a run has told; whether it is compared."""
        record = self.records.get(story.path)
        if record is None:
            return False
        if story.anew:
            record.clear()
        record.add(story.events)
        return True

    @property
    def loss(self) -> str:
        """What the axis of losses says: the loss that all runs have, or that they have several."""
        axes = {record.started.loss for record in self.records.values() if record.started}
        return axes.pop() if len(axes) == 1 and not self.foreign else "loss"

    @property
    def measures_accuracy(self) -> bool:
        """Whether any run that is compared can be right or wrong."""
        known = any(record.measures_accuracy for record in self.records.values())
        return known or any(
            what == "accuracy" for run in self.foreign.values() for what, _ in run.lines
        )

    def curves(self, known: Mapping[Path, Summary]) -> list[Curve]:
        """What is drawn, in the order of the colours; runs of one name are told apart by their time."""
        from designer.plots.overlay import Curve, RecordTold

        runs = {path: known.get(path, Summary(path)) for path in self.marks}
        names = [run.name for run in runs.values()]
        found = [
            Curve(
                run.name
                if names.count(run.name) == 1
                else f"{numbers.moment(run.created)} {run.name}",
                self.marks[path],
                RecordTold(self.records[path]),
            )
            for path, run in runs.items()
        ]
        found += [Curve(run.name, number, run) for number, run in self.foreign.items()]
        return sorted(found, key=lambda curve: curve.color)

    def _free(self) -> int:
        """The least number that no run has."""
        taken = {*self.marks.values(), *self.foreign}
        return next(number for number in range(MOST) if number not in taken)
