"""CanvasScene: the document as items. It compares what was with what is and touches only the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import compress
from operator import is_, is_not
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QGraphicsScene

from designer.canvas import troubled
from designer.canvas.card import FAR
from designer.canvas.face import alike, face
from designer.canvas.frame import Frames
from designer.canvas.geometry import Course
from designer.canvas.inner import Instances, dressed, local, stale
from designer.canvas.link import LinksItem
from designer.canvas.node import NodeItem, Waiting, strip
from designer.canvas.pictures import Pictures
from designer.style import theme
from engine.analysis import Analysis
from engine.layers.base import Shape
from engine.network import order
from engine.network.network import Link
from engine.network.project import Project
from engine.network.scope import Scope

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from designer.document import Document

_AT_ONCE = 100
"""Cards that are drawn anew in sight or not."""
_BELOW = 160.0
"""What may hang below a card."""
_ROOM = 2000.0
"""Around the cards, before the scene's index must be made anew."""


class CanvasScene(QGraphicsScene):
    """Holds a `NodeItem` per node and one `LinksItem`; hit tests cards through Qt's index.

    `settled` is sent after each change of the document has arrived in the items.
    """

    settled = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.document = document
        self.pictures = Pictures()
        self.nodes: dict[str, NodeItem] = {}
        self.links = LinksItem(lambda link: self.shape(link.source, link.output))
        self.carried: frozenset[str] = frozenset()
        """The nodes that a gesture shows elsewhere."""
        self._waiting = Waiting(self._catch_up)
        self.addItem(self.links)
        self.frames = Frames(self)
        self._analysis = Analysis()
        self._scope: Scope = ()
        self._thumbnails: Mapping[str, NDArray[np.uint8]] = {}
        self._held: dict[str, QImage] = {}
        self._thumbnails_shown = True
        self._running: str | None = None
        self._bars: dict[str, list[QRectF]] | None = None
        self.instances = Instances()
        self.muted: list[str] = []
        """The nodes that are muted."""
        self.invalid: list[str] = []
        """The nodes that show an error."""
        self._room = QRectF()
        self._extent: QRectF | None = None
        self.version = 0
        """Counts what changes the network's look from afar."""
        self._sync(Project(), document.shown)
        self._select(document.selection)
        document.shown_changed.connect(self._sync)
        document.selection_changed.connect(self._select)
        theme().changed.connect(self._restyle)

    # What gestures ask

    def card_at(self, point: QPointF, reach: float = 0.0) -> NodeItem | None:
        """The topmost card within `reach` of a point, its note included."""
        box = QRectF(point, point).adjusted(-reach - 0.5, -reach - 0.5, reach + 0.5, reach + 0.5)
        for item in self.items(box):
            if isinstance(item, NodeItem) and item.outer.intersects(box):
                return item
        return None

    def cards_in(self, rect: QRectF) -> list[NodeItem]:
        """The cards that touch a rectangle."""
        return [
            item
            for item in self.items(rect)
            if isinstance(item, NodeItem) and item.card.intersects(rect)
        ]

    def extent(self, names: Iterable[str] | None = None) -> QRectF:
        """The rectangle around these nodes, or all; empty when there are none."""
        if names is None:
            if self._extent is None:
                self._extent = _around(self.nodes.values()).united(self.frames.extent())
            return QRectF(self._extent)
        return _around(self.nodes[name] for name in names if name in self.nodes)

    def cards(self) -> dict[str, QRectF]:
        """Where every card lies."""
        return {name: item.card for name, item in self.nodes.items()}

    def links_of(self, names: Iterable[str]) -> set[Link]:
        """Every link that begins or ends at one of these nodes."""
        network = self.document.shown.network
        arriving, leaving = order.sources(network), order.targets(network)
        found: set[Link] = set()
        for name in names:
            found.update(arriving.get(name, ()), leaving.get(name, ()))
        return found

    def feed(self, name: str, number: int) -> Link | None:
        """The link that arrives at an input."""
        feeds = order.sources(self.document.shown.network).get(name, ())
        return next((link for link in feeds if link.input == number), None)

    def shape(self, name: str, output: int) -> Shape | None:
        """The shape that an output gives; None while it is unknown."""
        report = self.document.shown_analysis.nodes.get(name)
        return report.outputs[output] if report and output < len(report.outputs) else None

    # What gestures show for a while

    def carry(self, places: Mapping[str, QPointF]) -> None:
        """Show nodes elsewhere, with their links; the document knows nothing of it."""
        if self.carried != places.keys():
            self.carried = frozenset(places)
            self.version += 1
        for name, at in places.items():
            self.nodes[name].place(at)
        self._extent = None
        self.links.change((), {link: self._course(link) for link in self.links_of(places)})

    def put_back(self, names: Iterable[str]) -> None:
        """Show nodes where the document has them; nothing is carried any more."""
        self.carry({name: self._place(self.document.shown, name) for name in names})
        self.let_go()

    # What the window shows on cards

    def set_thumbnails(self, thumbnails: Mapping[str, NDArray[np.uint8]]) -> None:
        """Show activations, uint8 of (maps, height, width) by the nodes' paths in the whole project;
        nodes left out lose theirs.
        """
        self._thumbnails = thumbnails
        here = local(thumbnails, self._scope)
        self._held = {name: strip(maps) for name, maps in here.items() if maps.size}
        if self._thumbnails_shown:
            self._hang(self._held)

    def show_thumbnails(self, shown: bool) -> None:
        """Show the activations that there are, or none."""
        self._thumbnails_shown = shown
        self._hang(self._held if shown else {})

    @property
    def thumbnails_shown(self) -> bool:
        return self._thumbnails_shown

    def set_running(self, name: str | None) -> None:
        """Mark the node, given by its path, whose data the viewers show."""
        self._running = name
        here = next(iter(local({name: None}, self._scope, around=True)), "") if name else ""
        for which, item in self.nodes.items():
            item.set_state(running=which == here)

    def let_go(self) -> None:
        """Nothing is carried any more."""
        if self.carried:
            self.carried = frozenset()
            self.version += 1

    def bars(self, without: Collection[str] = ()) -> dict[str, list[QRectF]]:
        """The cards by family, as rectangles, `without` some; what the view paints from afar."""
        if without:
            rest: dict[str, list[QRectF]] = {}
            for name, item in self.nodes.items():
                if name not in without:
                    rest.setdefault(item.family, []).append(item.card)
            return rest
        if self._bars is None:
            self._bars = {}
            for item in self.nodes.values():
                self._bars.setdefault(item.family, []).append(item.card)
        return self._bars

    # Following the document

    def _sync(self, before: Project, after: Project) -> None:
        old, new = before.network, after.network
        analysis, self._analysis = self._analysis, self.document.shown_analysis
        self.carried = frozenset()
        changed: set[str] = set()
        entered = self._scope != self.document.scope
        self._scope = self.document.scope
        if old.nodes is not new.nodes:
            changed = _others(old.nodes, new.nodes)
            for name in [name for name in self.nodes if name not in new.nodes]:
                self._take(name)
        links = old.links ^ new.links if old.links is not new.links else frozenset[Link]()
        reports = analysis.nodes
        now = self._analysis.nodes
        told = _others(reports, now) - changed
        if len(reports) > len(self._analysis.nodes):
            changed.update(name for name in reports if name not in self._analysis.nodes)
        changed.update(name for link in links for name in (link.source, link.target))
        changed.update(new.nodes if entered else stale(before, after))
        changed.intersection_update(new.nodes)
        sights = self._sights()
        told = self._put_off(told & new.nodes.keys() - changed, sights)
        changed.update(name for name in told if not alike(reports.get(name), now[name]))
        stirred = self._dress(changed, after)
        if before.placement is not after.placement:
            stirred |= self._arrange(before, after)
        if before.frames is not after.frames and self.frames.follow(after):
            self._extent = None
        self._rewire(before, after, links, changed, stirred)
        self._make_room(stirred)
        problems = self._analysis.problems
        names = dict.fromkeys(item.node for item in problems if item.severity == "error")
        shown = (self.nodes[name] for name in names if name in self.nodes)
        self.invalid = [item.face.name for item in shown if item.face.severity == "error"]
        self.links.renew(sights)
        self.version += 1
        if entered:
            self.set_thumbnails(self._thumbnails)
            self.set_running(self._running)
        self.settled.emit()

    def _sights(self) -> list[QRectF]:
        """What is in sight from near, where cards show more than their colour."""
        return [
            view.mapToScene(view.viewport().rect()).boundingRect().adjusted(-20, -_BELOW, 20, 0)
            for view in self.views()
            if view.transform().m11() >= FAR
        ]

    def _put_off(self, names: set[str], sights: Iterable[QRectF]) -> set[str]:
        """Of many cards whose numbers changed those to draw at once; the others wait until they are
        looked at or asked.
        """
        if len(names) <= _AT_ONCE:
            return names
        seen = {item.name for sight in sights for item in self.cards_in(sight)}
        self._waiting.names |= names - seen
        return names & seen

    def catch_up(self) -> None:
        """Draw what is in sight as the document has it now."""
        if self._waiting.names:
            for sight in self._sights():
                for item in self.cards_in(sight):
                    _ = item.pose

    def _catch_up(self, item: NodeItem) -> None:
        stirred = self._dress([item.name], self.document.shown)
        self.links.change((), {link: self._course(link) for link in self.links_of(stirred)})

    def _dress(self, names: Iterable[str], project: Project) -> set[str]:
        """Give nodes their faces; returns those that are new or whose ports or height moved."""
        feeds, leads = order.sources(project.network), order.targets(project.network)
        stirred: set[str] = set()
        for name in names:
            report = self._analysis.nodes.get(name)
            shown = face(project.network, name, report, feeds.get(name, ()), name in leads)
            shown = dressed(shown, project, self.document.entered.network)
            item = self.nodes.get(name)
            if item is None:
                self._bars = None
                item = self.nodes[name] = NodeItem(shown, self.pictures, self._waiting)
                item.place(self._place(project, name))
                self.addItem(item)
                stirred.add(name)
                continue
            self._waiting.names.discard(name)
            pose = item.pose
            if shown.family != pose.face.family:
                self._bars = None
            item.show_face(shown)
            if (
                pose.height != item.pose.height
                or pose.inputs != item.pose.inputs
                or pose.outputs != item.pose.outputs
            ):
                stirred.add(name)
        return stirred

    def _arrange(self, before: Project, after: Project) -> set[str]:
        moved = {
            name
            for name, at in after.placement.items()
            if before.placement.get(name) != at and name in self.nodes
        }
        for name in moved:
            self.nodes[name].place(self._place(after, name))
        return moved

    def _rewire(
        self,
        before: Project,
        after: Project,
        links: frozenset[Link],
        changed: set[str],
        stirred: set[str],
    ) -> None:
        """Bring the links up to date: those gone or come, and those of nodes that changed or moved."""
        present = after.network.links
        gone = [link for link in links if link not in present]
        for role in ("hovered", "selected"):
            if getattr(self.links, role) in gone:
                self.links.mark(role, None)
        renewed = {link for link in links if link in present} | self.links_of(stirred)
        self.links.change(gone, {link: self._course(link) for link in renewed})
        if links:
            self.links.strengthen(frozenset(self.links_of(self.document.selection)))
        if links or changed:
            self.muted = troubled.muted(after.network)
            broken = troubled.broken(after.network, self._analysis)
            self.links.set_states(broken, frozenset(self.links_of(self.muted)))

    def _course(self, link: Link) -> Course:
        source, target = self.nodes[link.source], self.nodes[link.target]
        return Course(
            source.port("out", link.output),
            target.port("in", link.input),
            source.card,
            target.card,
            link.input,
            len(target.pose.inputs) > 1,
        )

    def _place(self, project: Project, name: str) -> QPointF:
        return QPointF(*project.placement.get(name, (0.0, 0.0)))

    def _take(self, name: str) -> None:
        self._bars = self._extent = None
        self._waiting.names.discard(name)
        self.removeItem(self.nodes.pop(name))

    def _make_room(self, stirred: Collection[str]) -> None:
        """Keep the index's rectangle around all cards, and not much larger: it divides it evenly."""
        room = self._room
        if stirred:
            self._extent = None
        if all(room.contains(self.nodes[name].card) for name in stirred):
            return
        extent = self.extent()
        margin = max(_ROOM, extent.width() / 4, extent.height() / 4)
        self._room = extent.adjusted(-margin, -margin, margin, margin)
        self.setSceneRect(self._room)

    def _select(self, names: tuple[str, ...]) -> None:
        chosen = set(names)
        for name, item in self.nodes.items():
            if item.selected != (name in chosen):
                item.set_state(selected=name in chosen)
                item.setZValue(1.0 if name in chosen else 0.0)
        self.links.strengthen(frozenset(self.links_of(chosen)))
        self.version += 1

    def _hang(self, held: Mapping[str, QImage]) -> None:
        grown = {name for name, item in self.nodes.items() if item.show_thumbnails(held.get(name))}
        if grown:
            self._extent = None
            self.version += 1
            self.links.change((), {link: self._course(link) for link in self.links_of(grown)})

    def _restyle(self) -> None:
        self.pictures.clear()
        self.version += 1
        self.update()


def _others(old: Mapping[str, object], new: Mapping[str, object]) -> set[str]:
    """The names under which `new` holds another object than `old`."""
    if len(old) == len(new) and all(map(is_, old, new)):
        # Nearly always: the same names in the same order.
        return set(compress(new, map(is_not, new.values(), old.values())))
    return {name for name, value in new.items() if old.get(name) is not value}


def _around(items: Iterable[NodeItem]) -> QRectF:
    extent = QRectF()
    for item in items:
        extent = extent.united(item.card)
    return extent
