"""One of the processes that train a run together: `python -m engine.workers rank RUN`.

It ends with the agent that started it: what the agent asks comes as lines of JSON through the
standard input, which ends when the agent does; on Linux the system kills it then, too.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

from engine.training.control import Control, Wish
from engine.training.rundir import RunDirectory

LOST = 75
"""The exit code of a process that cannot go on since another is gone (EX_TEMPFAIL: it may be tried again)."""
_PDEATHSIG = 1


def serve(run: str) -> int:
    """Train the run as the process that the environment says; the exit code."""
    die_with(int(os.environ["CONVOSCOPE_AGENT"]))
    control = Control()
    threading.Thread(target=_obey, args=(control,), name="agent", daemon=True).start()

    def end(number: int, frame: FrameType | None) -> None:
        control.stop()

    signal.signal(signal.SIGTERM, end)
    from engine.training.distributed.joining import LostError, follow, join
    from engine.training.loop import train

    try:
        team = join()
        if team.writes:
            train(RunDirectory.open(Path(run)), control, team)
        else:
            follow(team, control)
    except LostError as error:
        sys.stderr.write(f"{error}\n")
        return LOST
    return 0


def die_with(agent: int) -> None:
    """Let this process be killed when its parent, the agent, ends."""
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != agent:
        os._exit(LOST)


def _obey(control: Control) -> None:
    """Pass on what the agent asks; a thread of its own, which ends the process when the agent has."""
    for line in sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        for values in asked["wishes"]:
            control.wish(Wish(**values))
        if asked["paused"]:
            control.pause()
        else:
            control.resume()
        if asked["stopped"]:
            control.stop()
    os._exit(LOST)
