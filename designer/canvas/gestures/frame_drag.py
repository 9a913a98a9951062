"""FrameMove and FrameResize: a frame by its title bar, with all that is in it, and by its edges."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt

from designer.canvas.frame import TITLE_BAR, Part
from designer.canvas.geometry import GRID
from designer.canvas.gestures.gesture import Gesture, Pointer
from designer.canvas.snapping import to_grid
from engine.network import edits
from engine.network.project import Project

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

LEAST = (6 * GRID, TITLE_BAR + GRID)
"""The least width and height of a frame drawn by hand."""

CURSORS: dict[str, Qt.CursorShape] = {
    "left": Qt.CursorShape.SizeHorCursor,
    "right": Qt.CursorShape.SizeHorCursor,
    "top": Qt.CursorShape.SizeVerCursor,
    "bottom": Qt.CursorShape.SizeVerCursor,
    "top left": Qt.CursorShape.SizeFDiagCursor,
    "bottom right": Qt.CursorShape.SizeFDiagCursor,
    "top right": Qt.CursorShape.SizeBDiagCursor,
    "bottom left": Qt.CursorShape.SizeBDiagCursor,
    "title": Qt.CursorShape.OpenHandCursor,
}


class FrameMove(Gesture):
    """The cards and the smaller frames in it move along. Shift moves freely, without the grid."""

    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, view: CanvasView, name: str) -> None:
        super().__init__(view)
        self.name = name

    def begin(self, pointer: Pointer) -> None:
        self.grip = pointer.at
        frames = self.scene.frames
        names = (self.name, *frames.inside(self.name))
        self.rects = {name: QRectF(frames.items[name].shown) for name in names}
        self.starts = {name: self.scene.nodes[name].at for name in frames.framed(self.name)}

    def move(self, pointer: Pointer) -> None:
        by = self._by(pointer)
        self.scene.frames.place({name: rect.translated(by) for name, rect in self.rects.items()})
        self.scene.version += 1
        self.scene.carry({name: at + by for name, at in self.starts.items()})
        self.view.viewport().update()

    def end(self, pointer: Pointer) -> None:
        by = self._by(pointer)
        self.scene.let_go()
        places = {name: (at + by).toTuple() for name, at in self.starts.items()}
        names = tuple(self.rects)

        def edit(project: Project) -> Project:
            for name in names:
                frame = project.frames[name]
                at = frame.at[0] + by.x(), frame.at[1] + by.y()
                project = edits.set_frame(project, name, replace(frame, at=at))
            return edits.move(project, places)

        if not self.document.do("Move the frame", edit):
            self.cancel()
        self.document.select(())
        self.view.select_frame(self.name)

    def cancel(self) -> None:
        self.scene.frames.put_back(self.rects)
        self.scene.put_back(name for name in self.starts if name in self.scene.nodes)

    def _by(self, pointer: Pointer) -> QPointF:
        by = pointer.at - self.grip
        if pointer.modifiers & Qt.KeyboardModifier.ShiftModifier:
            return by
        corner = self.rects[self.name].topLeft()
        return QPointF(
            to_grid(corner.x() + by.x()) - corner.x(), to_grid(corner.y() + by.y()) - corner.y()
        )


class FrameResize(Gesture):
    """One edge or two of a frame follow the pointer, on the grid unless Shift is held."""

    def __init__(self, view: CanvasView, name: str, part: Part) -> None:
        super().__init__(view)
        self.name, self.part = name, part
        self.cursor = CURSORS[part]

    def begin(self, pointer: Pointer) -> None:
        self.grip = pointer.at
        self.rect = QRectF(self.scene.frames.items[self.name].shown)

    def move(self, pointer: Pointer) -> None:
        self.scene.frames.place({self.name: self._sized(pointer)})
        self.scene.version += 1
        self.view.viewport().update()

    def end(self, pointer: Pointer) -> None:
        rect, name = self._sized(pointer), self.name

        def edit(project: Project) -> Project:
            frame = replace(
                project.frames[name],
                at=(rect.x(), rect.y()),
                size=(rect.width(), rect.height()),
            )
            return edits.set_frame(project, name, frame)

        if not self.document.do("Resize the frame", edit):
            self.cancel()
        self.document.select(())
        self.view.select_frame(name)

    def cancel(self) -> None:
        self.scene.frames.put_back([self.name])

    def _sized(self, pointer: Pointer) -> QRectF:
        free = bool(pointer.modifiers & Qt.KeyboardModifier.ShiftModifier)
        by, rect = pointer.at - self.grip, QRectF(self.rect)

        def edge(value: float) -> float:
            return value if free else to_grid(value)

        if "left" in self.part:
            rect.setLeft(min(edge(rect.left() + by.x()), rect.right() - LEAST[0]))
        if "right" in self.part:
            rect.setRight(max(edge(rect.right() + by.x()), rect.left() + LEAST[0]))
        if "top" in self.part:
            rect.setTop(min(edge(rect.top() + by.y()), rect.bottom() - LEAST[1]))
        if "bottom" in self.part:
            rect.setBottom(max(edge(rect.bottom() + by.y()), rect.top() + LEAST[1]))
        return rect
