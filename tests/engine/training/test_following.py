"""A run's events are read on, and read anew where some were taken back."""

from __future__ import annotations

from pathlib import Path

from engine.training.events import EventError, Paused, Preparing, Resumed
from engine.training.following import EventReader
from engine.training.rundir import RunDirectory
from tests.engine.training.drawing import run_of, small


def test_events_are_read_once_each_and_a_half_line_waits(tmp_path: Path) -> None:
    run = run_of(small(), tmp_path)
    reader = EventReader(run)
    assert reader.read() == [] and not reader.again
    run.append(Paused(1), Resumed(1))
    assert reader.read(10) == [Paused(1)] and not reader.drained
    with run.events_file.open("ab") as file:
        file.write(b'{"event": "Pau')
    assert reader.read(1000) == [Resumed(1)] and reader.drained
    with run.events_file.open("ab") as file:
        file.write(b'sed", "step": 2}\n')
    assert reader.read() == [Paused(2)] and not reader.again


def test_all_is_read_anew_when_other_events_have_taken_the_place_of_some(tmp_path: Path) -> None:
    """The file may have grown beyond where it was read to before anybody looks."""
    run = run_of(small(), tmp_path)
    run.append(Paused(1))
    length = run.events_file.stat().st_size
    run.append(Paused(2))
    reader = EventReader(run)
    assert len(reader.read()) == 2
    run.take_back(length)
    run.append(Preparing("Reading the project, which takes long", 0.25), Resumed(1))
    assert reader.read() == [
        Paused(1),
        Preparing("Reading the project, which takes long", 0.25),
        Resumed(1),
    ]
    assert reader.again
    assert reader.read() == [] and not reader.again


def test_what_was_only_taken_back_is_noticed_before_more_is_told(tmp_path: Path) -> None:
    run: RunDirectory = run_of(small(), tmp_path)
    run.append(Paused(1))
    length = run.events_file.stat().st_size
    run.append(Paused(2))
    reader = EventReader(run)
    reader.read()
    run.take_back(length)
    assert reader.read() == [Paused(1)] and reader.again
    run.append(Resumed(1))
    try:
        assert reader.read() == [Resumed(1)]
    except EventError as error:
        raise AssertionError(str(error)) from None
