"""Arranging: nodes laid out by the machine, off the window's thread when they are many, and gliding there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from threading import Event, Thread
from time import perf_counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QPointF, Qt, QTimer, QVariantAnimation
from PySide6.QtWidgets import QStyle

from designer.canvas.geometry import CARD_HEIGHT
from designer.canvas.gestures.gesture import Gesture, Pointer
from engine.network import edits
from engine.network.frames import around, holds
from engine.network.layout import Cancelled, layout
from engine.network.project import Point, Project

if TYPE_CHECKING:
    from designer.canvas.view import CanvasView

AT_ONCE = 150
"""So many nodes are laid out within a frame or two; more are laid out in a thread."""
_POLL = 30
_GLIDE_MS = 220
_SLOW = 0.05
"""Seconds; a step of the glide that takes longer ends it."""

Places = dict[str, Point]


class Arranging:
    """Lays out the selected nodes, or all of them where fewer than two are selected."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._glide: QVariantAnimation | None = None
        self._ways: dict[str, tuple[QPointF, QPointF]] = {}

    def run(self) -> None:
        """Begin; Escape takes it back as long as it is at work."""
        view = self._view
        document = view.document
        if view.gesture is not None or not document.shown.network.nodes:
            return
        chosen = len(document.selection)
        some = 1 < chosen < len(document.shown.network.nodes)
        selection = document.selection if some else None
        task = _Task(view, selection)
        if len(selection or document.shown.network.nodes) <= AT_ONCE:
            task.work()
            self._apply(task)
        else:
            view.hands.begin(
                _Waiting(view, task), view.hands.at(QPointF(), Qt.KeyboardModifier.NoModifier)
            )

    def finish(self) -> None:
        """End the glide at once; every card is then where the document has it."""
        if self._glide is not None:
            self._glide.stop()
            self._glide = None
            self._view.canvas.put_back(
                name for name in self._ways if name in self._view.canvas.nodes
            )

    def apply(self, task: _Task) -> None:
        self._apply(task)

    def _apply(self, task: _Task) -> None:
        view, places = self._view, task.places
        if task.error is not None:
            raise task.error
        starts = {name: QPointF(view.canvas.nodes[name].at) for name in places}
        label = "Arrange all" if task.names is None else f"Arrange {len(places)} layers"

        def edit(project: Project) -> Project:
            return _reframed(project, edits.move(project, places))

        if view.document.do(label, edit):
            self._begin(starts)
            if task.names is None:
                view.fit()

    def _begin(self, starts: Mapping[str, QPointF]) -> None:
        """Show the cards on their way from where they were."""
        view = self._view
        nodes = view.canvas.nodes
        self._ways = {
            name: (at, QPointF(nodes[name].at))
            for name, at in starts.items()
            if name in nodes and nodes[name].at != at
        }
        if not self._ways or not view.isVisible():
            return
        if not view.style().styleHint(QStyle.StyleHint.SH_Widget_Animate):
            return
        glide = QVariantAnimation(view)
        glide.setDuration(_GLIDE_MS)
        glide.setStartValue(0.0)
        glide.setEndValue(1.0)
        glide.setEasingCurve(QEasingCurve.Type.InOutCubic)
        glide.valueChanged.connect(self._step)
        glide.finished.connect(self.finish)
        self._glide = glide
        glide.start(QVariantAnimation.DeletionPolicy.DeleteWhenStopped)

    def _step(self, done: float) -> None:
        began = perf_counter()
        if self._glide is None:
            return
        self._view.canvas.carry(
            {name: start + (end - start) * done for name, (start, end) in self._ways.items()}
        )
        self._view.viewport().update()
        if perf_counter() - began > _SLOW:
            self.finish()


class _Task:
    """One layout, worked out wherever `work` is called."""

    def __init__(self, view: CanvasView, names: tuple[str, ...] | None) -> None:
        nodes = view.canvas.nodes
        self.names = names
        self.network = view.document.shown.network
        self.sizes = {
            name: (item.pose.width, item.pose.height + (CARD_HEIGHT / 2 if item.pose.note else 0))
            for name, item in nodes.items()
        }
        self.middles = {name: item.pose.base / 2 for name, item in nodes.items()}
        self.around = view.document.shown.placement
        self.places: Places = {}
        self.error: Exception | None = None
        self.done = 0.0
        self.cancelled = Event()
        self.ended = Event()

    def work(self) -> None:
        try:
            self.places = layout(
                self.network,
                self.sizes,
                self.names,
                middles=self.middles,
                around=self.around if self.names is not None else None,
                progress=self._tell,
            )
        except Cancelled:
            self.places = {}
        except Exception as error:  # told in the window's thread
            self.error = error
        self.ended.set()

    def _tell(self, done: float) -> bool:
        self.done = done
        return not self.cancelled.is_set()


class _Waiting(Gesture):
    """Lasts while a thread lays out; nothing else can be done on the canvas meanwhile."""

    def __init__(self, view: CanvasView, task: _Task) -> None:
        super().__init__(view)
        self.task = task
        self.timer = QTimer(view, interval=_POLL)
        self.timer.timeout.connect(self._poll)
        self.hint = "Arranging… Escape cancels"

    def begin(self, pointer: Pointer) -> None:
        Thread(target=self.task.work, name="layout", daemon=True).start()
        self.timer.start()
        self.view.viewport().update()

    def cancel(self) -> None:
        self.task.cancelled.set()
        self.timer.stop()
        self.timer.deleteLater()

    def _poll(self) -> None:
        self.hint = f"Arranging… {self.task.done:.0%}; Escape cancels"
        self.view.viewport().update()
        if self.task.ended.is_set():
            self.view.hands.cancel()
            self.view.arranging.apply(self.task)


def _reframed(before: Project, after: Project) -> Project:
    """Frames go around the nodes that they held."""
    for name, frame in before.frames.items():
        held = [
            node for node, at in before.placement.items() if "/" not in node and holds(frame, at)
        ]
        if "/" not in name and any(
            before.placement[node] != after.placement[node] for node in held
        ):
            new = around(after, held)
            kept = after.frames[name]
            after = edits.set_frame(after, name, replace(kept, at=new.at, size=new.size))
    return after
