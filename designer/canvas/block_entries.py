"""Blocks as people pick from them: those of the project, and the user's own."""

from __future__ import annotations

import json
from dataclasses import dataclass

from PySide6.QtCore import QMimeData

from designer.canvas.entries import Entry
from engine.layers.base import Layer
from engine.network import library
from engine.network.project import Project
from engine.network.uses import can_contain

BLOCK_MIME = "application/x-convoscope-block"
"""A block on its way from the palette to the canvas: JSON of `kind` and `path`."""


@dataclass(frozen=True, slots=True)
class BlockEntry(Entry):
    """A block, as it is offered; with `path` one of the user's own, which the project may not know yet."""

    path: str = ""

    def layer(self) -> Layer:
        raise TypeError(f"{self.kind} is a block, not a layer")


def of_project(project: Project) -> list[BlockEntry]:
    """The project's blocks, but those that cannot stand inside the block that it is opened at."""
    return [
        BlockEntry(name, block.help or _inside(len(block.network.nodes)), "block", name)
        for name, block in project.network.blocks.items()
        if can_contain(project, name)
    ]


def of_user() -> list[BlockEntry]:
    """The user's own blocks."""
    return [
        BlockEntry(
            kept.name,
            kept.help or "One of your own blocks",
            "block",
            kept.name,
            path=str(kept.path),
        )
        for kept in library.kept()
    ]


def pack(entry: BlockEntry) -> QMimeData:
    """A block as it is dragged."""
    data = QMimeData()
    content = {"kind": entry.kind, "path": entry.path}
    data.setData(BLOCK_MIME, json.dumps(content).encode())
    data.setText(entry.label)
    return data


def unpack(data: QMimeData) -> BlockEntry | None:
    """The block that is dragged; None where it is something else."""
    if not data.hasFormat(BLOCK_MIME):
        return None
    try:
        content = json.loads(bytes(data.data(BLOCK_MIME).data()))
        kind, path = str(content["kind"]), str(content["path"])
    except (ValueError, KeyError, TypeError):
        return None
    return BlockEntry(kind, "", "block", kind, path=path)


def _inside(count: int) -> str:
    return f"{count} nodes" if count != 1 else "1 node"
