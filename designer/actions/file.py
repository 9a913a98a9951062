"""The commands of the File menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.actions.command import Command

if TYPE_CHECKING:
    from designer.app import MainWindow


def _compare(window: MainWindow) -> None:
    """Open the one window that compares; what it needs is loaded only then."""
    from designer.compare.window import CompareWindow

    (window.findChild(CompareWindow) or CompareWindow(window.document, window)).open()


def _export_jobs(window: MainWindow) -> None:
    """Ask what a cluster is to do; what it needs is loaded only then."""
    from designer.panels.jobs import JobFiles

    dialog = window.findChild(JobFiles)
    if dialog is None:
        dialog = JobFiles(window.document, window)
        dialog.said.connect(window.files.said)
    dialog.open()


FILE: tuple[Command, ...] = (
    Command("new", "New", "File", lambda w: w.new(), "Ctrl+N", "new"),
    Command("open", "Open…", "File", lambda w: w.files.choose_open(), "Ctrl+O", "open"),
    Command("save", "Save", "File", lambda w: w.files.save(), "Ctrl+S", "save"),
    Command(
        "save_as",
        "Save as…",
        "File",
        lambda w: w.files.choose_save(),
        "Ctrl+Shift+S",
        ends_group=True,
    ),
    Command(
        "compare",
        "Compare…",
        "File",
        _compare,
        "Ctrl+Alt+C",
        tip="Show this network beside its saved version, a template or another file",
    ),
    Command(
        "export",
        "Export PyTorch code…",
        "File",
        lambda w: w.files.choose_export(),
        "Ctrl+E",
        "export",
        lambda w: w.document.analysis.valid,
        "Write the network, and the trained weights when there are some, as files that need torch alone",
    ),
    Command(
        "export_jobs",
        "Export job files…",
        "File",
        _export_jobs,
        enabled=lambda w: w.document.analysis.valid,
        tip="Write the files with which Slurm or Kubernetes trains the network on several machines",
        ends_group=True,
    ),
    Command("quit", "Quit", "File", lambda w: w.close(), "Ctrl+Q"),
)
