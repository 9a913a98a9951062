"""CanvasView: the canvas with hands. It turns events into gestures, and keys and menus into edits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from designer.canvas import backdrop, commands, fixing, keys
from designer.canvas.adding import Adding
from designer.canvas.arranging import Arranging
from designer.canvas.breadcrumb import Breadcrumb
from designer.canvas.camera import Camera
from designer.canvas.entering import Entering
from designer.canvas.finding import Finder
from designer.canvas.found import Found
from designer.canvas.gestures.gesture import Gesture, Pointer
from designer.canvas.hands import Hands
from designer.canvas.hit import PortHit
from designer.canvas.hovering import Hovering
from designer.canvas.minimap import Minimap
from designer.canvas.naming import Naming
from designer.canvas.picking import Picking
from designer.canvas.scene import CanvasScene
from designer.canvas.snapping import to_grid
from designer.canvas.travel import Travel
from designer.document import Document
from designer.style.ring import UNRINGED
from engine.network.network import Link
from engine.network.project import Project

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class CanvasView(Camera):
    """The canvas. Every change goes through the document; commands with shortcuts are methods.

    `menu_requested(where, what)` follows a right click or the menu key: `where` is on the screen,
    `what` one of `node`, `link`, `frame` and `canvas`. `picked` says that another link or frame is
    selected, or that there is another view to go back to. `settings_requested` follows Enter.
    """

    menu_requested = Signal(QPoint, str)
    picked = Signal()
    settings_requested = Signal()

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(CanvasScene(document), parent)
        self.document = document
        self.hands = Hands(self)
        self.adding = Adding(self)
        self.hovering = Hovering(self)
        self.found = Found(self)
        self.minimap = Minimap(self)
        self.entering = Entering(self)
        self.breadcrumb = Breadcrumb(document, self)
        self.picking = Picking(self)
        self.travel = Travel(self)
        self.naming = Naming(self)
        self.finder = Finder(self)
        self.arranging = Arranging(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setAccessibleName("Network canvas")
        self.setProperty(UNRINGED, True)
        self.viewport().setMouseTracking(True)
        document.shown_changed.connect(self._follow)
        document.selection_changed.connect(self._reveal)

    # Commands

    def copy(self) -> None:
        commands.copy(self.document)

    def cut(self) -> None:
        commands.cut(self.document)

    def paste(self) -> None:
        """Paste at the pointer, or in the middle while it is elsewhere."""
        spot = self.pointer or self.viewport().rect().center()
        at = self.mapToScene(spot)
        commands.paste(self.document, self.canvas.cards(), (to_grid(at.x()), to_grid(at.y())))

    def duplicate(self) -> None:
        commands.duplicate(self.document, self.canvas.cards())

    def select_all(self) -> None:
        self.document.select(self.document.shown.network.nodes)

    def delete(self) -> None:
        """Take out the selected nodes, or the link or frame that is selected."""
        if self.picking.frame is not None and not self.document.selection:
            commands.delete_frame(self.document, self.picking.frame)
        else:
            commands.delete(self.document, self.picking.link)

    def delete_and_reconnect(self) -> None:
        commands.delete_and_reconnect(self.document)

    def apply_fix(self, name: str, number: int = 0) -> None:
        """Do what a button under a card offers."""
        commands.apply_fix(self.document, name, number)

    def rename(self, name: str = "") -> None:
        """Edit a node's name, or the selected one's or the frame's, where it stands."""
        name = name or next(reversed(self.document.selection), "")
        if name:
            self.naming.rename(name)
        elif self.picking.frame is not None:
            self.rename_frame(self.picking.frame)

    def rename_frame(self, name: str, comment: bool = False) -> None:
        """Edit a frame's title and comment where they stand."""
        self.naming.rename_frame(name, comment)

    def frame_selection(self) -> None:
        """Put a frame around the selected nodes, and ask for its title."""
        name = commands.add_frame(self.document, self.canvas.extent(self.document.selection))
        if name:
            self.document.select(())
            self.select_frame(name)
            self.rename_frame(name)

    def select_framed(self) -> None:
        """Select the nodes in the selected frame."""
        if self.picking.frame is not None:
            self.document.select(self.canvas.frames.framed(self.picking.frame))

    def show_fixes(self) -> None:
        """Offer the repairs of the selected node's problem, each with what it leads to."""
        if self.document.selection:
            fixing.show(self, self.document.selection[-1])

    def insert_reroute(self, link: Link | None = None, at: QPointF | None = None) -> None:
        """Bend a link, or the selected one, at a point or in its middle."""
        link = link or self.picking.link
        if link is not None and link in self.canvas.links.wires:
            middle = self.canvas.links.wires[link].course.middle
            commands.insert_reroute(self.document, link, at or middle)

    def cut_links(self) -> None:
        """Take out the selected link, or all links of the selected nodes."""
        link = self.picking.link
        links = self.canvas.links_of(self.document.selection) or ({link} if link else set())
        commands.cut_links(self.document, links)

    def escape(self) -> None:
        """Take back the gesture, close the search, select nothing, or leave the block: the first
        that there is.
        """
        if self.hands.cancel() or self.adding.dismiss() or self.naming.dismiss():
            return
        if self.finder.leave():
            return
        if self.document.selection or self.picking.link or self.picking.frame:
            self.select_link(None)
            self.document.select(())
        else:
            self.entering.leave()

    def quick_add(self) -> None:
        """Search for a layer to add behind the selection, or where the pointer is."""
        self.adding.ask()

    def enter(self) -> None:
        """Show the inside of the selected instance of a block."""
        if len(self.document.selection) == 1:
            self.entering.enter(self.document.selection[0])

    def leave(self) -> None:
        """Show the network around the block that is shown."""
        self.entering.leave()

    def ask_for_layer(self, at: QPointF, anchor: PortHit | None = None) -> None:
        """Search for a layer to add at a point of the scene, linked to the port `anchor`."""
        self.adding.ask_at(at, anchor)

    def replace(self) -> None:
        """Search for a layer to put in the place of the selected nodes."""
        self.adding.ask_instead()

    def select_link(self, link: Link | None) -> None:
        """Select one link, or none; the document selects nodes alone."""
        self.picking.pick(link=link)

    def select_frame(self, name: str | None) -> None:
        """Select one frame, or none."""
        self.picking.pick(frame=name)

    # Thumbnails and the node in the viewers

    def set_thumbnails(self, thumbnails: Mapping[str, NDArray[np.uint8]]) -> None:
        """Show activations on cards: uint8 of (maps, height, width) by node name."""
        extent = self.canvas.extent()
        self.canvas.set_thumbnails(thumbnails)
        self._follow_growth(extent)

    def show_thumbnails(self, shown: bool) -> None:
        extent = self.canvas.extent()
        self.canvas.show_thumbnails(shown)
        self._follow_growth(extent)

    @property
    def thumbnails_shown(self) -> bool:
        return self.canvas.thumbnails_shown

    def set_running(self, name: str | None) -> None:
        """Mark the node whose data the viewers show."""
        self.canvas.set_running(name)

    # Following the document

    def _follow(self, before: Project, after: Project) -> None:
        """A change from elsewhere ends a gesture; a network wholly new is brought into sight."""
        self.arranging.finish()
        self.hands.cancel()
        self.hovering.clear()
        self.naming.dismiss()
        if self.entering.follow():
            return
        old, new = before.network.nodes, after.network.nodes
        if bool(old) != bool(new):
            self.viewport().update()
        if new and (self._untouched or (not old and len(new) > 1)):
            self.fit()

    @property
    def _untouched(self) -> bool:
        """Whether the network is as it was loaded, and nobody has worked on it."""
        return not self.document.undo_label and not self.document.redo_label

    def _follow_growth(self, before: QRectF) -> None:
        """Keep a fitted network in sight when thumbnails make its cards higher or lower.

        Only until it is edited: under the hand nothing may jump.
        """
        fitted = self._fitted and self._untouched and self.gesture is None
        if fitted and self.canvas.extent() != before:
            self.fit()

    def _reveal(self, names: tuple[str, ...]) -> None:
        """Scroll what was selected elsewhere into sight."""
        here = self.gesture is None and self.isVisible()
        if here and len(names) == 1:
            self.reveal(names[0])
        elif here and names:
            self.bring(self.canvas.extent(names))

    def reveal(self, name: str) -> None:
        """Scroll a node into sight, if it is not."""
        card = self.canvas.nodes[name].card
        if not self.visible_rect().contains(card.center()):
            self._fitted = False
            self.look(self.zoom, card.center(), self.viewport().rect().center())

    def bring(self, rect: QRectF) -> None:
        """Scroll a rectangle of the scene into sight, if none of it is."""
        if not self.visible_rect().intersects(rect):
            self._fitted = False
            self.look(self.zoom, rect.center(), self.viewport().rect().center())

    def rest_where_put(self) -> None:
        """Stay here when the window changes its size."""
        self._fitted = False

    # The hands

    @property
    def gesture(self) -> Gesture | None:
        """The gesture that lasts, if there is one."""
        return self.hands.gesture

    @property
    def pointer(self) -> QPoint | None:
        """Where the mouse is in the viewport, while it is there."""
        return self.hands.pointer

    def take_over(self, gesture: Gesture, pointer: Pointer) -> None:
        """Let `gesture` go on from here in place of the present one."""
        self.hands.take_over(gesture, pointer)

    def move_gesture(self, pointer: Pointer) -> None:
        self.hands.move(pointer)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hands.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hands.moved(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.hands.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.hands.double_click(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.hands.context_menu(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.hands.wheel(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_to(self.zoom * (1 + event.value()), event.position().toPoint())
                return True
        if event.type() == QEvent.Type.Leave:
            self.hands.pointer = None
            self.hovering.clear()
        return super().viewportEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.hands.drag_enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.hands.drag_move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.hands.drag_leave()

    def dropEvent(self, event: QDropEvent) -> None:
        self.hands.drop(event)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._follow_modifier(event)
        if not keys.press(self, event):
            event.ignore()

    def _follow_modifier(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Shift):
            self.hands.modifiers_changed()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        self._follow_modifier(event)
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.hands.hold_space(False)

    def focusNextPrevChild(self, forward: bool) -> bool:
        # Tab is the canvas's own key; Shift+Tab still leaves it, so that no keyboard is trapped.
        return False if forward else super().focusNextPrevChild(forward)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.hands.hold_space(False)
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        if self.gesture is not None:
            self.escape()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.minimap.place()
        self.breadcrumb.place()
        self.finder.place()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.travel.moved()
        self.naming.settle()
        self.minimap.place()
        if self.gesture is not None and self.gesture.hint:
            # What it paints beside the pointer does not scroll with the cards.
            self.viewport().update()

    def paint_over(self, painter: QPainter) -> None:
        self.finder.paint(painter)
        self.found.paint(painter)
        self.hovering.paint(painter)
        self.adding.paint(painter)
        if self.gesture is not None:
            self.gesture.paint(painter)
        painter.resetTransform()
        area = self.viewport().rect()
        if not self.canvas.nodes and self.gesture is None and not self.adding.open:
            backdrop.paint_empty(painter, area)
        if self.gesture is not None and self.gesture.hint:
            gesture = self.gesture
            spot = self.pointer or QPoint(area.center().x(), area.top())
            backdrop.paint_hint(painter, area, spot, gesture.hint, gesture.tone)
        elif self.gesture is None and self.hovering.told is not None:
            text, tone, spot = self.hovering.told
            backdrop.paint_hint(painter, area, spot, text, tone)
