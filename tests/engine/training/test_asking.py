"""What is asked of a run through its directory reaches the process that trains it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.training import asking
from engine.training.asking import ask, attending
from engine.training.control import Control, Wish
from engine.training.rundir import RunDirectory, RunError
from tests.engine.training.drawing import run_of, small


def wait(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end, "nothing happened within 5 s"
        time.sleep(0.01)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDirectory:
    monkeypatch.setattr(asking, "LOOK", 0.02)
    return run_of(small(), tmp_path)


def test_a_pause_a_change_and_a_stop_are_heard_but_not_what_was_asked_before(
    run: RunDirectory,
) -> None:
    control = Control()
    ask(run, "stop")
    with attending(run, control):
        ask(run, "pause")
        wait(lambda: control.paused)
        assert not control.stopped
        ask(run, Wish(rate=0.25, epochs=7))
        ask(run, "resume")
        wait(lambda: not control.paused)
        ask(run, Wish(checkpoint=True))
        ask(run, "stop")
        wait(lambda: control.stopped)
    assert control.granted() == [Wish(rate=0.25, epochs=7), Wish(checkpoint=True)]


def test_lines_that_ask_for_nothing_sensible_are_left_out(run: RunDirectory) -> None:
    control = Control()
    with attending(run, control):
        with run.asked_file.open("ab") as file:
            for line in (
                *(b"[1]", b"stop", b'{"ask": "explode"}', b'{"wish": 3}', b"\xff\xfe", b"[" * 9000),
                *(
                    b'{"wish": {"rate": -1}}',
                    b'{"wish": {"rate": "1"}}',
                    b'{"wish": {"epochs": 0.5}}',
                ),
            ):
                file.write(line + b"\n")
            file.write(b'{"ask": "pau')
        ask(run, "pause")  # It ends the broken line, and is lost with it.
        ask(run, Wish(epochs=3))
        wait(lambda: control.attention)
    assert control.granted() == [Wish(epochs=3)]
    assert not control.paused


def test_a_run_shows_signs_of_life_while_it_stands_still(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PULSE", 0.05)
    before = run.state_file.stat().st_mtime_ns
    with attending(run, Control()):
        wait(lambda: run.state_file.stat().st_mtime_ns > before)


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    missing = RunDirectory(tmp_path / "missing")
    with pytest.raises(RunError, match=r"asked\.jsonl cannot be written"):
        ask(missing, "pause")
