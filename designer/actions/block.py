"""The commands of the Block menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.actions.command import Command, selected
from engine.network.network import Instance

if TYPE_CHECKING:
    from designer.app import MainWindow


def _instance(window: MainWindow) -> bool:
    """Whether an instance of a block is selected."""
    return any(window.blocks.is_instance(name) for name in window.document.selection)


def _one_instance(window: MainWindow) -> bool:
    return len(window.document.selection) == 1 and _instance(window)


def _inside(window: MainWindow) -> bool:
    return bool(window.document.scope)


def _any_instance(window: MainWindow) -> bool:
    nodes = window.document.project.network.nodes.values()
    return any(isinstance(node.content, Instance) for node in nodes)


BLOCK: tuple[Command, ...] = (
    Command(
        "group",
        "Make a block",
        "Block",
        lambda w: w.blocks.group(),
        "Ctrl+G",
        "",
        selected,
        "Make a block of the selected nodes, to be used again",
    ),
    Command(
        "ungroup",
        "Unpack",
        "Block",
        lambda w: w.blocks.ungroup(),
        "Ctrl+Shift+G",
        "",
        _instance,
        "Put the nodes inside in the place of the selected instances",
    ),
    Command(
        "unpack_all",
        "Unpack all",
        "Block",
        lambda w: w.blocks.unpack_all() and w.canvas.fit(),
        "",
        "",
        _any_instance,
        "Put the nodes inside in the place of every instance",
        ends_group=True,
    ),
    Command(
        "enter_block",
        "Enter block (Tab)",
        "Block",
        lambda w: w.canvas.enter(),
        "",
        "",
        _one_instance,
        "Show the inside of the selected instance",
    ),
    Command(
        "leave_block",
        "Leave block (Backspace)",
        "Block",
        lambda w: w.canvas.leave(),
        "",
        "",
        _inside,
        "Show the network around the block",
        ends_group=True,
    ),
    Command(
        "paste_block",
        "Paste block",
        "Block",
        lambda w: w.blocks.paste(),
        "",
        "",
        tip="Add the blocks on the clipboard to those of the project",
    ),
    Command(
        "keep_block",
        "Save to my blocks",
        "Block",
        lambda w: w.keep_block(),
        "",
        "",
        lambda w: _one_instance(w) or _inside(w),
        "Keep the block for other projects",
    ),
)
