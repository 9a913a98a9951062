"""What a person says of a run is kept beside what the trainer writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.training.about import About, change_about, read_about
from engine.training.rundir import RunDirectory, RunError
from tests.engine.training.drawing import run_of, small


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return run_of(small(), tmp_path)


def test_a_run_has_no_name_of_its_own_at_first(run: RunDirectory) -> None:
    assert read_about(run) == About()
    assert not run.about_file.exists()


def test_what_is_said_stays_while_the_trainer_rewrites_the_state(run: RunDirectory) -> None:
    change_about(run, name="  Breiter,\n mit Dropout ", note="line 1\nline 2\n")
    run.update(status="running")
    change_about(run, tags=["paper", " a,b ", "paper", ""])
    assert read_about(run) == About("Breiter, mit Dropout", "line 1\nline 2", ("paper", "a b"))
    assert run.state().status == "running"


def test_texts_without_end_are_cut_and_what_does_not_print_is_left_out(run: RunDirectory) -> None:
    about = change_about(
        run, name="\x1b[31mred" + "x" * 500, note="y" * 9_000, tags=map(str, range(99))
    )
    assert about.name.startswith("[31mred") and len(about.name) == 120
    assert (len(about.note), len(about.tags)) == (4_000, 20)
    assert read_about(run) == about


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b'"name"', b"[" * 100_000])
def test_a_damaged_file_is_said_in_a_sentence(run: RunDirectory, content: bytes) -> None:
    run.about_file.write_bytes(content)
    with pytest.raises(RunError, match=r"about\.json is damaged; name the run again"):
        read_about(run)


def test_values_of_other_kinds_are_taken_for_what_they_can_be(run: RunDirectory) -> None:
    run.about_file.write_text('{"name": 7, "tags": "all", "colour": "red"}')
    assert read_about(run) == About("7")


def test_a_folder_that_cannot_be_written_is_named(run: RunDirectory) -> None:
    run.about_file.mkdir()
    with pytest.raises(RunError, match=r"about\.json cannot be (read|written)"):
        change_about(run, name="x")
