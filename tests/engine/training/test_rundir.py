"""A run directory is made whole, replaced whole, and read while it is written."""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from engine.training.events import EventError, Paused, Resumed, Steps
from engine.training.rundir import RunDirectory, RunError, RunState, runs, runs_folder
from tests.engine.training.drawing import run_of, small


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return run_of(small(seed=7), tmp_path)


def test_a_new_run_holds_the_project_the_source_and_its_state(run: RunDirectory) -> None:
    assert replace(run.project(), placement={}) == small(seed=7)
    assert "def build()" in run.source_text()
    state = run.state()
    assert (state.status, state.name, state.seed) == ("preparing", "Small", 7)
    assert state.created > 1e9
    assert run.events() == ([], 0)


def test_two_runs_of_one_second_get_two_directories(tmp_path: Path) -> None:
    paths = {run_of(small(), tmp_path).path for _ in range(3)}
    assert len(paths) == 3
    assert [run.path for run in runs(tmp_path)] == sorted(paths, reverse=True)


def test_a_folder_that_holds_anything_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(RunError, match="is not an empty folder; name a new one"):
        RunDirectory.create_at(tmp_path, small(), "")
    with pytest.raises(RunError, match="is not an empty folder"):
        RunDirectory.create_at(tmp_path / "letter.txt", small(), "")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match=r"cannot be written to .*run"):
        RunDirectory.create_at(tmp_path / "file" / "run", small(), "")


def test_a_folder_without_a_run_is_none(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"is not a run: it has no run\.json"):
        RunDirectory.open(tmp_path)
    assert list(runs(tmp_path)) == []
    assert list(runs(tmp_path / "nowhere")) == []


def test_runs_lie_in_the_users_data_folder(data_home: Path) -> None:
    assert runs_folder() == data_home / "runs"


def test_the_state_is_changed_field_by_field_and_leaves_no_litter(run: RunDirectory) -> None:
    run.update(status="running", mean=(0.1, 0.2), classes=("cat", "dog"))
    state = run.update(pid=12)
    assert state == run.state()
    assert (state.status, state.mean, state.classes, state.pid) == (
        "running",
        (0.1, 0.2),
        ("cat", "dog"),
        12,
    )
    assert [path.name for path in run.path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"status": 3}', "nonsense", '{"status": "running"}']
)
def test_a_damaged_state_is_named(run: RunDirectory, text: str) -> None:
    run.state_file.write_text(text)
    with pytest.raises(RunError, match=r"run\.json cannot be read"):
        run.state()


def test_an_unknown_status_is_refused(run: RunDirectory) -> None:
    values = json.loads(run.state_file.read_text())
    run.state_file.write_text(json.dumps({**values, "status": "exploded"}))
    with pytest.raises(RunError, match="unknown status 'exploded'"):
        run.state()


def test_whoever_reads_the_state_while_it_is_replaced_finds_a_whole_one(run: RunDirectory) -> None:
    done = threading.Event()
    seen: set[int] = set()

    def read() -> None:
        while not done.is_set():
            seen.add(run.state().pid)

    reader = threading.Thread(target=read)
    reader.start()
    for pid in range(100):
        run.update(pid=pid, message="long " * 2000)
    done.set()
    reader.join()
    assert seen <= set(range(100))


def test_changes_from_several_threads_are_all_kept(run: RunDirectory) -> None:
    def set_threads() -> None:
        for number in range(20):
            run.update(threads=number)

    other = threading.Thread(target=set_threads)
    other.start()
    for number in range(20):
        run.update(pid=number)
    other.join()
    assert (run.state().pid, run.state().threads) == (19, 19)


def test_events_are_read_from_where_the_last_reading_ended(run: RunDirectory) -> None:
    run.append(Paused(1))
    first, at = run.events()
    run.append(Resumed(1), Steps(2, (0.5,), (1.0,), 10.0, 3.0))
    rest, end = run.events(at)
    assert first == [Paused(1)]
    assert rest == [Resumed(1), Steps(2, (0.5,), (1.0,), 10.0, 3.0)]
    assert run.events(end) == ([], end)
    assert run.events() == ([*first, *rest], end)


def test_a_half_written_line_waits_for_its_end(run: RunDirectory) -> None:
    run.append(Paused(1))
    with run.events_file.open("ab") as file:
        file.write(b'{"event": "Resumed", "st')
    events, at = run.events()
    assert events == [Paused(1)]
    assert run.events(at) == ([], at)
    with run.events_file.open("ab") as file:
        file.write(b'ep": 1}\n')
    assert run.events(at)[0] == [Resumed(1)]


def test_a_long_history_is_read_in_pieces(run: RunDirectory) -> None:
    run.append(*(Paused(step) for step in range(100)))
    events, at = run.events(0, 100)
    assert 0 < len(events) < 10
    while piece := run.events(at, 100)[0]:
        events += piece
        at = run.events(at, 100)[1]
    assert events == [Paused(step) for step in range(100)]


def test_a_damaged_line_is_an_error(run: RunDirectory) -> None:
    run.events_file.write_bytes(b"\xff\xfe\n")
    with pytest.raises(EventError):
        run.events()


def test_the_state_has_the_fields_that_others_read(run: RunDirectory) -> None:
    assert set(json.loads(run.state_file.read_text())) == set(vars(RunState()))


def test_when_a_run_ended_is_kept_and_forgotten_when_it_goes_on(run: RunDirectory) -> None:
    assert run.state().ended == 0
    assert run.update(status="stopped").ended >= run.state().created
    run.update(message="x")
    assert run.state().ended > 0
    assert run.update(status="running").ended == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_run_that_cannot_be_begun_on_a_full_disk_leaves_no_folder(tmp_path: Path) -> None:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(RunError, match="cannot be written"):
            run_of(small(), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []
