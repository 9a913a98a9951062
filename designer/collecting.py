"""Cyclic garbage, collected on the window's thread alone and between frames.

Python collects on whichever thread happens to allocate. On one of the threads that listen to the
workers that would destroy Qt objects away from their own thread, which crashes; in the middle of a
frame it would take milliseconds that the frame has not got.
"""

from __future__ import annotations

import gc
from time import perf_counter

from PySide6.QtCore import QObject, QTimer

_PAUSE_MS = 200
_BUDGET = 0.01
"""Part of the time that looking through everything may take."""


class Collector(QObject):
    """While it lives, this is what collects; `stop` gives the task back to Python."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._next_full = 0.0
        self._timer = QTimer(self, interval=_PAUSE_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()
        gc.disable()

    def stop(self) -> None:
        """Let Python collect by itself again."""
        self._timer.stop()
        gc.enable()

    def _collect(self) -> None:
        """Collect the oldest generation that is due by Python's own thresholds."""
        due = [count > most for count, most in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        now = perf_counter()
        if due[2] and now >= self._next_full:
            gc.collect()
            after = perf_counter()
            self._next_full = after + (after - now) / _BUDGET
        elif due[1] or due[0]:
            gc.collect(1 if due[1] else 0)
