"""Reading a run's events as they are told, also where some are taken back meanwhile, as a restart does. No torch."""

from __future__ import annotations

from engine.network.storage import reason
from engine.training.events import Event
from engine.training.rundir import RunDirectory, RunError

TAIL = 80
"""Bytes by which it is recognised that the file was only added to."""


class EventReader:
    """Reads on where it was; `again` tells whether the last `read` had to begin anew, since what was
    read before is not there any more.
    """

    def __init__(self, run: RunDirectory) -> None:
        self.again = False
        self.drained = False
        """Whether the last `read` came to the end of what is told."""
        self._run = run
        self._at = 0
        self._tail = b""

    def read(self, limit: int = -1) -> list[Event]:
        """What is new, at most `limit` bytes and the rest of that line; raises as `RunDirectory.events`."""
        self.again = self._bytes(self._at - len(self._tail), len(self._tail)) != self._tail
        if self.again:
            self._at = 0
        events, end = self._run.events(self._at, limit)
        self.drained = limit < 0 or end - self._at < limit
        if end > self._at or self.again:
            self._at = end
            self._tail = self._bytes(max(0, end - TAIL), min(TAIL, end))
        return events

    def _bytes(self, start: int, count: int) -> bytes:
        try:
            with self._run.events_file.open("rb") as file:
                file.seek(start)
                return file.read(count)
        except OSError as error:
            raise RunError(f"{self._run.events_file} cannot be read: {reason(error)}.") from error
