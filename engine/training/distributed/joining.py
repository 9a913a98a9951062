"""How the processes of a run find one another, by the variables that torchrun and our agent set."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from torch import distributed

from engine.training.control import Control
from engine.training.distributed.group import LostError
from engine.training.distributed.team import Team
from engine.training.errors import TrainingError
from engine.training.loop import train

dist: Any = distributed

MEETING = "CONVOSCOPE_MEETING"
"""The variable that names the file by which the processes of one machine find one another."""
PATIENCE = timedelta(minutes=5)
"""How long the machines of a run wait for the first one's address."""


def join(environment: Mapping[str, str] = os.environ) -> Team:
    """This process's place among those of its run, as RANK, WORLD_SIZE and so on say.

    https://docs.pytorch.org/docs/stable/elastic/run.html#environment-variables
    Raises `TrainingError` for variables that make no sense.
    """
    try:
        rank, size = int(environment["RANK"]), int(environment["WORLD_SIZE"])
        local = int(environment.get("LOCAL_RANK", rank))
        beside = int(environment.get("LOCAL_WORLD_SIZE", size))
        attempt = int(environment.get("TORCHELASTIC_RESTART_COUNT", 0))
        meeting = environment.get(MEETING)
        if meeting is not None:
            store = dist.FileStore(meeting, size)
        else:
            store = dist.TCPStore(
                environment["MASTER_ADDR"],
                int(environment["MASTER_PORT"]),
                size,
                is_master=_opens_store(environment, rank),
                timeout=PATIENCE,
            )
    except KeyError as error:
        raise TrainingError(
            f"The variable {error.args[0]} is not set, but RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT "
            "say how the processes of a run find one another; start it by torchrun, or set all four."
        ) from None
    except (ValueError, RuntimeError) as error:
        raise TrainingError(
            f"This process cannot join the others of its run ({str(error).splitlines()[0]}); "
            "look at RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT."
        ) from None
    return Team(store, rank, size, local, beside, attempt)


def _opens_store(environment: Mapping[str, str], rank: int) -> bool:
    """Whether this process has to open the store, since torchrun's agent has not."""
    return rank == 0 and environment.get("TORCHELASTIC_USE_AGENT_STORE") != str(True)


def follow(team: Team, control: Control) -> None:
    """Train as another process than the first, which tells what; returns when the run has ended.

    Raises `LostError` where another process is gone.
    """
    with tempfile.TemporaryDirectory(prefix="convoscope-") as folder:
        run = team.await_run(Path(folder) / "run")
        if run is not None:
            train(run, control, team)


__all__ = ["LostError", "follow", "join"]
