"""Measurements of the canvas from inside, for `main.py bench canvas`: one line of JSON.

All times are the process's CPU time, which other work on the machine does not lengthen. Gestures
are real mouse and wheel events on the real view, each followed by the painting that it asks for.
"""

from __future__ import annotations

import gc
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from designer.canvas.hit import hit
from designer.canvas.view import CanvasView
from designer.collecting import Collector
from designer.document import Document
from designer.style import theme
from engine.layers.base import Layer
from engine.network import edits, storage
from engine.training.resident import resident

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIZE = 1600, 1000
ZOOMS = 0.1, 0.2, 0.3, 0.35, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0
NEAR = 0.35, 1.0
MAP = 12
"""Height and width of the maps on the cards."""
_PAUSE_S, _PATIENCE_S = 0.2, 3.0

Times = list[float]


class Probe:
    """A canvas with one network on it; each method gives milliseconds, one a frame."""

    def __init__(self, path: Path, frames: int) -> None:
        self.frames = frames
        self.chance = random.Random(0)
        self.calibration: Times = []
        """Taken all along, between the measurements."""
        self.document = Document(storage.load(path))
        project = self.document.project
        self.names = list(project.network.nodes)
        maps = _maps(self.names)
        _quiet()
        before = memory()
        start = time.process_time()
        self.view = CanvasView(self.document)
        self.view.resize(*SIZE)
        self.view.show()
        self.collector = Collector(self.view)
        self.view.fit()
        self.view.set_thumbnails(maps)
        self._settle()
        self.build_s = time.process_time() - start
        for zoom in ZOOMS:
            self._stand(zoom)
            self.view.viewport().repaint()
        _quiet()
        self.memory_mb = memory() - before
        self.fitting = self._fitting()

    def repaint(self) -> dict[float, Times]:
        """The whole viewport anew, at rest, over and over in three places for each zoom."""
        found: dict[float, Times] = {}
        for zoom in ZOOMS:
            times: Times = []
            places = min(3, 1 + self.frames // 10)
            for _ in range(places):
                self._stand(zoom)
                times += [
                    self._timed(self.view.viewport().repaint)
                    for _ in range(max(2, self.frames // places))
                ]
            found[zoom] = times
        return found

    def pan(self) -> dict[float, Times]:
        """Drag the canvas with the middle button."""
        found: dict[float, Times] = {}
        for zoom in (self.fitting, *NEAR):
            self._stand(zoom)
            spot = QPoint(SIZE[0] // 2, SIZE[1] // 2)
            self._mouse(QEvent.Type.MouseButtonPress, spot, Qt.MouseButton.MiddleButton)
            times: Times = []
            for _ in range(self.frames):
                spot += QPoint(self.chance.randint(-12, 12), self.chance.randint(-9, 9))
                times.append(self._moved(spot, Qt.MouseButton.MiddleButton))
            self._mouse(QEvent.Type.MouseButtonRelease, spot, Qt.MouseButton.MiddleButton)
            found[zoom] = times
        return found

    def zoom(self) -> Times:
        """Turn the wheel from all in sight to full size and back, at several places."""
        times: Times = []
        while len(times) < self.frames:
            self._stand(self.fitting)
            spot = QPointF(*(self.chance.uniform(0.2, 0.8) * side for side in SIZE))
            for turn in [1] * 18 + [-1] * 18:
                before = self.view.zoom
                taken = self._timed(lambda spot=spot, turn=turn: self._wheel(spot, turn))
                if self.view.zoom != before:
                    times.append(taken)
                if self.view.zoom <= self.fitting and turn < 0:
                    break
        return times

    def drag(self) -> dict[float, Times]:
        """Drag one card with its links."""
        found: dict[float, Times] = {}
        for zoom in (0.1, *NEAR):
            name = self._linked_in_sight(zoom)
            spot = self.view.mapFromScene(self.view.canvas.nodes[name].card.center())
            times: Times = []
            self._mouse(QEvent.Type.MouseButtonPress, spot, Qt.MouseButton.LeftButton)
            start = QPoint(spot)
            for number in range(self.frames + 3):
                step = QPoint(self.chance.randint(-9, 9), self.chance.randint(-9, 9))
                spot = start + QPoint(number % 80, 0) + step
                taken = self._moved(spot, Qt.MouseButton.LeftButton)
                # The first moves only leave the spot where the button went down.
                times += [taken] if number >= 3 else []
            self.view.escape()
            self._mouse(QEvent.Type.MouseButtonRelease, spot, Qt.MouseButton.LeftButton)
            self._settle()
            found[zoom] = times
        return found

    def hit(self) -> Times:
        """Ask what is at points all over the network, near and far."""
        extent = self.view.canvas.extent()
        times: Times = []
        for _ in range(self.frames * 8):
            point = QPointF(
                self.chance.uniform(extent.left(), extent.right()),
                self.chance.uniform(extent.top(), extent.bottom()),
            )
            zoom = self.chance.choice(ZOOMS)
            start = time.process_time_ns()
            hit(self.view.canvas, point, zoom)
            times.append((time.process_time_ns() - start) / 1e6)
        return times

    def edit(self) -> Times:
        """Change a parameter of a convolution in sight until the new numbers are painted."""
        nodes = self.document.project.network.nodes
        convolutions = [
            name
            for name, node in nodes.items()
            if isinstance(node.content, Layer) and node.kind == "Conv2d"
        ]
        times: Times = []
        for number in range(self.frames):
            name = self.chance.choice(convolutions)
            self._stand(1.0, name)
            values = {"out_channels": 8 + number} if number % 2 else {"kernel_size": 1 + number % 5}
            times.append(
                self._timed(
                    lambda name=name, values=values: self.document.do(
                        "Change", lambda project: edits.set_parameters(project, name, **values)
                    )
                )
            )
            self.document.undo()
        return times

    def remove(self) -> Times:
        """Take a node out, in sight, until what is left is painted."""
        times: Times = []
        for _ in range(max(3, self.frames // 4)):
            name = self.chance.choice(self.names[3:-3])
            self._stand(1.0, name)
            times.append(
                self._timed(
                    lambda name=name: self.document.do(
                        "Remove", lambda project: edits.remove(project, [name])
                    )
                )
            )
            self.document.undo()
        return times

    # Standing still

    def _fitting(self) -> float:
        self.view.fit()
        self._settle()
        return self.view.zoom

    def _stand(self, zoom: float, name: str = "") -> None:
        """Look at a node, or a random one, at a zoom; wait until all is drawn."""
        name = name or self.chance.choice(self.names)
        if zoom == self.__dict__.get("fitting"):
            self.view.fit()
        else:
            self.view.zoom_to(zoom)
            self.view.go_to(self.view.canvas.nodes[name].card.center())
        self._settle()

    def _linked_in_sight(self, zoom: float) -> str:
        network = self.document.project.network
        count = dict.fromkeys(network.nodes, 0)
        for link in network.links:
            count[link.source] += 1
            count[link.target] += 1
        names = [name for name in self.names if count[name] >= 3]
        name = self.chance.choice(names or self.names)
        self._stand(zoom, name)
        return name

    def _settle(self) -> None:
        self.calibration.append(calibration())
        began, pictures = time.monotonic(), self.view.canvas.pictures
        while (waited := time.monotonic() - began) < _PAUSE_S or (
            (pictures.hurry or pictures.unfinished) and waited < _PATIENCE_S
        ):
            QApplication.processEvents()
            time.sleep(0.005)
        QApplication.processEvents()

    # Events

    def _timed(self, work: Callable[[], object]) -> float:
        start = time.process_time_ns()
        work()
        QApplication.processEvents()
        return (time.process_time_ns() - start) / 1e6

    def _moved(self, spot: QPoint, button: Qt.MouseButton) -> float:
        return self._timed(lambda: self._mouse(QEvent.Type.MouseMove, spot, button))

    def _mouse(self, kind: QEvent.Type, spot: QPoint, button: Qt.MouseButton) -> None:
        viewport = self.view.viewport()
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
        cause = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button
        at = QPointF(spot)
        event = QMouseEvent(
            kind, at, viewport.mapToGlobal(at), cause, held, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(viewport, event)

    def _wheel(self, spot: QPointF, turn: int) -> None:
        viewport = self.view.viewport()
        event = QWheelEvent(
            spot,
            viewport.mapToGlobal(spot),
            QPoint(),
            QPoint(0, 120 * turn),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(viewport, event)


def measure(path: Path, frames: int, what: str) -> int:
    """Print the measurements of the canvas with the network in a file; the exit code.

    `what` is `all`, or `repaint` for that and memory alone.
    """
    theme().apply("light")
    probe = Probe(path, frames)
    found: dict[str, object] = {
        "nodes": len(probe.names),
        "ratio": probe.view.devicePixelRatioF(),
        "platform": QApplication.platformName(),
        "build_s": probe.build_s,
        "memory_mb": probe.memory_mb,
        "repaint": _worst(probe.repaint()),
    }
    if what == "all":
        found["pan"] = _worst(probe.pan())
        found["zoom"] = percentile(probe.zoom())
        found["drag"] = _worst(probe.drag())
        found["hit"] = percentile(probe.hit())
        found["edit_to_badge"] = percentile(probe.edit())
        found["remove"] = percentile(probe.remove())
    found["calibration_ms"] = percentile(probe.calibration, 0.5)
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    probe.view.close()
    return 0


def calibration() -> float:
    """Milliseconds of CPU time that a fixed loop takes: how slow the machine is just now."""
    start = time.process_time_ns()
    total = 0
    for number in range(100_000):
        total += number & 7
    return (time.process_time_ns() - start) / 1e6


def _worst(found: dict[float, Times]) -> dict[str, float]:
    """The 95th percentile at each zoom."""
    return {f"{zoom:.3g}": percentile(times) for zoom, times in found.items()}


def percentile(values: Times, part: float = 0.95) -> float:
    """The value that `part` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def memory() -> float:
    """Resident memory of this process in MB; 0 where the system does not tell."""
    return (resident() or 0) / 1e6


def _quiet() -> None:
    gc.collect()


def _maps(names: list[str]) -> dict[str, NDArray[np.uint8]]:
    import numpy

    chance = numpy.random.default_rng(0)
    return {name: chance.integers(0, 255, (4, MAP, MAP), dtype=numpy.uint8) for name in names}
