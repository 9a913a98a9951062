"""Reopening: what the panel of runs asks of the window: networks and weights as they were, going on, forking."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.network.errors import StorageError
from engine.training.rundir import RunDirectory
from engine.training.summary import Summary

if TYPE_CHECKING:
    from designer.app import MainWindow


class Reopening(QObject):
    """Does with one run what is asked for; what cannot be done is said over the canvas."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        runs, workshop = window.runs, window.workshop
        runs.opened.connect(self.open)
        runs.weights_wanted.connect(lambda run: workshop.show(RunDirectory(run.path)))
        runs.export_wanted.connect(self._export)
        runs.go_on_wanted.connect(self.go_on)
        runs.fork_wanted.connect(self.fork)
        runs.side_by_side.connect(self._compare)
        runs.deleted.connect(self._leave)
        runs.said.connect(window.toast.say)
        runs.failed.connect(lambda text: window.toast.say(text, error=True))
        workshop.status_changed.connect(lambda _: runs.refresh())

    def open(self, run: Summary) -> None:
        """Show the network of a run as it was, with its curves and weights."""
        directory = RunDirectory(run.path)
        if self._window.files.open_run(directory):
            self._window.workshop.show(directory)
            self._window.canvas.fit()
            # Who opens a run that goes on wants to watch it.
            if self._window.workshop.live:
                self._window.docks["Training"].show()
                self._window.docks["Training"].raise_()

    def go_on(self, run: Summary) -> None:
        """Let a run that has ended go on from its newest checkpoint; its network comes to the canvas."""
        directory = RunDirectory(run.path)
        if self._window.workshop.go_on(directory):
            self._show_training(directory)

    def fork(self, run: Summary, checkpoint: Path) -> None:
        """Begin a new run of a run's network where one of its checkpoints stands."""
        directory = RunDirectory(run.path)
        try:
            project = directory.project()
        except StorageError as error:
            self._window.toast.say(str(error), error=True)
            return
        if self._window.workshop.fork(checkpoint, project):
            self._show_training(directory)

    def _show_training(self, run: RunDirectory) -> None:
        self._window.files.open_run(run)
        self._window.canvas.fit()
        self._window.docks["Training"].show()
        self._window.docks["Training"].raise_()

    def _export(self, run: Summary) -> None:
        self._window.files.choose_export_run(RunDirectory(run.path))

    def _compare(self, before: Path, after: Path) -> None:
        # What the window needs is loaded only now.
        from designer.compare.window import CompareWindow

        window = self._window
        beside = window.findChild(CompareWindow) or CompareWindow(window.document, window)
        beside.open(before, after)

    def _leave(self, paths: list[Path]) -> None:
        for path in paths:
            self._window.workshop.leave(path)
