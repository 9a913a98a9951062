"""The commands of the File menu."""

from __future__ import annotations

from designer.actions.command import Command

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
        "export",
        "Export PyTorch code…",
        "File",
        lambda w: w.files.choose_export(),
        "Ctrl+E",
        "export",
        lambda w: w.document.analysis.valid,
        "Write the network, and the trained weights when there are some, as files that need torch alone",
        ends_group=True,
    ),
    Command("quit", "Quit", "File", lambda w: w.close(), "Ctrl+Q"),
)
