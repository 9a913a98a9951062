"""Blocks: what a person does with them, each one edit of the document; and the user's own ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from designer.document import Document
from engine.network import edits, library, ports
from engine.network.clipboard import add_block, copy_block
from engine.network.errors import EditError, StorageError
from engine.network.grouping import group
from engine.network.instances import add_instance, remove_block, rename_block, set_block
from engine.network.names import free_name
from engine.network.network import Instance, Link
from engine.network.placement import after
from engine.network.project import Project
from engine.network.scope import Scope
from engine.network.ungrouping import ungroup, unpack_all

Named = Callable[[Project], tuple[Project, str]]
"""An edit that also tells the name of what it made."""


class Blocks(QObject):
    """Commands on blocks. `made(name)` follows a new block, whose name is to be typed at once."""

    made = Signal(str)
    said = Signal(str)
    kept_changed = Signal()
    """The user's own blocks are others."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document

    # What is selected

    def group(self) -> None:
        """Make a block of the selected nodes; its one instance is selected."""
        names = self._document.selection
        if self._do("Make a block", lambda project: group(project, names)):
            self.made.emit(self._document.selection[0])

    def ungroup(self) -> None:
        """Unpack the selected instances; what was inside them is selected."""
        names = [name for name in self._document.selection if self.is_instance(name)]
        new: list[str] = []

        def edit(project: Project) -> Project:
            new.clear()
            for name in names:
                project, found = ungroup(project, name)
                new.extend(found)
            return project

        what = names[0] if len(names) == 1 else f"{len(names)} blocks"
        if names and self._document.do(f"Unpack {what}", edit):
            self._document.select(new)

    def unpack(self, name: str) -> None:
        """Unpack one instance."""
        self._document.select([name])
        self.ungroup()

    def unpack_all(self) -> bool:
        """Unpack every instance of the whole network, and those inside; returns whether it could be."""
        self._document.enter(())
        return self._document.do("Unpack all blocks", unpack_all)

    def is_instance(self, name: str) -> bool:
        """Whether a node of what is shown is an instance of a block."""
        node = self._document.shown.network.nodes.get(name)
        return node is not None and isinstance(node.content, Instance)

    # The project's blocks

    def add(self, block: str) -> None:
        """Add an instance behind the selection, linked to it where that can be."""
        self._do(f"Add {block}", lambda project: self._append(project, block))

    def enter(self, block: str) -> None:
        """Show the inside of a block, by way of its first instance."""
        scope = way_to(self._document.project, block)
        if scope is None:
            self._document.refused.emit(
                f"{block} is used nowhere, so there is no instance to enter; add one first."
            )
            return
        self._document.enter(scope)

    def rename(self, old: str, new: str) -> bool:
        """Call a block otherwise."""
        return self._document.do(
            f"Rename block {old}", lambda project: rename_block(project, old, new), scope=()
        )

    def duplicate(self, block: str) -> None:
        """A second block like this one, to be changed apart from it."""

        def edit(project: Project) -> Project:
            blocks = project.network.blocks
            name = free_name(block.rstrip("0123456789"), blocks)
            grown = set_block(project, name, blocks[block])
            inner = blocks[block].network.nodes
            places = {
                f"{name}/{key}": grown.placement[f"{block}/{key}"]
                for key in inner
                if f"{block}/{key}" in grown.placement
            }
            return edits.changed(grown, placement={**grown.placement, **places})

        self._document.do(f"Duplicate {block}", edit, scope=())

    def remove(self, block: str) -> None:
        """Take a block out of the project, while nothing uses it."""
        self._document.do(
            f"Delete block {block}", lambda project: remove_block(project, block), scope=()
        )

    def copy(self, block: str) -> None:
        """Put a block on the clipboard, as text."""
        QGuiApplication.clipboard().setText(copy_block(self._document.project, block))
        self.said.emit(f"{block} is on the clipboard; paste it in another network.")

    def paste(self) -> None:
        """Add the blocks on the clipboard to the project's."""
        text = QGuiApplication.clipboard().text()
        before = set(self._document.project.network.blocks)
        if self._document.do("Paste block", lambda p: add_block(p, text), scope=()):
            new = [name for name in self._document.project.network.blocks if name not in before]
            what = ", ".join(new)
            self.said.emit(f"{what} added to the blocks." if new else "It is there already.")

    # The user's own blocks

    def keep(self, block: str) -> None:
        """Put a block into the user's own."""
        try:
            library.keep(self._document.project, block)
        except StorageError as error:
            self._document.refused.emit(str(error))
            return
        self.said.emit(f"{block} is in My blocks, for every project.")
        self.kept_changed.emit()

    def add_kept(self, path: Path) -> None:
        """Add an instance of one of the user's own blocks, which the project then knows."""

        def edit(project: Project) -> tuple[Project, str]:
            try:
                grown, block = library.bring(project, path)
            except StorageError as error:
                raise EditError(str(error)) from None
            return self._append(grown, block)

        self._do(f"Add {path.stem}", edit)

    def forget(self, path: Path) -> None:
        """Take a block out of the user's own."""
        try:
            library.forget(path)
        except StorageError as error:
            self._document.refused.emit(str(error))
            return
        self.said.emit(
            f"{path.stem} is out of My blocks; its file is in {library.folder()}/removed."
        )
        self.kept_changed.emit()

    def _append(self, project: Project, block: str) -> tuple[Project, str]:
        selection = self._document.selection
        behind = selection[-1] if selection else None
        grown = add_instance(project, block, after(project, behind))
        name = list(grown.network.nodes)[-1]
        network = grown.network
        if behind is not None:
            fed = ports.inputs(network, network.nodes[name])
            if fed and ports.outputs(network, network.nodes[behind]):
                grown = edits.connect(grown, Link(behind, name))
        return grown, name

    def _do(self, label: str, edit: Named) -> bool:
        """Do an edit, and select what it made."""
        name = ""

        def kept(project: Project) -> Project:
            nonlocal name
            project, name = edit(project)
            return project

        if not self._document.do(label, kept):
            return False
        self._document.select([name])
        return True


def way_to(project: Project, block: str) -> Scope | None:
    """The scope of the first instance of a block, the nearest to the outermost network; None: none."""
    blocks = project.network.blocks
    waiting: list[tuple[Scope, str]] = [((), "")]
    for scope, inside in waiting:
        network = blocks[inside].network if inside else project.network
        for name, node in network.nodes.items():
            if isinstance(node.content, Instance) and node.content.block in blocks:
                if node.content.block == block:
                    return (*scope, name)
                waiting.append(((*scope, name), node.content.block))
    return None
