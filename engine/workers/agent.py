"""The agent: starts the processes of one run on this machine, watches them, and starts them anew.

When one is lost, the others cannot go on: they are ended, and all begin again at the last checkpoint.
torchrun's agent does the same for several machines.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from dataclasses import asdict, replace
from pathlib import Path
from typing import BinaryIO

from engine.training.control import Control, Wish
from engine.training.events import Failed, Interrupted
from engine.training.rundir import LIVE, RunDirectory, RunError
from engine.training.standing import reopen
from engine.workers.rank import LOST
from engine.workers.spawn import environment
from engine.workers.watch import last_step

MAX_RESTARTS = 3
LOOK = 0.05
"""Seconds between two looks at the processes."""
GRACE = 3.0
"""Seconds in which the others may end by themselves, when one has ended with an error."""


def processes_of(run: RunDirectory) -> int:
    """How many processes are to train a run; raises `RunError`, `StorageError`."""
    return run.state().processes or run.project().recipe.processes


def train_together(run: RunDirectory, control: Control, max_restarts: int = MAX_RESTARTS) -> None:
    """Train a run with several processes of this machine; returns when it has ended, as its state says."""
    Agent(run, control, processes_of(run), max_restarts).work()


class Agent:
    """The processes of one run on this machine."""

    def __init__(
        self, run: RunDirectory, control: Control, count: int, max_restarts: int = MAX_RESTARTS
    ) -> None:
        self.ranks: list[subprocess.Popen[bytes]] = []
        """The processes, rank 0 first."""
        self._run = run
        self._control = control
        self._count = count
        self._most = max_restarts
        # What is gathered and given up again in each step would else tear the memory to shreds.
        self._sparing = run.project().recipe.sharded
        self._restarts = 0
        self._plan = Wish()
        self._asked = (False, False)

    def work(self) -> None:
        """Let them train until the run has ended."""
        while True:
            with self._started():
                what = self._watched()
            if not what:
                return
            if not self._begun_again(what):
                return

    @contextlib.contextmanager
    def _started(self) -> Generator[None]:
        """The processes, for as long as they are wanted; none is left afterwards."""
        folder = Path(tempfile.mkdtemp(prefix="convoscope-"))
        try:
            with self._run.log_file.open("ab") as log:
                self.ranks = [
                    self._start(rank, folder / "meeting", log) for rank in range(self._count)
                ]
            self._asked = (False, False)
            self._ask([self._plan] if self._plan != Wish() else [])
            yield
        finally:
            for process in self.ranks:
                if process.poll() is None:
                    process.kill()
            for process in self.ranks:
                process.wait()
                with contextlib.suppress(OSError):
                    if process.stdin is not None:
                        process.stdin.close()
            shutil.rmtree(folder, ignore_errors=True)

    def _start(self, rank: int, meeting: Path, log: BinaryIO) -> subprocess.Popen[bytes]:
        values = {
            **environment("trainer", sparing=self._sparing),
            "RANK": str(rank),
            "LOCAL_RANK": str(rank),
            "WORLD_SIZE": str(self._count),
            "LOCAL_WORLD_SIZE": str(self._count),
            "CONVOSCOPE_MEETING": str(meeting),
            "CONVOSCOPE_AGENT": str(os.getpid()),
        }
        loopback = {"linux": "lo", "darwin": "lo0"}.get(sys.platform)
        if loopback:
            values.setdefault("GLOO_SOCKET_IFNAME", loopback)
        command = [sys.executable, "-P", "-m", "engine.workers", "rank", str(self._run.path)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=values)

    def _watched(self) -> str:
        """Pass on what is asked, until the run has ended, or a process is lost: then, what happened."""
        deadline = None
        while True:
            wishes = self._control.granted()
            if wishes or self._asked != (self._control.paused, self._control.stopped):
                self._ask(wishes)
            codes = [process.poll() for process in self.ranks]
            if codes[0] == 0:
                return self._ended(codes)
            gone = [rank for rank, code in enumerate(codes) if code]
            killed = [rank for rank in gone if (codes[rank] or 0) < 0]
            if killed:
                return self._sentence(killed[0], codes[killed[0]] or 0)
            if gone:
                deadline = deadline or time.monotonic() + GRACE
                if time.monotonic() > deadline or all(code is not None for code in codes):
                    first = next((rank for rank in gone if codes[rank] != LOST), gone[0])
                    return self._sentence(first, codes[first] or 0)
            time.sleep(LOOK)

    def _ended(self, codes: list[int | None]) -> str:
        """Rank 0 has ended: wait for the others, which are about to."""
        if self._run.state().status in LIVE:
            return self._sentence(0, 0)
        deadline = time.monotonic() + GRACE
        while time.monotonic() < deadline and any(item.poll() is None for item in self.ranks):
            time.sleep(LOOK / 5)
        return ""

    def _sentence(self, rank: int, code: int) -> str:
        how = f"ended with exit code {code}"
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else "unknown"
            how = f"was killed by signal {-code} ({name})"
        return f"Process {rank + 1:,} of {self._count:,} {how} after step {last_step(self._run):,}"

    def _begun_again(self, what: str) -> bool:
        """Let the run go on from its last checkpoint, if it may; else it has failed."""
        run = self._run
        if self._control.stopped:
            run.update(status="stopped")
            run.append(Failed(f"{what}, while the run was being stopped."))
            return False
        again = f"it was started anew {self._restarts:,} times before, and no more is allowed"
        if self._restarts < self._most:
            try:
                step = self._taken_back()
            except RunError as error:
                again = str(error).rstrip(".")
            else:
                self._restarts += 1
                where = f"its checkpoint of step {step:,}" if step is not None else "the beginning"
                message = f"{what}; all go on from {where} (restart {self._restarts:,} of {self._most:,})."
                run.append(Interrupted(step or 0, message))
                run.log(message)
                return True
        message = f"{what}; {again}. Resume the run when the cause is mended."
        run.put_back()
        run.append(Failed(message))
        run.update(status="failed", message=message)
        return False

    def _taken_back(self) -> int | None:
        """Forget what came after the last checkpoint; its step, None where the run had not begun."""
        run, before = self._run, self._run.state()
        if not run.checkpoints_folder.is_dir():
            run.take_back(0)
            step = None
        else:
            step = reopen(run).step
        run.update(pid=before.pid, address=before.address, host=before.host)
        return step

    def _ask(self, wishes: list[Wish]) -> None:
        """Tell rank 0 what is asked for."""
        for wish in wishes:
            self._plan = replace(
                self._plan,
                rate=wish.rate or self._plan.rate,
                epochs=wish.epochs or self._plan.epochs,
            )
        self._asked = paused, stopped = self._control.paused, self._control.stopped
        line = {"paused": paused, "stopped": stopped, "wishes": [asdict(item) for item in wishes]}
        with contextlib.suppress(OSError):
            stdin = self.ranks[0].stdin
            assert stdin is not None
            stdin.write(json.dumps(line).encode() + b"\n")
            stdin.flush()
