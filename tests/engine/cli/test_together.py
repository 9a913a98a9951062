"""`train --nproc` and `torchrun ... train`: several processes, one run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.training.events import Event, Finished, Interrupted, Started, Steps
from engine.training.rundir import RunDirectory, RunError

ROOT = Path(__file__).parents[3]
LENET = ROOT / "resources" / "templates" / "lenet5.convo"
TRAIN = ("train", str(LENET), "--data", "digits", "--device", "cpu")


def started(*command: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def told(folder: Path, kind: type[Event]) -> list[Event]:
    try:
        return [item for item in RunDirectory(folder).events()[0] if isinstance(item, kind)]
    except RunError:
        return []


def wait_for(holds: Callable[[], object], process: subprocess.Popen[str]) -> float:
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > 40 or process.poll() is not None:
            process.kill()
            pytest.fail(f"ended too early or never: {process.communicate()}")
        time.sleep(0.01)
    return time.monotonic() - begun


def child(process: subprocess.Popen[str], rank: int) -> int:
    """The process of a rank that torchrun has started."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    wanted = f"RANK={rank}".encode()
    for pid in listed:
        if wanted in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
            return int(pid)
    raise AssertionError(f"no rank {rank} among {listed}")


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_nproc_tells_of_a_lost_process_and_of_every_epoch_once_and_stops_when_asked(
    tmp_path: Path,
) -> None:
    out = tmp_path / "run"
    process = started(
        *("main.py", *TRAIN, "--epochs", "1000", "--nproc", "2", "--checkpoint-every", "20"),
        *("--out", str(out)),
    )
    wait_for(lambda: told(out, Steps) and told(out, Steps)[-1].step > 25, process)  # type: ignore[attr-defined]
    os.kill(child(process, 1), signal.SIGKILL)
    assert wait_for(lambda: told(out, Interrupted), process) < 5
    (lost,) = told(out, Interrupted)
    assert isinstance(lost, Interrupted)
    wait_for(lambda: told(out, Steps)[-1].step > lost.step + 50, process)  # type: ignore[attr-defined]
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130, said
    lines = said.splitlines()
    assert "cpu, 2 processes, 1 thread each" in lines[0]
    later = [line.split(" ")[1] for line in lines[lines.index(lost.message) :] if "epoch " in line]
    first = int(later[0].split("/")[0])
    assert later == [f"{first + place}/1000" for place in range(len(later))]
    run = RunDirectory.open(out)
    assert (run.state().status, run.state().processes) == ("stopped", 2)
    assert run.weights_file.is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_torchrun_trains_the_same_and_starts_anew_from_the_last_checkpoint(tmp_path: Path) -> None:
    out = tmp_path / "run"
    process = started(
        *("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"),
        *("--max-restarts", "1", "main.py", *TRAIN, "--epochs", "8"),
        *("--checkpoint-every", "20", "--out", str(out)),
    )
    wait_for(lambda: told(out, Steps) and told(out, Steps)[-1].step > 25, process)  # type: ignore[attr-defined]
    os.kill(child(process, 1), signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    (lost,) = told(out, Interrupted)
    assert isinstance(lost, Interrupted)
    assert lost.step >= 20
    assert f"checkpoint of step {lost.step:,}" in lost.message
    assert len(told(out, Started)) == len(told(out, Finished)) == 1
    steps = [loss for item in told(out, Steps) for loss in item.losses]  # type: ignore[attr-defined]
    assert len(steps) == 8 * told(out, Started)[0].steps_per_epoch  # type: ignore[attr-defined]


def test_what_makes_no_sense_for_several_processes_is_said_in_one_sentence(
    convoscope: Callable[..., Any], tmp_path: Path
) -> None:
    for words, sentence in {
        ("--nproc", 0): "--nproc must be a whole number from 1 to 1,024, not 0.",
        ("--nproc", 2, "--max-restarts", -1): "--max-restarts must be 0 or more, not -1.",
        ("--nproc", 2, "--batch-size", 1, "--out", tmp_path / "run"): (
            "The recipe's batch of 1 images cannot be divided among 2 processes; set the batch size to "
            "2 at least, or processes to 1."
        ),
    }.items():
        said = convoscope(*TRAIN, *words)
        assert said.code == 2
        assert said.err == f"convoscope: {sentence}\n"
    assert not (tmp_path / "run").exists()
