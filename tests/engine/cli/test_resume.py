"""Going on with runs, and from them, by the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from engine.training.rundir import RunDirectory
from engine.training.standing import checkpoints
from tests.engine.cli.conftest import ROOT


def _short(project: Path, out: Path) -> tuple[object, ...]:
    return (
        *("train", project, "--data", "digits", "--epochs", 6, "--batch-size", 32),
        *("--threads", 1, "--device", "cpu", "--checkpoint-every", 7, "--out", out),
    )


def test_a_killed_run_is_resumed_to_the_same_bits(convoscope, tiny, tmp_path):
    command = [sys.executable, "main.py", *map(str, _short(tiny, tmp_path / "killed"))]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    run = RunDirectory(tmp_path / "killed")
    deadline = time.monotonic() + 100
    while len(checkpoints(run)) < 2 or int(checkpoints(run)[-1].name) < 20:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    assert run.state().status == "running"
    said = convoscope("train", "--resume", run.path)
    assert said.code == 0 and "finished" in said.out
    convoscope(*_short(tiny, tmp_path / "whole"))
    whole = RunDirectory(tmp_path / "whole")
    assert run.weights_file.read_bytes() == whole.weights_file.read_bytes()


def test_a_run_is_extended_and_forked(convoscope, tiny, tmp_path):
    out = tmp_path / "run"
    convoscope("train", tiny, "--data", "digits", "--epochs", 1, "--threads", 1, "--out", out)
    refused = convoscope("train", "--resume", out)
    assert refused.code == 2 and "has trained all of its 1 epochs" in refused.err
    said = convoscope("train", "--resume", out, "--epochs", 2)
    assert said.code == 0 and "epoch 2/2" in said.err
    fork = tmp_path / "fork"
    said = convoscope("train", "--fork", out, "--epochs", 3, "--lr", 0.0001, "--out", fork)
    assert said.code == 0 and "epoch 3/3" in said.err
    assert RunDirectory.open(fork).state().parent == str(out)


def test_what_a_resumed_run_cannot_do_is_said_in_a_sentence(convoscope, tiny, tmp_path):
    for words, sentence in (
        (("--resume", tmp_path / "none"), "is not a run"),
        (("--resume", tmp_path, "--batch-size", 8), "--batch-size cannot be changed"),
        ((tiny, "--resume", tmp_path), "leave PROJECT.convo out"),
        ((tiny, "--at", 3), "--at names a checkpoint to --fork from"),
        ((), "train wants a PROJECT.convo"),
    ):
        said = convoscope("train", *words)
        assert said.code == 2 and sentence in said.err, said.err


def test_a_run_with_damaged_files_is_not_resumed_and_nothing_is_lost(convoscope, tiny, tmp_path):
    out = tmp_path / "run"
    convoscope("train", tiny, "--data", "digits", "--epochs", 1, "--threads", 1, "--out", out)
    for name, damage, sentence in (
        ("project.convo", b"{", "project.convo cannot be opened: it ends too early"),
        ("model.py", None, "model.py cannot be read: there is no such file"),
        (
            "events.jsonl",
            b"{}x\n",
            "events.jsonl cannot be followed: An event is not a line of JSON",
        ),
        ("events.jsonl", None, "events.jsonl cannot be written: there is no such file"),
    ):
        file = out / name
        before = file.read_bytes()
        file.write_bytes(damage) if damage else file.unlink()
        said = convoscope("train", "--resume", out, "--epochs", 2)
        assert said.code == 2 and sentence in said.err and "Traceback" not in said.err, said.err
        file.write_bytes(before)
    for folder in checkpoints(RunDirectory(out)):
        (folder / "weights.safetensors").write_bytes(b"")
    for words in (("--resume", out, "--epochs", 2), ("--fork", out, "--out", tmp_path / "fork")):
        said = convoscope("train", *words)
        assert said.code == 2 and "has no checkpoint that is whole" in said.err, said.err
    assert (out / "events.jsonl").read_bytes() == before


def test_a_run_that_goes_on_is_not_resumed_beside_it(convoscope, tiny, tmp_path):
    out = tmp_path / "run"
    convoscope("train", tiny, "--data", "digits", "--epochs", 1, "--threads", 1, "--out", out)
    RunDirectory.open(out).update(status="running", pid=os.getppid())
    said = convoscope("train", "--resume", out)
    assert said.code == 2 and f"is being trained by process {os.getppid()}" in said.err


def test_a_checkpoint_that_is_not_there_is_told_with_those_that_are(convoscope, tiny, tmp_path):
    out = tmp_path / "run"
    convoscope("train", tiny, "--data", "digits", "--epochs", 1, "--threads", 1, "--out", out)
    said = convoscope("train", "--fork", out, "--at", 7)
    assert said.code == 2
    assert f"{out} has no checkpoint of step 7; it has those of 0, 48." in said.err
