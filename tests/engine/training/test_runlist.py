"""The list of runs finds them all, remembers what it read, and survives whatever lies around."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine.training.events import EpochEnded
from engine.training.rundir import RunDirectory, RunError, runs_folder, studies_folder
from engine.training.runlist import RunList, elsewhere, find, forget, remember
from engine.training.summary import Reading, Summary
from tests.engine.training.drawing import run_of, small


def ended(number: int = 1, base: Path | None = None) -> RunDirectory:
    run = run_of(small(seed=number), base or runs_folder())
    run.append(EpochEnded(1, 10, 0.5, 0.5, 0.4, 0.9, 1000.0, 1.0))
    run.update(status="finished")
    return run


def looked() -> RunList:
    found = RunList()
    list(found.look())
    return found


def test_without_a_folder_there_are_no_runs(data_home: Path) -> None:
    assert looked().summaries == []


def test_the_runs_are_listed_with_the_newest_first(data_home: Path) -> None:
    paths = [ended(number).path for number in range(3)]
    assert [item.path for item in looked().summaries] == paths[::-1]


def test_what_changes_is_told_once(data_home: Path) -> None:
    run, other = ended(1), ended(2)
    found = RunList()
    assert {item.path for item in found.look() if isinstance(item, Summary)} == {
        run.path,
        other.path,
    }
    assert list(found.look()) == []
    run.append(EpochEnded(2, 20, 0.5, 0.5, 0.3, 0.9, 1000.0, 1.0))
    (told,) = found.look()
    assert isinstance(told, Summary) and told.epochs_done == 2
    shutil.rmtree(other.path)
    assert list(found.look()) == [other.path]


def test_between_whole_looks_only_runs_that_go_on_are_looked_at(data_home: Path) -> None:
    run, going = ended(), run_of(small(), runs_folder())
    found = looked()
    for item in (run, going):
        item.append(EpochEnded(2, 20, 0.5, 0.5, 0.3, 0.9, 1000.0, 1.0))
    (told,) = found.look(whole=False)
    assert isinstance(told, Summary) and told.path == going.path
    assert len(list(found.look())) == 1


def test_the_next_time_nothing_is_read_again(
    data_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ended()
    first = looked()
    first.save()
    with monkeypatch.context() as patch:
        patch.setattr(Reading, "_take", lambda self, lines: pytest.fail("it was read again"))
        again = RunList()
        assert again.summaries == first.summaries
        assert list(again.look()) == []
    run.append(EpochEnded(2, 20, 0.5, 0.5, 0.3, 0.9, 1000.0, 1.0))
    (told,) = again.look()
    assert isinstance(told, Summary) and (told.epochs_done, told.best_loss) == (2, 0.3)


def test_runs_that_go_on_and_damaged_ones_are_read_anew_the_next_time(data_home: Path) -> None:
    going, damaged = run_of(small(), runs_folder()), ended()
    damaged.about_file.write_text("{")
    looked().save()
    assert json.loads((data_home / "runs-index.json").read_text())["runs"] == []
    assert {item.path for item in looked().summaries} == {going.path, damaged.path}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"version": 99, "runs": [1]}',
        b'{"version": 1, "runs": [{}]}',
        b'{"version": 1, "runs": [3]}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_an_index_that_cannot_be_used_is_made_anew(data_home: Path, content: bytes) -> None:
    ended()
    (data_home / "runs-index.json").write_bytes(content)
    found = looked()
    assert len(found.summaries) == 1
    found.save()
    assert len(RunList().summaries) == 1


def test_an_index_with_words_for_numbers_is_made_anew(data_home: Path) -> None:
    ended()
    looked().save()
    index = data_home / "runs-index.json"
    kept = json.loads(index.read_text())
    kept["runs"][0]["val_loss"] = "high"
    index.write_text(json.dumps(kept))
    assert RunList().summaries == []
    assert looked().summaries[0].val_loss == 0.4


def test_foreign_folders_and_files_are_no_runs_but_damaged_runs_are(data_home: Path) -> None:
    base = runs_folder()
    base.mkdir()
    (base / "letter.txt").write_text("dear")
    (base / "photos").mkdir()
    (base / "photos" / "a.png").write_bytes(b"\x89PNG")
    (base / ".hidden").mkdir()
    (base / ".hidden" / "run.json").write_text("{}")
    (base / "loop").symlink_to(base / "loop")
    (base / "half").mkdir()
    (base / "half" / "events.jsonl").write_text("")
    (found,) = looked().summaries
    assert (found.name, found.status) == ("half", "unreadable")
    assert "has no run.json" in found.trouble


def test_a_run_anywhere_is_remembered_until_it_is_forgotten(
    data_home: Path, tmp_path: Path
) -> None:
    run = ended(base=tmp_path / "anderswo")
    assert remember(run.path).path == run.path
    remember(run.path)
    assert elsewhere() == (run.path,)
    assert [item.path for item in looked().summaries] == [run.path]
    forget(run.path)
    assert looked().summaries == []
    assert run.state_file.is_file()


def test_a_run_of_the_users_folder_needs_no_remembering(data_home: Path) -> None:
    remember(ended().path)
    assert elsewhere() == ()


def test_the_runs_of_studies_are_listed_too(data_home: Path) -> None:
    single = ended()
    study = studies_folder() / "widths"
    part = ended(base=study)
    (study / "project.convo").write_text("the study's own")
    (studies_folder() / "letter.txt").write_text("dear")
    remember(part.path)
    assert elsewhere() == ()
    assert {item.path for item in looked().summaries} == {single.path, part.path}


def test_what_is_no_run_is_not_remembered(data_home: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"is not a run: it has no run\.json"):
        remember(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[1, null]", b"[" * 100_000])
def test_a_damaged_list_of_runs_elsewhere_is_an_empty_one(data_home: Path, content: bytes) -> None:
    (data_home / "runs-elsewhere.json").write_bytes(content)
    assert elsewhere() == ()


def test_a_run_is_found_by_its_path_and_by_its_name(data_home: Path) -> None:
    run = ended()
    assert find(str(run.path)).path == find(run.path.name).path == run.path
    with pytest.raises(RunError, match="nowhere is no run"):
        find("nowhere")
