"""Entering: into blocks and out of them, each with the part of the canvas that was last looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from designer.canvas.breadcrumb import BOTTOM
from engine.network.network import Instance
from engine.network.project import Project
from engine.network.scope import Scope

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView


class Entering:
    """Remembers zoom and middle of the view for every scope, until another project is loaded."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._scope: Scope = view.document.scope
        self._looks: dict[Scope, tuple[float, QPointF]] = {}
        view.document.changed.connect(self._forget)

    def instance(self, name: str) -> bool:
        """Whether a node of what is shown can be entered."""
        network = self._view.document.shown.network
        node = network.nodes.get(name)
        content = node.content if node is not None else None
        return isinstance(content, Instance) and content.block in network.blocks

    def enter(self, name: str) -> bool:
        """Show the inside of a node's block; False where it is none."""
        if not self.instance(name):
            return False
        document = self._view.document
        document.enter((*document.scope, name))
        return True

    def leave(self) -> bool:
        """Show the network around, what was entered selected; False in the outermost one."""
        document = self._view.document
        if not document.scope:
            return False
        document.enter(document.scope[:-1], document.scope[-1:])
        return True

    def follow(self) -> bool:
        """Look at another scope as it was looked at last; returns whether it is another."""
        view, scope = self._view, self._view.document.scope
        if scope == self._scope:
            return False
        # What is searched for would go into the network that was left.
        view.adding.dismiss()
        middle = view.viewport().rect().center()
        self._looks[self._scope] = view.zoom, view.mapToScene(middle)
        self._scope = scope
        view.covered = BOTTOM if scope else 0
        look = self._looks.get(scope)
        if look is None:
            view.fit()
        else:
            view.look(look[0], look[1], middle)
        return True

    def _forget(self, before: Project, after: Project) -> None:
        document = self._view.document
        if not document.undo_label and not document.redo_label:
            self._looks.clear()
            self._scope = document.scope
            self._view.covered = 0
