from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from engine.studies.folder import StudyDirectory
from engine.studies.outcomes import Outcomes
from engine.training.runlist import RunList
from tests.engine.cli.conftest import ROOT
from tests.engine.workers.conftest import private_runtime


@pytest.fixture(autouse=True)
def runtime():
    with private_runtime() as folder:
        yield folder


def test_an_ablation_is_trained_and_compared_for_programs_and_people(convoscope, tiny, tmp_path):
    out = tmp_path / "Studie"
    said = convoscope(
        *("study", tiny, "--ablate", "conv2,flatten1", "--seeds", 2, "--epochs", 1, "--threads", 1),
        *("--out", out, "--json"),
    )
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert said.code == 0
    assert [(line["label"], line["seed"]) for line in lines[:-1]] == [
        ("unchanged", 0),
        ("conv2 bypassed", 0),
        ("unchanged", 1),
        ("conv2 bypassed", 1),
    ]
    end = lines[-1]
    assert (end["study"], end["done"], end["measure"]) == (str(out), True, "val_accuracy")
    unchanged, without = end["variants"]
    pairs = [b - a for a, b in zip(unchanged["values"], without["values"], strict=True)]
    assert without["difference_mean"] == pytest.approx(sum(pairs) / 2)
    assert [item["label"] for item in end["refused"]] == ["flatten1"]
    # A finished study is shown again without training.
    said = convoscope("study", "--resume", out, "--by", "val_loss")
    assert said.code == 0
    assert "validation loss" in said.out and "conv2 bypassed" in said.out
    assert said.out.rstrip().endswith(f"finished: {out}")
    assert "left out: flatten1: " in said.err


def test_runs_of_a_study_are_in_the_list_of_runs(convoscope, tiny):
    said = convoscope("study", tiny, "--seeds", 2, "--epochs", 1, "--threads", 1, "--at-once", 2)
    assert said.code == 0
    assert "as drawn, seed 1: validation accuracy" in said.err
    known = RunList()
    assert [item.status for item in known.look()] == ["finished"] * 2
    assert {item.name for item in known.summaries} == {
        "Tiny CNN: as drawn, seed 0",
        "Tiny CNN: as drawn, seed 1",
    }


def test_ctrl_c_ends_a_study_that_can_then_be_resumed(convoscope, tiny, tmp_path):
    out = tmp_path / "study"
    command = [sys.executable, str(ROOT / "main.py"), "study", str(tiny), "--seeds", "2"]
    process = subprocess.Popen(
        [*command, "--epochs", "2000", "--threads", "1", "--out", str(out), "--json"],
        stdout=subprocess.PIPE,
    )
    limit = time.monotonic() + 60
    outcomes = None
    while outcomes is None or outcomes.all[0].status != "running":
        assert time.monotonic() < limit
        time.sleep(0.05)
        if outcomes is None and (out / "study.json").is_file():
            outcomes = Outcomes(StudyDirectory.open(out))
        elif outcomes is not None:
            outcomes.look()
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(told.splitlines()[-1])["done"] is False
    outcomes.look()
    assert [item.status for item in outcomes.all] == ["stopped", "waiting"]
    run = outcomes.folder.run_of(outcomes.study, outcomes.study.trials[0])
    assert list(run.checkpoints_folder.iterdir())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "say what the study is about: --seeds, --vary or --ablate."),
        (["--seeds", "0"], "must be at least 1, not 0."),
        (["--vary", "epoch=1,2"], "did you mean epochs?"),
        (["--vary", "batch_size=9..3"], "the range from 9 to 3 is empty"),
        (["--vary", "conv1.groups=3,5"], "Nothing is left to train; conv1.groups 5: conv1 has"),
        (["--random", "3"], "Nothing varies"),
        (["--ablate", "output1"], "always active"),
        (["--ablate", "conv9"], "There is no node 'conv9' in this project."),
        (["--ablate", "conv1", "--vary", "batch_size=1,2"], "leave --vary and --random out."),
        (["--seeds", "2", "--at-once", "0"], "--at-once must be a whole number from 1 to 64"),
        (["--seeds", "2", "--lr", "-1"], "--lr must be a number from"),
        (["--seeds", "2", "--by", "beauty"], "invalid choice: 'beauty'"),
    ],
)
def test_a_bad_study_is_one_sentence_and_leaves_no_folder(
    refused, tiny, tmp_path, options, sentence
):
    out = tmp_path / "study"
    assert sentence in refused("study", tiny, "--out", out, *options)
    assert not out.exists()


def test_a_resumed_study_is_as_it_is(refused, tiny, tmp_path):
    assert "is not a study" in refused("study", "--resume", tmp_path)
    assert "leave PROJECT.convo out" in refused("study", tiny, "--resume", tmp_path)
    assert "leave --seeds out" in refused("study", "--resume", tmp_path, "--seeds", 3)
    assert "leave --lr out" in refused("study", "--resume", tmp_path, "--lr", 3)
    assert "wants a PROJECT.convo" in refused("study", "--seeds", 3)
