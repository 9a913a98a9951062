"""Fixing: the repairs of a node's problem as a menu, each with the shapes it leads to."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from designer.canvas import commands
from designer.consequences import consequence

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView
    from designer.document import Document


def show(view: CanvasView, name: str) -> None:
    """Open the menu under the card of node `name`."""
    fixes = commands.fixes(view.document, name)
    if not fixes:
        return
    menu = QMenu(view)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for number, fix in enumerate(fixes):
        told = preview(view.document, name, number).partition("\n")[0]
        action = menu.addAction(f"{fix.label}\t{told}".replace("&", "&&"))
        action.triggered.connect(lambda _=False, number=number: view.apply_fix(name, number))
    menu.setActiveAction(menu.actions()[0])
    item = view.canvas.nodes[name]
    corner = item.card.bottomLeft()
    menu.popup(view.viewport().mapToGlobal(view.mapFromScene(corner)))


def preview(document: Document, name: str, number: int) -> str:
    """What repair `number` of a node leads to; worked out once for each state of the document."""
    return _preview(_Key(document), name, number)


class _Key:
    """The document as it is now, as a key of a cache."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._state = document.project, document.scope

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Key):
            return False
        return self._state[0] is other._state[0] and self._state[1] == other._state[1]

    def __hash__(self) -> int:
        return hash((id(self._state[0]), self._state[1]))


@lru_cache(maxsize=32)
def _preview(key: _Key, name: str, number: int) -> str:
    fixes = commands.fixes(key.document, name)
    return consequence(key.document, fixes[number], name) if number < len(fixes) else ""
