"""Hands: what the mouse does on the canvas. Events become gestures, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QMouseEvent,
    QWheelEvent,
)

from designer.canvas import block_entries
from designer.canvas.camera import STEP
from designer.canvas.entries import unpack
from designer.canvas.gestures.block_drop import BlockDrop
from designer.canvas.gestures.cut import CutStroke
from designer.canvas.gestures.gesture import Gesture, Pointer
from designer.canvas.gestures.layer_drop import LayerDrop
from designer.canvas.gestures.pan import Pan
from designer.canvas.gestures.press import Press
from designer.canvas.hit import BodyHit, FrameHit, LinkHit, PortHit, hit

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

_BUTTON = Qt.MouseButton
_CTRL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Hands:
    """Holds the gesture that lasts, and begins and ends gestures as the mouse says."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self.gesture: Gesture | None = None
        self.pointer: QPoint | None = None
        """Where the mouse is in the viewport, while it is there."""
        self.space_held = False
        self._button = _BUTTON.NoButton
        """The button that the gesture began with; letting go of another one means nothing."""

    # Gestures

    def take_over(self, gesture: Gesture, pointer: Pointer) -> None:
        """Let `gesture` go on from here in place of the present one."""
        self.gesture = gesture
        if gesture.cursor is not None:
            self._view.viewport().setCursor(gesture.cursor)
        gesture.begin(pointer)

    def move(self, pointer: Pointer) -> None:
        if self.gesture is not None:
            self.gesture.move(pointer)

    def begin(
        self, gesture: Gesture, pointer: Pointer, button: Qt.MouseButton = _BUTTON.NoButton
    ) -> None:
        """Begin a gesture where there is none."""
        self._view.hovering.clear()
        self._view.adding.dismiss()
        self._button = button
        self.take_over(gesture, pointer)

    def end(self, pointer: Pointer) -> None:
        self._let_go().end(pointer)
        self._view.viewport().update()

    def cancel(self) -> bool:
        """Take the gesture back; returns whether there was one."""
        if self.gesture is None:
            return False
        self._let_go().cancel()
        self._view.viewport().update()
        return True

    def _let_go(self) -> Gesture:
        """Forget the gesture before its last call, which may change the document."""
        gesture, self.gesture = self.gesture, None
        assert gesture is not None
        self._view.viewport().unsetCursor()
        if self.space_held:
            self._view.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        return gesture

    def hold_space(self, held: bool) -> None:
        """While Space is down the left button pans."""
        self.space_held = held
        if self.gesture is None:
            if held:
                self._view.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
            else:
                self._view.viewport().unsetCursor()

    def modifiers_changed(self) -> None:
        """A gesture may mean something else with other keys held, also while the mouse rests."""
        if self.gesture is not None and self.pointer is not None:
            self.move(self.at(QPointF(self.pointer), QGuiApplication.keyboardModifiers()))

    # Mouse

    def at(self, spot: QPointF, modifiers: Qt.KeyboardModifier) -> Pointer:
        """The pointer at a spot of the viewport."""
        inverse, _ = self._view.viewportTransform().inverted()
        return Pointer(inverse.map(spot), spot.toPoint(), modifiers)

    def press(self, event: QMouseEvent) -> None:
        event.accept()
        view, button = self._view, event.button()
        if button in (_BUTTON.BackButton, _BUTTON.ForwardButton):
            view.travel.step(-1 if button == _BUTTON.BackButton else 1)
            return
        if self.gesture is not None:
            return
        pointer = self.at(event.position(), event.modifiers())
        left = button == _BUTTON.LeftButton
        if button == _BUTTON.MiddleButton or (left and self.space_held):
            self.begin(Pan(view), pointer, button)
        elif left:
            found = view.found.hit(pointer.at) or hit(view.canvas, pointer.at, view.zoom)
            self.begin(Press(view, found), pointer, button)
        elif button == _BUTTON.RightButton and event.modifiers() & _CTRL:
            self.begin(CutStroke(view), pointer, button)

    def moved(self, event: QMouseEvent) -> None:
        self.pointer = event.position().toPoint()
        pointer = self.at(event.position(), event.modifiers())
        if self.gesture is not None:
            self.move(pointer)
        elif not event.buttons():
            self._view.hovering.at(pointer)

    def release(self, event: QMouseEvent) -> None:
        if self.gesture is not None and event.button() == self._button:
            self.end(self.at(event.position(), event.modifiers()))

    def double_click(self, event: QMouseEvent) -> None:
        view = self._view
        pointer = self.at(event.position(), event.modifiers())
        if event.button() != _BUTTON.LeftButton:
            self.press(event)
            return
        # The press of a double click has no gesture yet; its release then ends none.
        match hit(view.canvas, pointer.at, view.zoom):
            case BodyHit(name, "name"):
                view.rename(name)
            case BodyHit(name, "body" | "note") if view.entering.instance(name):
                view.entering.enter(name)
            case LinkHit(link):
                view.insert_reroute(link, pointer.at)
            case FrameHit(name, "title"):
                view.rename_frame(name)
            case None:
                view.ask_for_layer(pointer.at)
            case _:
                self.press(event)

    def context_menu(self, event: QContextMenuEvent) -> None:
        view, document = self._view, self._view.document
        if event.reason() != QContextMenuEvent.Reason.Mouse:
            view.menu_requested.emit(*view.picking.menu_spot())
            return
        if self.gesture is not None or event.modifiers() & _CTRL:
            # The right button cuts links.
            return
        at = view.mapToScene(event.pos())
        self.pointer = event.pos()
        what = "canvas"
        match hit(view.canvas, at, view.zoom):
            case BodyHit(name) | PortHit(name):
                what = "node"
                view.select_link(None)
                if name not in document.selection:
                    document.select((name,))
            case LinkHit(link):
                what = "link"
                document.select(())
                view.select_link(link)
            case FrameHit(name):
                what = "frame"
                document.select(())
                view.select_frame(name)
            case None:
                view.select_link(None)
        view.menu_requested.emit(event.globalPos(), what)

    def wheel(self, event: QWheelEvent) -> None:
        """A wheel zooms where the pointer is; a trackpad scrolls, and zooms with Ctrl."""
        event.accept()
        view = self._view
        ctrl, shift = bool(event.modifiers() & _CTRL), bool(event.modifiers() & _SHIFT)
        if not event.pixelDelta().isNull() and not ctrl:
            view.scroll_to(view.offset - event.pixelDelta())
        elif shift:
            view.scroll_to(view.offset - event.angleDelta())
        else:
            turn = event.angleDelta().y() / 120
            view.zoom_to(view.zoom * STEP**turn, event.position().toPoint())
        pointer = self.at(event.position(), event.modifiers())
        if self.gesture is None:
            view.hovering.at(pointer)
        elif not isinstance(self.gesture, Pan):
            self.move(pointer)

    # Layers dragged in

    def drag_enter(self, event: QDragEnterEvent) -> None:
        layer, block = unpack(event.mimeData()), block_entries.unpack(event.mimeData())
        if (layer is None and block is None) or self.gesture is not None:
            event.ignore()
            return
        drop = BlockDrop(self._view, block) if block else LayerDrop(self._view, layer)
        self.begin(drop, self.at(event.position(), event.modifiers()))
        event.acceptProposedAction()

    def drag_move(self, event: QDragMoveEvent) -> None:
        if isinstance(self.gesture, LayerDrop):
            self.pointer = event.position().toPoint()
            self.gesture.move(self.at(event.position(), event.modifiers()))
            event.acceptProposedAction()

    def drag_leave(self) -> None:
        if isinstance(self.gesture, LayerDrop):
            self.cancel()

    def drop(self, event: QDropEvent) -> None:
        if isinstance(self.gesture, LayerDrop):
            self.end(self.at(event.position(), event.modifiers()))
            event.acceptProposedAction()
            self._view.setFocus(Qt.FocusReason.MouseFocusReason)
