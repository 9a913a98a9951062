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

from designer.canvas import backdrop, commands, keys
from designer.canvas.adding import Adding
from designer.canvas.breadcrumb import Breadcrumb
from designer.canvas.camera import STEP, Camera
from designer.canvas.entering import Entering
from designer.canvas.entries import unpack
from designer.canvas.gestures.gesture import Gesture, Pointer
from designer.canvas.gestures.layer_drop import LayerDrop
from designer.canvas.gestures.pan import Pan
from designer.canvas.gestures.press import Press
from designer.canvas.hit import BodyHit, LinkHit, PortHit, hit
from designer.canvas.hovering import Hovering
from designer.canvas.minimap import Minimap
from designer.canvas.scene import CanvasScene
from designer.canvas.snapping import to_grid
from designer.document import Document
from engine.network.network import Link
from engine.network.project import Project

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class CanvasView(Camera):
    """The canvas. Every change goes through the document; commands with shortcuts are methods.

    `rename_requested(name)` follows a double click on a node's name, `menu_requested(where, name)`
    a right click (`where` on the screen, `name` None on empty canvas).
    """

    rename_requested = Signal(str)
    menu_requested = Signal(QPoint, object)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(CanvasScene(document), parent)
        self.document = document
        self.gesture: Gesture | None = None
        self.pointer: QPoint | None = None
        """Where the mouse is in the viewport, while it is there."""
        self.adding = Adding(self)
        self.hovering = Hovering(self)
        self.minimap = Minimap(self)
        self.entering = Entering(self)
        self.breadcrumb = Breadcrumb(document, self)
        self.space_held = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setAccessibleName("Network canvas")
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
        commands.paste(self.document, (to_grid(at.x()), to_grid(at.y())))

    def duplicate(self) -> None:
        commands.duplicate(self.document)

    def select_all(self) -> None:
        self.document.select(self.document.shown.network.nodes)

    def delete(self) -> None:
        """Take out the selected nodes or the selected link."""
        commands.delete(self.document, self.canvas.links.selected)

    def delete_and_reconnect(self) -> None:
        commands.delete_and_reconnect(self.document)

    def apply_fix(self, name: str) -> None:
        """Do what the button under a card offers."""
        commands.apply_fix(self.document, name)

    def escape(self) -> None:
        """Take back the gesture, close the search, select nothing, or leave the block: the first
        that there is.
        """
        if self.gesture is not None:
            self._let_go().cancel()
            self.viewport().update()
        elif self.adding.dismiss():
            return
        elif self.document.selection or self.canvas.links.selected is not None:
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

    def select_link(self, link: Link | None) -> None:
        """Select one link, or none; the document selects nodes alone."""
        self.canvas.links.mark("selected", link)

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
        if self.gesture is not None:
            self._let_go().cancel()
        self.hovering.clear()
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
        """Scroll a node that was selected elsewhere into sight."""
        if len(names) == 1 and self.gesture is None and self.isVisible():
            self.reveal(names[0])

    def reveal(self, name: str) -> None:
        """Scroll a node into sight, if it is not."""
        card = self.canvas.nodes[name].card
        if not self.visible_rect().contains(card.center()):
            self._fitted = False
            self.look(self.zoom, card.center(), self.viewport().rect().center())

    # Gestures

    def take_over(self, gesture: Gesture, pointer: Pointer) -> None:
        """Let `gesture` go on from here in place of the present one."""
        self.gesture = gesture
        if gesture.cursor is not None:
            self.viewport().setCursor(gesture.cursor)
        gesture.begin(pointer)

    def move_gesture(self, pointer: Pointer) -> None:
        if self.gesture is not None:
            self.gesture.move(pointer)

    def _begin(self, gesture: Gesture, pointer: Pointer) -> None:
        self.hovering.clear()
        self.adding.dismiss()
        self.take_over(gesture, pointer)

    def _let_go(self) -> Gesture:
        """Forget the gesture before its last call, which may change the document."""
        gesture, self.gesture = self.gesture, None
        assert gesture is not None
        self.viewport().unsetCursor()
        if self.space_held:
            self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        return gesture

    def _end_gesture(self, pointer: Pointer) -> None:
        self._let_go().end(pointer)
        self.viewport().update()

    def _pointer(self, spot: QPointF, modifiers: Qt.KeyboardModifier) -> Pointer:
        inverse, _ = self.viewportTransform().inverted()
        return Pointer(inverse.map(spot), spot.toPoint(), modifiers)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if self.gesture is not None:
            return
        pointer = self._pointer(event.position(), event.modifiers())
        left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (left and self.space_held):
            self._begin(Pan(self), pointer)
        elif left:
            self._begin(Press(self, hit(self.canvas, pointer.at, self.zoom)), pointer)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointer = event.position().toPoint()
        pointer = self._pointer(event.position(), event.modifiers())
        if self.gesture is not None:
            self.move_gesture(pointer)
        elif not event.buttons():
            self.hovering.at(pointer)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        ends = event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton)
        if self.gesture is not None and ends:
            self._end_gesture(self._pointer(event.position(), event.modifiers()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        pointer = self._pointer(event.position(), event.modifiers())
        match hit(self.canvas, pointer.at, self.zoom):
            case BodyHit(name, "name"):
                self.rename_requested.emit(name)
            case BodyHit(name, "body" | "note") if self.entering.instance(name):
                # The press of a double click has no gesture yet; its release then ends none.
                self.entering.enter(name)
            case None if event.button() == Qt.MouseButton.LeftButton:
                self.ask_for_layer(pointer.at)
            case _:
                self.mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() != QContextMenuEvent.Reason.Mouse:
            name = self.document.selection[-1] if self.document.selection else None
            spot = self.viewport().rect().center()
            if name is not None:
                spot = self.mapFromScene(self.canvas.nodes[name].card.center())
            self.menu_requested.emit(self.viewport().mapToGlobal(spot), name)
            return
        found = hit(self.canvas, self.mapToScene(event.pos()), self.zoom)
        name = found.node if isinstance(found, BodyHit | PortHit) else None
        if name is not None and name not in self.document.selection:
            self.document.select((name,))
        self.select_link(found.link if isinstance(found, LinkHit) else None)
        self.menu_requested.emit(event.globalPos(), name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A wheel zooms where the pointer is; a trackpad scrolls, and zooms with Ctrl."""
        event.accept()
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if not event.pixelDelta().isNull() and not ctrl:
            self.scroll_to(self.offset - event.pixelDelta())
        elif shift:
            self.scroll_to(self.offset - event.angleDelta())
        else:
            turn = event.angleDelta().y() / 120
            self.zoom_to(self.zoom * STEP**turn, event.position().toPoint())
        self._after_view_moved(event.position(), event.modifiers())

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_to(self.zoom * (1 + event.value()), event.position().toPoint())
                return True
        if event.type() == QEvent.Type.Leave:
            self.pointer = None
            self.hovering.clear()
        return super().viewportEvent(event)

    def _after_view_moved(self, spot: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        pointer = self._pointer(spot, modifiers)
        if self.gesture is not None and not isinstance(self.gesture, Pan):
            self.move_gesture(pointer)
        elif self.gesture is None:
            self.hovering.at(pointer)

    # Layers dragged in

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        layer = unpack(event.mimeData())
        if layer is None or self.gesture is not None:
            event.ignore()
            return
        self._begin(LayerDrop(self, layer), self._pointer(event.position(), event.modifiers()))
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if isinstance(self.gesture, LayerDrop):
            self.pointer = event.position().toPoint()
            self.gesture.move(self._pointer(event.position(), event.modifiers()))
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        if isinstance(self.gesture, LayerDrop):
            self.escape()

    def dropEvent(self, event: QDropEvent) -> None:
        if isinstance(self.gesture, LayerDrop):
            self._end_gesture(self._pointer(event.position(), event.modifiers()))
            event.acceptProposedAction()
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not keys.press(self, event):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.hold_space(False)

    def hold_space(self, held: bool) -> None:
        """While Space is down the left button pans."""
        self.space_held = held
        if self.gesture is None:
            if held:
                self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
            else:
                self.viewport().unsetCursor()

    def focusNextPrevChild(self, forward: bool) -> bool:
        # Tab is the canvas's own key; Shift+Tab still leaves it, so that no keyboard is trapped.
        return False if forward else super().focusNextPrevChild(forward)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.hold_space(False)
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        if self.gesture is not None:
            self.escape()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.minimap.place()
        self.breadcrumb.place()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.minimap.place()
        if self.gesture is not None and self.gesture.hint:
            # What it paints beside the pointer does not scroll with the cards.
            self.viewport().update()

    def paint_over(self, painter: QPainter) -> None:
        self.hovering.paint(painter)
        self.adding.paint(painter)
        if self.gesture is not None:
            self.gesture.paint(painter)
        painter.resetTransform()
        area = self.viewport().rect()
        if not self.canvas.nodes and self.gesture is None and not self.adding.open:
            backdrop.paint_empty(painter, area)
        if self.gesture is not None and self.gesture.hint and self.pointer is not None:
            gesture = self.gesture
            backdrop.paint_hint(painter, area, self.pointer, gesture.hint, gesture.tone)
