"""One of two processes that train some runs together, one after the other: `pair.py RANK FOLDER RUN...`."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

from torch import distributed as dist

from engine.training.control import Control
from engine.training.distributed.joining import follow
from engine.training.distributed.team import Team
from engine.training.loop import train
from engine.training.rundir import RunDirectory
from tests.engine.training.drawing import StopsAt


def control_of(run: RunDirectory) -> Control:
    """The control that a file beside the run asks for."""
    file = run.path / "stop-after"
    return StopsAt(int(file.read_text())) if file.is_file() else Control()


def main(rank: int, folder: Path, runs: list[str]) -> None:
    warnings.simplefilter("error")
    for number, path in enumerate(runs):
        team = Team(dist.FileStore(str(folder / f"meeting{number}"), 2), rank, 2, rank, 2)
        if rank == 0:
            run = RunDirectory.open(Path(path))
            train(run, control_of(run), team)
        else:
            follow(team, Control())


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
    sys.stdout.flush()
    os._exit(0)
