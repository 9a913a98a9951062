"""Linking: two nodes that are there already, by a search over those that the selected ones can feed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter, QPen

from designer.canvas import compatibility
from designer.canvas.card import FAR
from designer.canvas.entries import Entry
from designer.canvas.face import Face
from designer.canvas.geometry import curve
from designer.canvas.quick_add import WIDTH, QuickAdd
from designer.style import theme
from engine.network import edits, ports
from engine.network.network import Link
from engine.network.project import Project

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView


@dataclass(frozen=True, slots=True)
class Way:
    """The links between the selected nodes and `other`, and why they would not do, if so."""

    other: str
    links: tuple[Link, ...]
    refusal: str = ""


class Linking:
    """Opens the search over nodes; the links to the one that is aimed at are shown meanwhile."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._popup: QuickAdd | None = None
        self._ways: dict[str, Way] = {}
        self._aimed: Way | None = None
        self._offset = QPoint()
        view.document.shown_changed.connect(self.dismiss)

    @property
    def popup(self) -> QuickAdd | None:
        """The search, while it is open."""
        return self._popup

    def ask(self) -> None:
        """Choose what the selected nodes feed; where they have no outputs, what feeds them."""
        view, names = self._view, self._view.document.selection
        if not names:
            return
        ways = self._found(names)
        if not ways:
            view.document.refused.emit(
                f"{names[-1]} can be linked to no other node without a loop; add one with Tab."
            )
            return
        view.adding.dismiss()
        self.dismiss()
        self._ways = {way.other: way for way in ways}
        self._offset = view.offset
        forward = bool(view.canvas.nodes[names[-1]].face.outputs)
        who = names[0] if len(names) == 1 else f"{len(names)} layers"
        prompt = f"Link {who} to" if forward else f"Feed {who} from"
        self._popup = QuickAdd(view, prompt=prompt, among=[self._entry(way) for way in ways])
        self._popup.aimed.connect(self._aim)
        self._popup.chosen.connect(self._link)
        self._popup.dismissed.connect(self._give_up)
        # On the side away from what is sought.
        card = view.canvas.nodes[names[-1]].card
        corner = card.topLeft() if forward else card.topRight()
        self._popup.open_at(view.mapFromScene(corner) + QPoint(-WIDTH - 16 if forward else 16, 0))
        self._aim(self._entry(ways[0]))

    def dismiss(self) -> bool:
        """Close without linking; returns whether it was open."""
        if self._popup is None:
            return False
        self._popup.dismiss()
        return True

    def paint(self, painter: QPainter) -> None:
        """The links that Enter would make; `painter` is in scene coordinates."""
        if self._popup is None or self._aimed is None or self._view.zoom < FAR:
            return
        way, nodes = self._aimed, self._view.canvas.nodes
        pen = QPen(theme().color("error" if way.refusal else "accent"), 2.0)
        if way.refusal:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        for link in way.links:
            start = nodes[link.source].port("out", link.output)
            painter.drawPath(curve(start, nodes[link.target].port("in", link.input)))
        pen.setStyle(Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        painter.drawRoundedRect(nodes[way.other].card.adjusted(-4, -4, 4, 4), 9, 9)

    # Finding

    def _found(self, names: Sequence[str]) -> list[Way]:
        """What can be linked without a loop: what fits first, and what is not linked yet; of these the
        nearest, ahead at best.
        """
        view = self._view
        project, analysis = view.document.shown, view.document.shown_analysis
        forward = bool(view.canvas.nodes[names[-1]].face.outputs)
        reach = compatibility.ancestors if forward else compatibility.descendants
        loops = frozenset[str]().union(*(reach(project, name) for name in names))
        ordered = sorted(names, key=lambda name: project.placement[name][::-1])
        found: list[Way] = []
        for other in project.network.nodes:
            if other in loops:
                continue
            links: list[Link] = []
            refusal = ""
            for name in ordered:
                pair = (name, other) if forward else (other, name)
                options = self._options(*pair, {link.input for link in links if forward})
                judged = [(compatibility.refusal(project, analysis, way), way) for way in options]
                if not judged:
                    break
                # min keeps the order of the options among those that fit alike.
                why, link = min(judged, key=lambda item: item[0] != "")
                links.append(link)
                refusal = refusal or why
            if len(links) == len(names):
                found.append(Way(other, tuple(links), refusal))
        x, y = project.placement[ordered[-1]]
        sign = 1 if forward else -1

        joined = {(link.source, link.target) for link in project.network.links}

        def distance(way: Way) -> tuple[bool, bool, bool, float, str]:
            u, v = project.placement[way.other]
            ahead = (u - x) * sign
            again = all((link.source, link.target) in joined for link in way.links)
            far = abs(ahead) + 2 * abs(v - y)
            return way.refusal != "", again, ahead <= 0, far, way.other

        return sorted(found, key=distance)

    def _options(self, source: str, target: str, used: set[int]) -> list[Link]:
        """The links that one node could have to another, to free inputs first; none that there is."""
        view, network = self._view, self._view.document.shown.network
        face: Face = view.canvas.nodes[target].face
        outputs = range(len(view.canvas.nodes[source].face.outputs))
        spare = len(face.inputs) - 1 if ports.variadic(network.nodes[target]) else -1
        inputs = [number for number in range(len(face.inputs)) if number not in used]
        if spare >= 0 and spare not in inputs:
            inputs.append(max(used) + 1)
        inputs.sort(key=lambda number: view.canvas.feed(target, number) is not None)
        links = [Link(source, target, out, into) for into in inputs for out in outputs]
        return [link for link in links if link not in network.links]

    def _entry(self, way: Way) -> Entry:
        """A node as the search shows it."""
        face = self._view.canvas.nodes[way.other].face
        said = f"{face.kind} · {face.leaving or face.arriving}".removesuffix(" · ")
        return Entry(way.other, way.refusal or said, face.family, way.other)

    # Choosing

    def _aim(self, entry: Entry) -> None:
        self._aimed = self._ways.get(entry.kind)
        if self._aimed is not None:
            self._view.reveal(self._aimed.other)
        self._view.viewport().update()

    def _link(self, entry: Entry) -> None:
        way = self._ways[entry.kind]
        self._forget()

        def edit(project: Project) -> Project:
            for link in way.links:
                project = edits.connect(project, link)
            return project

        link = way.links[0]
        who = link.source if len(way.links) == 1 else f"{len(way.links)} layers"
        self._view.document.do(f"Link {who} to {link.target}", edit)

    def _give_up(self) -> None:
        """Nothing has been, not even a look elsewhere."""
        if self._view.offset != self._offset:
            self._view.scroll_to(self._offset)
        self._forget()

    def _forget(self) -> None:
        self._popup, self._aimed = None, None
        self._view.viewport().update()
