"""The commands of the Arrange menu."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from designer.actions.command import Command, nodes, selected
from designer.canvas import commands

if TYPE_CHECKING:
    from designer.app import MainWindow
    from engine.network.arrange import Axis, Edge


def _two(window: MainWindow) -> bool:
    return len(window.document.selection) > 1


def _three(window: MainWindow) -> bool:
    return len(window.document.selection) > 2


def frame_picked(window: MainWindow) -> bool:
    """Whether a frame is selected."""
    return window.canvas.picking.frame is not None


def _frames(window: MainWindow) -> bool:
    return bool(window.canvas.canvas.frames.items)


def _align() -> Iterator[Command]:
    edges: tuple[tuple[Edge, str, str], ...] = (
        ("left", "Align left edges", "Ctrl+Shift+Left"),
        ("center", "Align centres", "Ctrl+Shift+C"),
        ("right", "Align right edges", "Ctrl+Shift+Right"),
        ("top", "Align top edges", "Ctrl+Shift+Up"),
        ("middle", "Align middles", "Ctrl+Shift+M"),
        ("bottom", "Align bottom edges", "Ctrl+Shift+Down"),
    )
    for edge, label, shortcut in edges:
        yield Command(
            f"align_{edge}",
            label,
            "Arrange",
            lambda w, edge=edge: commands.align(w.document, w.canvas.canvas.cards(), edge),
            shortcut,
            "",
            _two,
            on_canvas=True,
            ends_group=edge in ("right", "bottom"),
        )


def _distribute() -> Iterator[Command]:
    axes: tuple[tuple[Axis, str, str], ...] = (
        ("horizontal", "Distribute horizontally", "Ctrl+Alt+H"),
        ("vertical", "Distribute vertically", "Ctrl+Alt+V"),
    )
    for axis, label, shortcut in axes:
        yield Command(
            f"distribute_{axis}",
            label,
            "Arrange",
            lambda w, axis=axis: commands.distribute(w.document, w.canvas.canvas.cards(), axis),
            shortcut,
            "",
            _three,
            "Equal gaps between the selected nodes",
            on_canvas=True,
            ends_group=axis == "vertical",
        )


ARRANGE: tuple[Command, ...] = (
    Command(
        "arrange",
        "Arrange automatically",
        "Arrange",
        lambda w: w.canvas.arranging.run(),
        "Ctrl+L",
        "grid",
        nodes,
        "Lay out the selected nodes, or the whole network",
        on_canvas=True,
        ends_group=True,
    ),
    *_align(),
    *_distribute(),
    Command(
        "frame",
        "Frame selection",
        "Arrange",
        lambda w: w.canvas.frame_selection(),
        "Ctrl+Shift+F",
        "",
        selected,
        "Put a titled frame behind the selected nodes",
        on_canvas=True,
    ),
    Command(
        "frame_words",
        "Edit frame title and comment",
        "Arrange",
        lambda w: w.canvas.rename(),
        "",
        "",
        frame_picked,
    ),
    Command(
        "frame_nodes",
        "Select what is in the frame",
        "Arrange",
        lambda w: w.canvas.select_framed(),
        "Ctrl+Shift+A",
        "",
        frame_picked,
        on_canvas=True,
    ),
    Command(
        "next_frame",
        "Next frame",
        "Arrange",
        lambda w: w.canvas.picking.step_frame(1),
        "]",
        "",
        _frames,
        on_canvas=True,
    ),
    Command(
        "previous_frame",
        "Frame before",
        "Arrange",
        lambda w: w.canvas.picking.step_frame(-1),
        "[",
        "",
        _frames,
        on_canvas=True,
    ),
)
