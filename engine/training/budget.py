"""How much time those who only watch may take from training."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

PART = 0.002
"""The part of the time that each of them may take."""


class Budget:
    """Says when it is time for something that training does not need: not too often, and not too dear.

    At least `pace` seconds lie between two times, and all of them together take no more than `part`
    of the time since the beginning.
    """

    def __init__(self, pace: float = 1.0, part: float = PART) -> None:
        self._pace = pace
        self._part = part
        self._began = self._last = time.perf_counter()
        self._spent = 0.0

    def due(self) -> bool:
        """Whether it may be done now."""
        now = time.perf_counter()
        return now - self._last >= self._pace and self._spent <= self._part * (now - self._began)

    @contextmanager
    def spend(self) -> Generator[None]:
        """What is done within counts."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._last = time.perf_counter()
            self._spent += self._last - began
