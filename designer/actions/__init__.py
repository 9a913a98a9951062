"""Every command of the window, once: its name, shortcut, icon, and when it can be used.

Menus, the tool bar, the command palette and the tests read this list. Each menu's commands are in a
file of its own.
"""

from __future__ import annotations

from designer.actions.arrange import ARRANGE
from designer.actions.block import BLOCK
from designer.actions.command import BUSY, Command
from designer.actions.context import CONTEXT
from designer.actions.edit import EDIT
from designer.actions.file import FILE
from designer.actions.help import HELP
from designer.actions.node import NODE
from designer.actions.run import RUN
from designer.actions.view import VIEW

__all__ = ["BUSY", "COMMANDS", "CONTEXT", "MENUS", "Command"]

COMMANDS: tuple[Command, ...] = (*FILE, *EDIT, *NODE, *BLOCK, *ARRANGE, *VIEW, *RUN, *HELP)

MENUS = tuple(dict.fromkeys(command.menu for command in COMMANDS))
