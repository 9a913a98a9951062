"""Picking: the one link or frame that is selected; nodes are selected in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

from engine.network import order
from engine.network.network import Link

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView


class Picking:
    """Picks at most one link or frame, by mouse or by stepping through them."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._around: tuple[str, ...] = ()
        """The nodes through whose links the keyboard steps."""
        view.document.selection_changed.connect(self._follow)

    @property
    def link(self) -> Link | None:
        return self._view.canvas.links.selected

    @property
    def frame(self) -> str | None:
        return self._view.canvas.frames.selected

    def pick(self, link: Link | None = None, frame: str | None = None) -> None:
        """Pick a link, a frame, or with neither nothing."""
        canvas = self._view.canvas
        before = (self.link, self.frame)
        canvas.links.mark("selected", link)
        canvas.frames.mark("selected", frame)
        if frame is None:
            canvas.frames.mark("hovered", None)
        if (link, frame) != before:
            canvas.version += 1
            self._view.viewport().update()
            self._view.picked.emit()

    def step_link(self, by: int) -> None:
        """Go to the next link of the selected nodes, or of all where none is selected."""
        view, network = self._view, self._view.document.shown.network
        if view.document.selection:
            self._around = view.document.selection
        elif self.link is None:
            self._around = ()
        names = [name for name in self._around if name in network.nodes]
        found = view.canvas.links_of(names) if names else network.links
        if not found:
            return
        place = {name: number for number, name in enumerate(order.order(network))}
        ways = sorted(
            found,
            key=lambda link: (
                place.get(link.source, 0),
                place.get(link.target, 0),
                link,
            ),
        )
        here = ways.index(self.link) + by if self.link in ways else 0 if by > 0 else -1
        link = ways[here % len(ways)]
        around = self._around
        view.document.select(())
        self._around = around
        self.pick(link=link)
        view.bring(view.canvas.links.wires[link].course.bounds)

    def step_frame(self, by: int) -> None:
        """Go to the next frame, from left to right."""
        items = self._view.canvas.frames.items
        names = sorted(items, key=lambda name: (items[name].shown.x(), items[name].shown.y()))
        if not names:
            return
        here = names.index(self.frame) + by if self.frame in names else 0 if by > 0 else -1
        name = names[here % len(names)]
        self._view.document.select(())
        self.pick(frame=name)
        self._view.bring(items[name].shown)

    def menu_spot(self) -> tuple[QPoint, str]:
        """Where on the screen the keyboard's menu opens, and for what."""
        view, canvas = self._view, self._view.canvas
        spot, what = view.viewport().rect().center(), "canvas"
        if self.link in canvas.links.wires:
            spot = view.mapFromScene(canvas.links.wires[self.link].course.middle)
            what = "link"
        elif self.frame in canvas.frames.items:
            spot = view.mapFromScene(canvas.frames.items[self.frame].shown.topLeft())
            what = "frame"
        elif view.document.selection:
            card = canvas.nodes[view.document.selection[-1]].card
            spot, what = view.mapFromScene(card.center()), "node"
        area = view.viewport().rect().adjusted(8, 8, -8, -8)
        spot = QPoint(
            max(area.left(), min(spot.x(), area.right())),
            max(area.top(), min(spot.y(), area.bottom())),
        )
        return view.viewport().mapToGlobal(spot), what

    def _follow(self, names: tuple[str, ...]) -> None:
        if names:
            self._around = ()
            self.pick()
