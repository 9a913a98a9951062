"""The control of a run on several processes: all of them hear the same, before the same step."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from engine.training.control import Control, Wish

if TYPE_CHECKING:
    from engine.training.distributed.team import Team

BEAT = 1.0
"""Seconds after which a run that stands still speaks to its processes again, so that no wait is long."""


class AgreedControl(Control):
    """What the processes agree is asked for: what the first is asked, and a stop from any.

    Until they have met only this process's own stop counts.
    """

    def __init__(self, team: Team, own: Control) -> None:
        super().__init__()
        self._team = team
        self._own = own
        self._met = False
        self.wanting = False
        """Whether the first process wants to meet the others before the next step."""

    def meet(self) -> None:
        """From now on agree; what was asked before is heard before the first step."""
        self._met = True
        self.attention = True

    @property
    def asked(self) -> bool:
        """Whether this process has something to tell the others."""
        return self.wanting or (self._own.attention if self._team.writes else self._own.stopped)

    @property
    def stopped(self) -> bool:
        return self._stopped if self._met else self._own.stopped

    def agree(self) -> None:
        if not self._met:
            return
        self.wanting = False
        own, first = self._own, self._team.writes
        wishes = own.granted() if first else []
        said = json.dumps([asdict(wish) for wish in wishes]).encode() if wishes else b""
        paused, stopped, length = self._team.most(first and own.paused, own.stopped, len(said))
        if length:
            said = self._team.tell_all(said, length)
            for values in json.loads(said):
                self.wish(Wish(**values))
        self._set(paused=bool(paused), stopped=bool(stopped))

    def wait(self, timeout: float | None = None) -> None:
        if self._team.writes:
            self._own.wait(BEAT)

    def hear(self, attention: bool) -> None:
        """Take note that a process has something to tell."""
        self.attention = self.attention or attention
