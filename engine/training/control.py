"""Control: how another thread asks a running training to pause, go on or stop."""

from __future__ import annotations

import threading


class Control:
    """Wishes of whoever watches a run, safe to state from any thread.

    The loop reads the plain attribute `attention` once a step, which costs nothing, and looks
    closer only where it is true.
    """

    def __init__(self) -> None:
        self.attention = False
        self._changed = threading.Condition()
        self._paused = False
        self._stopped = False

    def pause(self) -> None:
        """Wish that no further step is taken until `resume`; no effect after `stop`."""
        self._set(paused=True)

    def resume(self) -> None:
        """Wish that a paused run goes on."""
        self._set(paused=False)

    def stop(self) -> None:
        """Wish that the run ends here and keeps its weights; cannot be taken back."""
        self._set(stopped=True)

    @property
    def paused(self) -> bool:
        """Whether the run is to stand still."""
        return self._paused and not self._stopped

    @property
    def stopped(self) -> bool:
        """Whether the run is to end."""
        return self._stopped

    def wait(self, timeout: float | None = None) -> None:
        """Return when the run is not, or no longer, to stand still; at most `timeout` seconds later."""
        with self._changed:
            self._changed.wait_for(lambda: not self.paused, timeout)

    def _set(self, *, paused: bool | None = None, stopped: bool = False) -> None:
        with self._changed:
            if paused is not None:
                self._paused = paused
            self._stopped = self._stopped or stopped
            self.attention = self._paused or self._stopped
            self._changed.notify_all()
