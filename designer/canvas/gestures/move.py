"""Move: cards follow the pointer and snap to the grid and to each other; one edit at the end.

Keys held change what letting go means: Ctrl takes the cards out of their chain, which closes, Alt
leaves them and puts linked copies there, Shift moves without snapping.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, TypeAlias

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from designer.canvas import placing
from designer.canvas.card import FAR, detail, draw_card
from designer.canvas.geometry import Course
from designer.canvas.gestures.gesture import Gesture, Pointer
from designer.canvas.snapping import Guides, snap
from designer.style import theme
from engine.network import edits, order
from engine.network.network import Link
from engine.network.project import Project

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

Way: TypeAlias = Literal["move", "take out", "duplicate"]

_REACH = 26.0
"""How near a card's middle must come to a link to go into it, in scene pixels."""
_GHOSTS = 60
"""More copies than this are shown as outlines only."""


class Move(Gesture):
    """Moves the whole selection when the card in the hand belongs to it, else that card alone.

    A card that is linked to nothing, or is being taken out, goes into the link that it is let go on.
    """

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view: CanvasView, name: str) -> None:
        super().__init__(view)
        self.name = name
        selection = self.document.selection
        self.names = selection if name in selection else (name,)
        self.way: Way = "move"
        self.link: Link | None = None
        """The link that the card would go into."""

    def begin(self, pointer: Pointer) -> None:
        self.grip = pointer.at
        self.starts = {name: self.scene.nodes[name].at for name in self.names}
        self.by = QPointF()
        moving = set(self.names)
        box = self.view.visible_rect()
        # Those in sight are what people align to; from afar a few pixels cannot be seen.
        near = self.scene.cards_in(box) if self.view.zoom >= FAR else []
        self.others = [item for item in near if item.name not in moving]
        self.box = self.scene.extent(self.names)
        self.guides = Guides()
        self.linked = bool(self.scene.links_of(self.names))
        self.joints = _joints(self.document.shown, self.names) if self.linked else ()

    def move(self, pointer: Pointer) -> None:
        self.way = _way(pointer)
        start = self.starts[self.name]
        wanted = start + pointer.at - self.grip
        guides = Guides()
        if not pointer.modifiers & Qt.KeyboardModifier.ShiftModifier:
            box = self.box.translated(wanted - start)
            wanted, guides = snap(self.scene.nodes[self.name], wanted, self.others, box)
        self.by = wanted - start
        shown = QPointF() if self.way == "duplicate" else self.by
        self.scene.carry({name: place + shown for name, place in self.starts.items()})
        link = self._link_under()
        if link != self.link or self.way != "move":
            self.view.viewport().update()
        elif guides.lines or self.guides.lines:
            for line in (*guides.lines, *self.guides.lines):
                self.view.refresh(_around(line))
        self.link, self.guides = link, guides
        self._advise()

    def end(self, pointer: Pointer) -> None:
        self.move(pointer)
        self.scene.let_go()
        self._clear_guides()
        names, by = self.names, (self.by.x(), self.by.y())
        self.by = QPointF()
        chosen = self.names
        if self.way == "duplicate":
            copies: tuple[str, ...] = ()

            def copied(project: Project) -> Project:
                nonlocal copies
                grown, copies = edits.duplicate_linked(project, names, by)
                return grown

            if self.document.do(_label("Duplicate", names), copied):
                chosen = copies
        else:
            places = {name: (at.x() + by[0], at.y() + by[1]) for name, at in self.starts.items()}
            out, link = self.way == "take out", self.link

            def edit(project: Project) -> Project:
                if out:
                    project = edits.detach(project, names)
                project = edits.move(project, places)
                return placing.put_on(project, names[0], link) if link else project

            verb = "Insert" if link else "Take out" if out else "Move"
            if not self.document.do(_label(verb, names), edit):
                self.scene.put_back(self.names)
        if self.name not in self.document.selection or chosen != names:
            self.view.select_link(None)
            self.document.select(chosen)

    def cancel(self) -> None:
        self._clear_guides()
        self.scene.put_back(name for name in self.names if name in self.scene.nodes)

    def paint(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        accent = theme().color("accent")
        if self.way == "take out":
            self._paint_closing(painter)
        if self.link is not None and self.link in self.scene.links.wires:
            painter.setPen(QPen(accent, max(4.0, 2.0 / self.view.zoom)))
            painter.drawPath(self.scene.links.wires[self.link].course.path)
        if self.way == "duplicate":
            self._paint_copies(painter)
        if self.guides.lines:
            pen = QPen(accent, 1.0, Qt.PenStyle.DashLine)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawLines(list(self.guides.lines))

    def _advise(self) -> None:
        """Say beside the pointer what letting go will do, or what keys would do."""
        what = self.name if len(self.names) == 1 else f"{len(self.names)} layers"
        self.tone = "text"
        if self.link is not None:
            self.hint = f"Insert between {self.link.source} and {self.link.target}"
        elif self.way == "take out":
            self.hint = f"Take {what} out; the chain closes"
        elif self.way == "duplicate":
            whose = "its" if len(self.names) == 1 else "their"
            self.hint = f"Duplicate {what} with {whose} links"
        else:
            self.tone = "muted"
            self.hint = "Ctrl takes out · Alt duplicates" if self.linked else ""

    def _link_under(self) -> Link | None:
        """The link under the middle of a single card that can go into it."""
        if len(self.names) > 1 or self.way == "duplicate":
            return None
        if self.linked and self.way != "take out":
            return None
        item = self.scene.nodes[self.name]
        if not item.face.inputs or not item.face.outputs:
            return None
        middle = QPointF(item.card.center().x(), item.at.y() + item.pose.base / 2)
        link = self.scene.links.at(middle, _REACH)
        return None if link is None or self.name in (link.source, link.target) else link

    def _paint_closing(self, painter: QPainter) -> None:
        """The links that go, and those that close the chain."""
        inside = set(self.names)
        pen = QPen(theme().color("error"), 2.0, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for link in self.scene.links_of(self.names):
            if not (link.source in inside and link.target in inside):
                painter.drawPath(self.scene.links.wires[link].course.path)
        pen = QPen(theme().color("accent"), 2.0)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for link in self.joints:
            painter.drawPath(self._course(link, QPointF(), QPointF()).path)

    def _paint_copies(self, painter: QPainter) -> None:
        inside = set(self.names)
        accent = theme().color("accent")
        painter.setPen(QPen(accent, max(1.6, 1.2 / self.view.zoom)))
        for link in self.scene.links_of(self.names):
            if link.target in inside:
                along = self.by if link.source in inside else QPointF()
                painter.drawPath(self._course(link, along, self.by).path)
        near = self.view.zoom >= FAR and len(self.names) <= _GHOSTS
        for name in self.names:
            item = self.scene.nodes[name]
            painter.save()
            painter.translate(item.at + self.by)
            if near:
                draw_card(painter, item.pose, detail(self.view.zoom))
            painter.setPen(QPen(accent, max(1.6, 1.2 / self.view.zoom)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(0, 0, item.pose.width, item.pose.height), 6, 6)
            painter.restore()

    def _course(self, link: Link, out_by: QPointF, in_by: QPointF) -> Course:
        """The way of a link whose ends are moved."""
        source, target = self.scene.nodes[link.source], self.scene.nodes[link.target]
        return Course(
            source.port("out", link.output) + out_by,
            target.port("in", link.input) + in_by,
            source.card.translated(out_by),
            target.card.translated(in_by),
            link.input,
        )

    def _clear_guides(self) -> None:
        for line in self.guides.lines:
            self.view.refresh(_around(line))
        self.guides = Guides()


def _way(pointer: Pointer) -> Way:
    if pointer.modifiers & Qt.KeyboardModifier.AltModifier:
        return "duplicate"
    return "take out" if pointer.modifiers & Qt.KeyboardModifier.ControlModifier else "move"


def _joints(project: Project, names: Iterable[str]) -> tuple[Link, ...]:
    """The links that would close the chain."""
    closed = edits.detach(project, tuple(names)).network
    old = {(link.source, link.target, link.output) for link in project.network.links}
    nodes = order.targets(closed)
    return tuple(
        link
        for source in {link.source for link in closed.links}
        for link in nodes.get(source, ())
        if (link.source, link.target, link.output) not in old
    )


def _label(verb: str, names: tuple[str, ...]) -> str:
    return f"{verb} {names[0]}" if len(names) == 1 else f"{verb} {len(names)} layers"


def _around(line: QLineF) -> QRectF:
    return QRectF(line.p1(), line.p2()).normalized().adjusted(-3, -3, 3, 3)
