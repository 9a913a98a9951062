"""The commands of the Help menu."""

from __future__ import annotations

from designer.actions.command import Command

HELP: tuple[Command, ...] = (
    Command(
        "commands", "Search commands", "Help", lambda w: w.search_commands(), "Ctrl+K", "search"
    ),
    Command("about", "About Convoscope", "Help", lambda w: w.about()),
)
