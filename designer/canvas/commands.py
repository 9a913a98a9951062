"""What the canvas does when told by key or menu: each makes one edit of the document."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from designer.canvas.face import first_problem
from designer.canvas.geometry import GRID
from designer.document import Document
from engine.network import edits
from engine.network.network import Link
from engine.network.project import Point, Project


def delete(document: Document, link: Link | None) -> None:
    """Take out the selected nodes, or the selected link."""
    names = document.selection
    if names:
        document.do(_label("Delete", names), lambda project: edits.remove(project, names))
    elif link is not None:
        document.do(
            f"Unlink {link.source} from {link.target}",
            lambda project: edits.disconnect(project, (link,)),
        )


def delete_and_reconnect(document: Document) -> None:
    """Take out the selected nodes and join their neighbours."""
    names = document.selection
    if names:
        document.do(
            _label("Delete", names), lambda project: edits.remove_and_reconnect(project, names)
        )


def copy(document: Document) -> None:
    """Put the selected nodes on the clipboard, as text."""
    if document.selection:
        QGuiApplication.clipboard().setText(edits.copy(document.shown, document.selection))


def cut(document: Document) -> None:
    """Copy, and take out."""
    names = document.selection
    if names:
        copy(document)
        document.do(_label("Cut", names), lambda project: edits.remove(project, names))


def paste(document: Document, at: Point) -> None:
    """Add the nodes on the clipboard, their top left corner at `at` or near it, and select them."""
    text = QGuiApplication.clipboard().text()
    if not text.strip():
        document.refused.emit("The clipboard is empty; select layers and copy them first.")
        return
    _add_text(document, "Paste", text, at)


def duplicate(document: Document) -> None:
    """Add a copy of the selected nodes a little below them, and select it."""
    names = document.selection
    places = [document.shown.placement.get(name, (0.0, 0.0)) for name in names]
    if places:
        at = min(x for x, _ in places) + 2 * GRID, min(y for _, y in places) + 2 * GRID
        _add_text(document, "Duplicate", edits.copy(document.shown, names), at)


def nudge(document: Document, by: Point) -> None:
    """Move the selected nodes by (x, y); nudges in a row are one step of undo."""
    names = document.selection

    def edit(project: Project) -> Project:
        places = {name: project.placement.get(name, (0.0, 0.0)) for name in names}
        return edits.move(
            project, {name: (x + by[0], y + by[1]) for name, (x, y) in places.items()}
        )

    if names:
        document.do(_label("Move", names), edit, merge="nudge " + " ".join(names))


def apply_fix(document: Document, name: str) -> None:
    """Do the first repair that the card of `name` offers."""
    report = document.shown_analysis.nodes.get(name)
    problem = first_problem(report) if report else None
    if problem and problem.fixes:
        document.do(problem.fixes[0].label, problem.fixes[0].edit)


def _add_text(document: Document, label: str, text: str, at: Point) -> None:
    added: tuple[str, ...] = ()

    def edit(project: Project) -> Project:
        nonlocal added
        taken = set(project.placement.values())
        x, y = at
        while (x, y) in taken:
            x, y = x + GRID, y + GRID
        pasted, added = edits.paste(project, text, (x, y))
        return pasted

    if document.do(label, edit):
        document.select(added)


def _label(verb: str, names: tuple[str, ...]) -> str:
    return f"{verb} {names[0]}" if len(names) == 1 else f"{verb} {len(names)} layers"
