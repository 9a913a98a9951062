"""The images at hand: read once for all who ask in this process, and given up when a person says so."""

from __future__ import annotations

import threading
from typing import TypeAlias

from engine.data import DataChoice, DataError, load
from engine.data.dataset import Progress
from engine.data.images import Images

Key: TypeAlias = tuple[DataChoice, tuple[int, ...]]

_GLANCE = 0.1
"""Seconds between two tellings of one who waits while another reads."""


class Store:
    """The images that were read last. Any thread may ask; one reads at a time."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._held: tuple[Key, Images] | None = None
        self._reading: Key | None = None
        self._given_up: Key | None = None

    def images(self, choice: DataChoice, shape: tuple[int, ...], progress: Progress) -> Images:
        """The images of a choice at `shape` (channels, height, width).

        `progress` may raise, to end the reading. Raises `DataError`, also where the reading of these
        was given up.
        """
        key = (choice, shape)
        while not self._turn.acquire(timeout=_GLANCE):
            progress("Waiting for the images", 0.0)
        try:
            held = self._held
            if held is None or held[0] != key:
                held = self._held = None
                self._reading = key
                held = self._held = key, load(choice, shape, self._checked(key, progress))
            return held[1]
        finally:
            self._reading = None
            self._turn.release()

    def give_up(self) -> None:
        """End the reading that goes on; the same images are refused until `take_up`."""
        self._given_up = self._reading or self._given_up

    def take_up(self, afresh: bool = False) -> None:
        """Read again what was given up, when it is next asked for; `afresh` also what is at hand."""
        self._given_up = None
        if afresh:
            self._held = None

    def _checked(self, key: Key, progress: Progress) -> Progress:
        def told(message: str, fraction: float) -> None:
            if key == self._given_up:
                raise DataError("The reading of the images was stopped; look at the data again.")
            progress(message, fraction)

        return told
