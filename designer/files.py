"""Files: open, save, recent files, export, and the session that comes back after closing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

import resources
from designer import session
from designer.document import Document
from engine.codegen import CodegenError
from engine.interop.export import ExportError, export
from engine.network import storage
from engine.network.project import Project
from engine.network.storage import StorageError
from engine.training.rundir import RunDirectory

DEFAULT_TEMPLATE = resources.TEMPLATES / "lenet5.convo"
FILTER = "Convoscope network (*.convo)"
RECENT = 10
KEPT = 20
"""How many unsaved networks are kept when others are opened over them."""


class Files(QObject):
    """What the File menu does. Nothing asks before it replaces a network that was not saved: that
    one is kept in the user's data folder and stands in the list of recent files.
    """

    said = Signal(str)
    """Something was done, worth a passing word."""
    failed = Signal(str)
    """Something could not be done, in one sentence."""

    def __init__(self, document: Document, window: QWidget, run: Callable[[], Path | None]) -> None:
        super().__init__(window)
        self._document = document
        self._window = window
        self._run = run
        self._timer = QTimer(self, singleShot=True, interval=1000)
        self._timer.timeout.connect(self.autosave)
        document.saved_changed.connect(self._timer.start)

    # Opening

    def restore(self) -> None:
        """Open what was open when the window was last closed, or LeNet-5."""
        last = session.read()
        path = Path(last.path) if last.path else None
        if last.modified and session.unsaved_file().is_file():
            try:
                self._document.load(storage.load(session.unsaved_file()), path, saved=False)
                return
            except StorageError as error:
                self.failed.emit(str(error))
        if path is not None and path.is_file() and self.open(path):
            return
        self.open_template(DEFAULT_TEMPLATE)

    def open(self, path: Path) -> bool:
        """Open a `.convo` file; a bad one is named and leaves everything as it is."""
        try:
            project = storage.load(path)
        except StorageError as error:
            self.failed.emit(str(error))
            return False
        self._keep()
        kept = path.resolve().is_relative_to(session.replaced_folder().resolve())
        self._document.load(project, None if kept else path.absolute(), saved=not kept)
        if not kept:
            self._remember(path)
        return True

    def open_template(self, path: Path) -> bool:
        """Begin a new network from a template, which itself stays as it is."""
        try:
            project = storage.load(path)
        except StorageError as error:
            self.failed.emit(str(error))
            return False
        self.begin(project)
        return True

    def begin(self, project: Project) -> None:
        """Begin with a project that has no file yet."""
        self._keep()
        self._document.load(project, None)

    def open_run(self, run: RunDirectory) -> bool:
        """Begin with the network that a run has trained, as it was; a bad one is named."""
        try:
            project = run.project()
        except StorageError as error:
            self.failed.emit(str(error))
            return False
        self.begin(project)
        return True

    def choose_open(self) -> None:
        """Ask for a file and open it."""
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open a network", self._folder(), FILTER
        )
        if name:
            self.open(Path(name))

    def recent(self) -> tuple[Path, ...]:
        """Files opened or saved lately that still exist, the latest first."""
        paths = [Path(name) for name in session.read().recent]
        return tuple(path for path in paths if path.is_file())[:RECENT]

    def unsaved(self) -> tuple[Path, ...]:
        """Networks that were replaced before they were saved, the latest first."""
        return tuple(sorted(session.replaced_folder().glob("*.convo"), reverse=True))[:RECENT]

    # Saving

    def save(self) -> bool:
        """Save to the file it came from, or ask for one."""
        path = self._document.path
        return self.choose_save() if path is None else self.save_to(path)

    def choose_save(self) -> bool:
        """Ask for a file and save to it."""
        start = str(Path(self._folder()) / f"{self._stem()}.convo")
        name, _ = QFileDialog.getSaveFileName(self._window, "Save the network", start, FILTER)
        if not name:
            return False
        path = Path(name)
        return self.save_to(path if path.suffix else path.with_suffix(".convo"))

    def save_to(self, path: Path) -> bool:
        """Save to `path`; says so, or why not."""
        try:
            self._document.save(path)
        except StorageError as error:
            self.failed.emit(str(error))
            return False
        self._remember(path)
        self.said.emit(f"Saved {path.name}")
        return True

    def choose_export(self) -> None:
        """Ask for a Python file and write the code, with the run's weights where they fit."""
        start = str(Path(self._folder()) / f"{self._stem()}.py")
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Export PyTorch code", start, "Python (*.py)"
        )
        if name:
            path = Path(name)
            self.export_to(path if path.suffix else path.with_suffix(".py"))

    def choose_export_run(self, run: RunDirectory) -> None:
        """Ask for a Python file and write a run's code and weights."""
        start = str(Path(self._folder()) / f"{run.path.name}.py")
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Export the run's code and weights", start, "Python (*.py)"
        )
        if name:
            path = Path(name)
            self.export_run(run, path if path.suffix else path.with_suffix(".py"))

    def export_run(self, run: RunDirectory, path: Path) -> None:
        """Write the code that a run has trained to `path`, and its weights beside it."""
        try:
            written = export(run.project(), path, run.path)
        except (ExportError, StorageError) as error:
            self.failed.emit(str(error))
            return
        self.said.emit(f"Exported {' and '.join(file.name for file in written)}")

    def export_to(self, path: Path) -> None:
        """Write the code to `path`, and beside it the weights of the last run when they fit."""
        project, run = self._document.project, self._run()
        try:
            try:
                written = export(project, path, run)
            except ExportError as error:
                if run is None:
                    raise
                # The code is still worth having when the drawing has moved on from the run.
                written = export(project, path, None)
                self.failed.emit(f"Exported the code without weights: {error}")
                return
        except (ExportError, CodegenError, OSError) as error:
            self.failed.emit(str(error))
            return
        self.said.emit(f"Exported {' and '.join(file.name for file in written)}")

    # The session

    def autosave(self) -> None:
        """Write the present state where the next start finds it."""
        self._timer.stop()
        document = self._document
        path = str(document.path) if document.path else ""
        try:
            if document.modified:
                session.unsaved_file().parent.mkdir(parents=True, exist_ok=True)
                storage.save(document.project, session.unsaved_file())
            replace(session.read(), path=path, modified=document.modified).write()
        except (StorageError, OSError) as error:
            self.failed.emit(f"The session cannot be kept for the next start: {error}.")

    def _keep(self) -> None:
        """Put a network that is not saved aside before another takes its place."""
        document = self._document
        if not document.modified or not document.project.network.nodes:
            return
        stamp = time.strftime("%Y-%m-%d %H.%M.%S")
        folder = session.replaced_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            storage.save(document.project, folder / f"{stamp} {self._stem()}.convo")
            for old in sorted(folder.glob("*.convo"), reverse=True)[KEPT:]:
                old.unlink()
        except (StorageError, OSError) as error:
            self.failed.emit(f"The network that was not saved cannot be kept aside: {error}")

    def _remember(self, path: Path) -> None:
        last = session.read()
        recent = tuple(dict.fromkeys((str(path.absolute()), *last.recent)))[:RECENT]
        try:
            replace(last, recent=recent).write()
        except OSError as error:
            self.failed.emit(f"The list of recent files cannot be kept: {error}.")

    def _folder(self) -> str:
        path = self._document.path
        return str(path.parent if path else Path.cwd())

    def _stem(self) -> str:
        path = self._document.path
        if path is not None:
            return path.stem
        kept = "".join(c if c.isalnum() else "-" for c in self._document.project.name.lower())
        return kept.strip("-")[:60] or "network"
