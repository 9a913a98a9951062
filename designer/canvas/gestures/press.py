"""Press: the button is down and has not moved far; a click, unless it becomes a drag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from designer.canvas.geometry import CARD_WIDTH
from designer.canvas.gestures.box import BoxSelect
from designer.canvas.gestures.frame_drag import FrameMove, FrameResize
from designer.canvas.gestures.gesture import Gesture, Pointer
from designer.canvas.gestures.link_drag import LinkDrag
from designer.canvas.gestures.move import Move
from designer.canvas.hit import BodyHit, FrameHit, Hit, LinkHit, PortHit

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

THRESHOLD = 4
"""How far the pointer goes, in pixels of the screen, before a press is a drag."""


class Press(Gesture):
    """Ends as a click on what was hit, or hands over to the gesture that drags it."""

    def __init__(self, view: CanvasView, hit: Hit) -> None:
        super().__init__(view)
        self.hit = hit

    def begin(self, pointer: Pointer) -> None:
        self.start = pointer

    def move(self, pointer: Pointer) -> None:
        if (pointer.spot - self.start.spot).manhattanLength() >= THRESHOLD:
            self.view.take_over(self._drag(), self.start)
            self.view.move_gesture(pointer)

    def end(self, pointer: Pointer) -> None:
        match self.hit:
            case BodyHit(name, "fix", number):
                self.view.apply_fix(name, number)
            case BodyHit(name, "mark"):
                self._click(name, pointer)
                self.view.found.choose(name)
            case BodyHit(name) | PortHit(name):
                self._click(name, pointer)
            case LinkHit(link):
                if not pointer.adding:
                    self.document.select(())
                self.view.select_link(link)
            case FrameHit(frame):
                self.document.select(())
                self.view.select_frame(frame)
            case None:
                if not pointer.adding:
                    self.document.select(())
                    self.view.select_link(None)

    def _click(self, name: str, pointer: Pointer) -> None:
        self.view.select_link(None)
        selection = self.document.selection
        if not pointer.adding:
            self.document.select((name,))
        elif name in selection:
            self.document.select(item for item in selection if item != name)
        else:
            self.document.select((*selection, name))

    def _drag(self) -> Gesture:
        match self.hit:
            case PortHit() as port:
                return LinkDrag.from_port(self.view, port)
            case BodyHit(name):
                return Move(self.view, name)
            case LinkHit(link):
                path = self.scene.links.wires[link].course.path
                ends = path.pointAtPercent(0), path.pointAtPercent(1)
                gaps = [(end - self.start.at).manhattanLength() for end in ends]
                near_source = gaps[0] < min(gaps[1], CARD_WIDTH / 2)
                return LinkDrag.of_link(self.view, link, "out" if near_source else "in")
            case FrameHit(frame, "title"):
                return FrameMove(self.view, frame)
            case FrameHit(frame, part):
                return FrameResize(self.view, frame, part)
            case None:
                return BoxSelect(self.view)
