"""What the canvas does when told by key or menu: each makes one edit of the document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QGuiApplication

from designer.canvas.face import first_problem
from designer.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, DOT
from designer.canvas.placing import newest, way_down
from designer.document import Document
from engine.analysis import Fix
from engine.layers import catalogue
from engine.network import arrange, edits
from engine.network.arrange import Axis, Edge
from engine.network.frames import frame_around
from engine.network.network import Link, Mode
from engine.network.project import Point, Project

Cards: TypeAlias = Mapping[str, QRectF]
"""Where the cards lie, by node."""


def delete(document: Document, link: Link | None) -> None:
    """Take out the selected nodes, or the selected link."""
    names = document.selection
    nodes = document.shown.network.nodes
    bends = [name for name in names if nodes[name].kind == "Reroute"]

    def edit(project: Project) -> Project:
        # Without its bend a link is still that link.
        return edits.remove(edits.remove_and_reconnect(project, bends), names)

    if names:
        document.do(_label("Delete", names), edit)
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


def paste(document: Document, cards: Cards, at: Point) -> None:
    """Add the nodes on the clipboard, their top left corner at `at` or below it where they lie on no
    other card, and select them.
    """
    text = QGuiApplication.clipboard().text()
    if not text.strip():
        document.refused.emit("The clipboard is empty; select layers and copy them first.")
        return
    _add_text(document, cards, "Paste", text, at)


def duplicate(document: Document, cards: Cards) -> None:
    """Add a copy of the selected nodes below them, and select it."""
    names = document.selection
    if names:
        at = min(cards[name].x() for name in names), min(cards[name].y() for name in names)
        _add_text(document, cards, "Duplicate", edits.copy(document.shown, names), at)


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


def fixes(document: Document, name: str) -> tuple[Fix, ...]:
    """The repairs that the card of `name` offers."""
    report = document.shown_analysis.nodes.get(name)
    problem = first_problem(report) if report else None
    return problem.fixes if problem else ()


def apply_fix(document: Document, name: str, number: int = 0) -> None:
    """Do one of the repairs that the card of `name` offers."""
    offered = fixes(document, name)
    if number < len(offered):
        document.do(offered[number].label, offered[number].edit)


def set_mode(document: Document, mode: Mode) -> None:
    """Mute or bypass the selected nodes; where all of them are, let them work again."""
    names, nodes = document.selection, document.shown.network.nodes
    able = [name for name in names if nodes[name].kind not in ("Input", "Output")]
    undone = bool(able) and all(nodes[name].mode == mode for name in able)
    wanted: Mode = "active" if undone else mode
    verb = {"active": "Activate", "muted": "Mute", "bypassed": "Bypass"}[wanted]
    if names:
        document.do(_label(verb, names), lambda project: edits.set_mode(project, names, wanted))


def freeze(document: Document) -> None:
    """Keep the tensors of the selected nodes as they are, or let them learn again."""
    names, nodes = document.selection, document.shown.network.nodes
    frozen = not all(nodes[name].frozen for name in names)
    verb = "Freeze" if frozen else "Unfreeze"
    if names:
        document.do(_label(verb, names), lambda project: edits.set_frozen(project, names, frozen))


def align(document: Document, cards: Cards, edge: Edge) -> None:
    """Put the selected nodes in line."""
    names, sizes = document.selection, _sizes(cards)
    line = {"center": "centres", "middle": "middles"}.get(edge, f"{edge} edges")
    document.do(f"Align {line}", lambda p: arrange.align(p, sizes, names, edge))


def distribute(document: Document, cards: Cards, axis: Axis) -> None:
    """Give the selected nodes equal gaps."""
    names, sizes = document.selection, _sizes(cards)
    way = "horizontally" if axis == "horizontal" else "vertically"
    document.do(f"Distribute {way}", lambda p: arrange.distribute(p, sizes, names, axis))


def cut_links(document: Document, links: Iterable[Link]) -> None:
    """Take links out."""
    gone = tuple(links)
    if gone:
        label = f"Cut {len(gone)} links" if len(gone) > 1 else "Cut 1 link"
        document.do(label, lambda project: edits.disconnect(project, gone))


def insert_reroute(document: Document, link: Link, at: QPointF) -> None:
    """Bend a link at a point of the scene, and select the bend."""
    corner = at.x() - DOT / 2, at.y() - DOT / 2

    def edit(project: Project) -> Project:
        return edits.insert_on_link(project, link, catalogue.layer("Reroute"), corner)

    if document.do(f"Reroute {link.source} to {link.target}", edit):
        document.select([newest(document.shown)])


def take_out(document: Document, cards: Cards) -> None:
    """Take the selected nodes out of their chain, which closes, and keep them below it."""
    names = document.selection
    down = way_down([cards[name] for name in names], cards.values())

    def edit(project: Project) -> Project:
        places = {name: project.placement[name] for name in names}
        moved = {name: (x, y + down) for name, (x, y) in places.items()}
        return edits.move(edits.detach(project, names), moved)

    if names:
        document.do(_label("Take out", names), edit)


def duplicate_linked(document: Document, cards: Cards) -> None:
    """Copies of the selected nodes, fed by what feeds these, below them."""
    names = document.selection
    down = way_down([cards[name] for name in names], cards.values())
    copies: tuple[str, ...] = ()

    def edit(project: Project) -> Project:
        nonlocal copies
        grown, copies = edits.duplicate_linked(project, names, (0.0, down))
        return grown

    if names and document.do(_label("Duplicate", names), edit):
        document.select(copies)


def add_frame(document: Document, around: QRectF) -> str:
    """A frame around the selected nodes, which cover this rectangle of the scene; its name, empty
    where nothing is selected.
    """
    if around.isEmpty():
        return ""
    names = document.selection
    at, size = (around.x(), around.y()), (around.width(), around.height())
    added = ""

    def edit(project: Project) -> Project:
        nonlocal added
        project, added = frame_around(project, names, at, size)
        return project

    return added if document.do("Add a frame", edit) else ""


def delete_frame(document: Document, name: str) -> None:
    """Take a frame away; what is in it stays."""
    document.do("Delete the frame", lambda project: edits.remove_frame(project, name))


def _add_text(document: Document, cards: Cards, label: str, text: str, at: Point) -> None:
    added: tuple[str, ...] = ()
    # With its thumbnails, which may be yet to come, a card is as high as the highest one.
    height = max((card.height() for card in cards.values()), default=CARD_HEIGHT)

    def edit(project: Project) -> Project:
        nonlocal added
        pasted, added = edits.paste(project, text, at)
        new = [QRectF(*pasted.placement[name], CARD_WIDTH, height) for name in added]
        standing = [QRectF(card.topLeft(), QSizeF(card.width(), height)) for card in cards.values()]
        down = way_down(new, standing)
        if down:
            pasted, added = edits.paste(project, text, (at[0], at[1] + down))
        return pasted

    if document.do(label, edit):
        document.select(added)


def _sizes(cards: Cards) -> dict[str, tuple[float, float]]:
    return {name: (card.width(), card.height()) for name, card in cards.items()}


def _label(verb: str, names: tuple[str, ...]) -> str:
    return f"{verb} {names[0]}" if len(names) == 1 else f"{verb} {len(names)} layers"
