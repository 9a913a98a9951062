"""Measurements from inside the window, for `main.py bench startup`: each prints one line of JSON."""

from __future__ import annotations

import json
import sys
import time
from statistics import median, quantiles
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, Qt, QTimer

from engine.network import edits
from engine.training.events import Event, Steps
from engine.training.resident import resident

if TYPE_CHECKING:
    from designer.app import MainWindow

BEAT_MS = 5
WARM_S, MEASURED_S = 3.0, 12.0
"""Seconds of training before measuring, and of measuring."""


def probe(window: MainWindow, kind: str) -> None:
    """Measure `startup` (until the first full picture) or `training` (beside open viewers), then close."""
    if kind == "training":
        Training(window)
    else:
        QTimer.singleShot(0, lambda: _report_startup(window))


def _report_startup(window: MainWindow) -> None:
    window.repaint()
    _say(
        visible=window.isVisible(),
        torch=any(name.partition(".")[0] == "torch" for name in sys.modules),
        memory_mb=_memory(),
    )
    window.close()


class Training:
    """Trains LeNet-5 on digits with every default viewer open; notes the gaps between beats of the
    event loop, and the trainer's images per second.
    """

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._gaps: list[float] = []
        self._speeds: list[float] = []
        self._began = 0.0
        self._clock = QElapsedTimer()
        self._beat = QTimer(window, interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._beat.timeout.connect(self._tick)
        window.workshop.events.connect(self._take)
        window.workshop.failed.connect(lambda message: self._end(failed=message))
        window.document.do(
            "Measure", lambda p: edits.set_recipe(p, p.recipe.changed(epochs=100_000))
        )
        self._wait = QTimer(window, interval=50)
        self._wait.timeout.connect(self._start)
        self._wait.start()

    def _start(self) -> None:
        window = self._window
        if window.workshop.lab.state != "ready" or not window.workshop.trainer_ready:
            return
        self._wait.stop()
        window.document.select(["conv2"])
        window.train()
        window.docks["Feature maps"].raise_()

    def _take(self, events: list[Event]) -> None:
        speeds = [event.images_per_second for event in events if isinstance(event, Steps)]
        if speeds and not self._began:
            self._began = time.monotonic()
            self._clock.start()
            self._beat.start()
        elif time.monotonic() > self._began + WARM_S:
            self._speeds += speeds

    def _tick(self) -> None:
        gap = self._clock.nsecsElapsed() / 1e6
        self._clock.start()
        if time.monotonic() > self._began + WARM_S:
            self._gaps.append(max(0.0, gap - BEAT_MS))
        # Both tabs live through the measurement: curves, then maps.
        if len(self._gaps) == 1:
            self._window.docks["Training"].raise_()
        if time.monotonic() > self._began + WARM_S + MEASURED_S / 2 and self._gaps[-1:]:
            self._window.docks["Feature maps"].raise_()
        if time.monotonic() > self._began + WARM_S + MEASURED_S:
            self._end()

    def _end(self, failed: str = "") -> None:
        self._beat.stop()
        self._wait.stop()
        if failed or len(self._gaps) < 100 or not self._speeds:
            _say(failed=failed or "too little was measured")
        else:
            _say(
                stall_p99_ms=quantiles(self._gaps, n=100)[98],
                stall_worst_ms=max(self._gaps),
                images_per_second=median(self._speeds),
                memory_mb=_memory(),
            )
        self._window.workshop.stop()
        QTimer.singleShot(500, self._window.close)


def _say(**found: object) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


def _memory() -> float:
    """Resident memory of this process in MB; 0 where the system does not tell."""
    return (resident() or 0) / 1e6
