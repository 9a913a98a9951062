"""Control: how another thread asks a running training to pause, go on or stop."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Wish:
    """What is to change in a run that goes on; None leaves as it is.

    `rate` is the highest learning rate, which the schedule scales; `epochs` how many there are in
    all; `checkpoint` whether one is written now.
    """

    rate: float | None = None
    epochs: int | None = None
    checkpoint: bool = False


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
        self._wishes: list[Wish] = []

    def wish(self, wish: Wish) -> None:
        """Wish for a change; it comes after the present step, in a paused run at once."""
        with self._changed:
            self._wishes.append(wish)
            self._tell()

    def granted(self) -> list[Wish]:
        """The wishes since the last call, in their order; they are the caller's to fulfil."""
        with self._changed:
            wishes, self._wishes = self._wishes, []
            self._tell()
            return wishes

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

    def agree(self) -> None:
        """Find out what is asked for; one process knows, several agree on it."""

    def wait(self, timeout: float | None = None) -> None:
        """Return when the run is not, or no longer, to stand still, or when there is a wish to fulfil;
        at most `timeout` seconds later.
        """
        with self._changed:
            self._changed.wait_for(lambda: not self.paused or self._wishes, timeout)

    def _set(self, *, paused: bool | None = None, stopped: bool = False) -> None:
        with self._changed:
            if paused is not None:
                self._paused = paused
            self._stopped = self._stopped or stopped
            self._tell()

    def _tell(self) -> None:
        self.attention = self._paused or self._stopped or bool(self._wishes)
        self._changed.notify_all()
