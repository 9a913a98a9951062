"""Several processes that train a run together: commanded, killed, started anew, orphaned."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.training.control import Control, Wish
from engine.training.events import (
    Changed,
    CheckpointWritten,
    Event,
    Failed,
    Interrupted,
    Paused,
    Resumed,
    Started,
    Steps,
)
from engine.training.rundir import RunDirectory
from engine.training.standing import checkpoints
from engine.workers.agent import Agent

ROOT = Path(__file__).parents[3]
MakeRun = Callable[..., RunDirectory]
WaitFor = Callable[..., float]


def ranks_of(mark: Path) -> list[int]:
    """Living processes that train a run in `mark`."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"rank" in words and any(word.startswith(os.fsencode(mark)) for word in words):
            found.append(int(entry.name))
    return found


def told(run: RunDirectory, kind: type[Event]) -> list[Event]:
    return [event for event in run.events()[0] if isinstance(event, kind)]


def last(run: RunDirectory) -> int:
    steps = told(run, Steps)
    return steps[-1].step if steps else 0  # type: ignore[attr-defined]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("sharded", [False, True])
def test_a_killed_process_is_told_of_and_the_run_goes_on_until_that_is_too_often(
    make_run: MakeRun, wait_for: WaitFor, sharded: bool
) -> None:
    run = make_run(device="cpu", processes=2, checkpoint_every=20, sharded=sharded)
    control = Control()
    agent = Agent(run, control, 2, max_restarts=1)
    thread = threading.Thread(target=agent.work, daemon=True)
    thread.start()
    wait_for(lambda: last(run) > 40 and told(run, CheckpointWritten))
    os.kill(agent.ranks[1].pid, signal.SIGKILL)
    seconds = wait_for(lambda: told(run, Interrupted))
    assert seconds < 5
    (lost,) = told(run, Interrupted)
    assert isinstance(lost, Interrupted)
    assert lost.message.startswith("Process 2 of 2 was killed by signal 9 (SIGKILL) after step ")
    assert lost.message.endswith(f"step {lost.step:,} (restart 1 of 1).")
    assert lost.step % 20 == 0
    wait_for(lambda: last(run) > lost.step + 20)
    assert len(told(run, Started)) == 1

    control.pause()
    wait_for(lambda: told(run, Paused))
    at = told(run, Paused)[0].step  # type: ignore[attr-defined]
    wait_for(lambda: int(checkpoints(run)[-1].name) == at)
    time.sleep(2.5)  # Longer than a beat.
    assert last(run) == at
    control.wish(Wish(rate=0.001))
    wait_for(lambda: any(event.rate == 0.001 for event in told(run, Changed)))  # type: ignore[attr-defined]
    control.resume()
    wait_for(lambda: last(run) > at + 20 and len(told(run, Resumed)) == 2)

    os.kill(agent.ranks[0].pid, signal.SIGKILL)
    thread.join(5)
    state = run.state()
    assert state.status == "failed"
    assert "Process 1 of 2 was killed by signal 9 (SIGKILL)" in state.message
    assert "started anew 1 times before" in state.message
    assert isinstance(run.events()[0][-1], Failed)
    assert not ranks_of(run.path)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_the_processes_end_with_the_agent_that_started_them(
    make_run: MakeRun, wait_for: WaitFor
) -> None:
    run = make_run(device="cpu", processes=2)
    script = (
        "import sys; from pathlib import Path; from engine.training.control import Control;"
        "from engine.training.rundir import RunDirectory; from engine.workers.agent import train_together;"
        "train_together(RunDirectory.open(Path(sys.argv[1])), Control())"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    agent = subprocess.Popen([sys.executable, "-P", "-c", script, str(run.path)], env=environment)
    try:
        wait_for(lambda: last(run))
        assert len(ranks_of(run.path)) == 2
    finally:
        agent.kill()
        agent.wait()
    assert wait_for(lambda: not ranks_of(run.path), 5) < 5
