"""The folder of a study: written once, read again, and what is damaged said in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.network import storage
from engine.studies.errors import StudyError
from engine.studies.folder import StudyDirectory, studies
from engine.studies.study import Plan, design
from engine.studies.variables import parse
from engine.training.about import read_about
from tests.engine.studies.drawing import sweep
from tests.engine.training.drawing import small


def test_a_study_is_read_as_it_was_written(tmp_path: Path) -> None:
    project = storage.loads(storage.dumps(small()))
    vary = (
        "clip_norm=off,1",
        "conv2d1.kernel_size=3,5x3",
        "conv2d1.bias=on,off",
        "conv2d1.groups=1,5",
    )
    plans = (
        Plan("seeds", 3),
        Plan("grid", 2, tuple(parse(project, text) for text in vary)),
        Plan("random", 1, (parse(project, "optimizer.learning_rate=0.01..1:log"),), 4, 7),
        Plan("ablation", 2, nodes=("relu2", "flatten3")),
    )
    for number, plan in enumerate(plans):
        study = design(project, plan)
        StudyDirectory.create_at(tmp_path / str(number), study)
        assert StudyDirectory.open(tmp_path / str(number)).study() == study
    assert [item.path.name for item in studies(tmp_path)] == ["3", "2", "1", "0"]


def test_a_run_of_a_study_is_an_ordinary_run_directory_with_a_name(tmp_path: Path) -> None:
    study = sweep("batch_size=32,64")
    folder = StudyDirectory.create(tmp_path, study)
    run = folder.begin(study, study.trials[1])
    assert run == folder.run_of(study, study.trials[1])
    assert run.path.name == "002-batch-size-64-seed-0"
    assert run.project().recipe.batch_size == 64
    assert run.state().status == "preparing"
    assert read_about(run).name == "Small: batch_size 64, seed 0"


def test_two_studies_of_one_second_have_two_folders(tmp_path: Path) -> None:
    study = sweep("batch_size=32,64")
    assert len({StudyDirectory.create(tmp_path, study).path for _ in range(3)}) == 3


def test_what_is_no_study_is_said_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"is not a study: it has no study\.json"):
        StudyDirectory.open(tmp_path)
    study = sweep("batch_size=32,64")
    folder = StudyDirectory.create_at(tmp_path / "study", study)
    with pytest.raises(StudyError, match="is not an empty folder; name a new one"):
        StudyDirectory.create_at(folder.path, study)
    text = folder.study_file.read_text()
    for damage, sentence in (
        (
            text.replace('"version": 1', '"version": 2'),
            "has version 2, but this Convoscope reads 1",
        ),
        (text.replace('"grid"', '"guess"'), "is damaged: .*no kind of study 'guess'"),
        (text[:100], "is damaged"),
        (json.dumps([]), "is damaged"),
        (text.replace('"modes": []', '"modes": [["relu2", "loud"]]'), "no mode 'loud'"),
    ):
        folder.study_file.write_text(damage)
        with pytest.raises(StudyError, match=sentence):
            folder.study()
    folder.runner_file.write_text(json.dumps({"status": "lost"}))
    with pytest.raises(StudyError, match=r"runner\.json cannot be read"):
        folder.runner()
