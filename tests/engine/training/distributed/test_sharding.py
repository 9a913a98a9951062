"""Two processes that keep but a piece of every tensor train what one does, to rounding."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from engine.network import edits
from engine.network.project import Project
from engine.recipe.adagrad import Adagrad
from engine.recipe.adam import Adam
from engine.recipe.augmentation.shift import Shift
from engine.recipe.muon import Muon
from engine.recipe.nadam import NAdam
from engine.recipe.sgd import SGD
from engine.training.control import Control
from engine.training.events import EpochEnded, Measured, SnapshotWritten, Started
from engine.training.fork import fork
from engine.training.loop import train
from engine.training.predictions import read_predictions
from engine.training.rundir import RunDirectory
from engine.training.standing import checkpoints
from tests.engine.training.distributed.pairing import (
    CASES,
    DROPPING,
    NORMALISED,
    drawn,
    equal,
    fail_alike,
    gone_on_with,
    pair,
    told,
)
from tests.engine.training.drawing import StopsAt, run_of, small, with_head

_SHARED = ("adamw, three batches a step", "rmsprop, clipped", "augmented", "averaged weights")
KINDS = {
    **{name: CASES[name] for name in (*_SHARED, "normalised, one image left over")},
    "adam": small(optimizer=Adam(learning_rate=0.01, weight_decay=0.01)),
    "two outputs": edits.set_recipe(with_head(), small(batch_size=50).recipe),
    "a part frozen": edits.set_frozen(drawn(NORMALISED, batch_size=50), ("conv2d1",), True),
    "nadam": small(optimizer=NAdam(learning_rate=0.003)),
    "adagrad": small(optimizer=Adagrad(learning_rate=0.03)),
    "muon": small(optimizer=Muon(learning_rate=0.01)),
    "16 bits": drawn(NORMALISED, precision="bf16", optimizer=SGD(learning_rate=0.05)),
    "scaled, clipped": small(precision="fp16", clip_norm=1.0, optimizer=SGD(learning_rate=0.05)),
}
ROUGH = {"16 bits": 0.02, "scaled, clipped": 0.02, "muon": 0.005}
"""How far two processes may be from one, where products have 16 bits."""
LASTING = drawn(DROPPING, epochs=2, batch_size=50, ema_decay=0.9, augmentations=(Shift(pixels=1),))
AVERAGED = small(ema_decay=0.9, optimizer=Adam(learning_rate=0.003))
OTHERS = {
    "averaged, whole": AVERAGED,
    "averaged, stopped": AVERAGED,
    "whole": LASTING,
    "broken off": LASTING,
    "wild": small(optimizer=SGD(learning_rate=100.0)),
    "long": small(epochs=20),
}


def in_pieces(project: Project) -> Project:
    return edits.set_recipe(project, replace(project.recipe, sharded=True))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[RunDirectory, RunDirectory]]:
    """Every case, trained by one process, and by two in pieces."""
    base = tmp_path_factory.mktemp("runs")
    found: dict[str, tuple[RunDirectory, RunDirectory]] = {}
    for name, project in (KINDS | OTHERS).items():
        found[name] = run_of(project, base / "alone"), run_of(in_pieces(project), base / "pieces")
        if name in KINDS or name in ("wild", "averaged, whole"):
            train(found[name][0], Control())
    for name in ("broken off", "averaged, stopped"):
        (found[name][1].path / "stop-after").write_text("17")
    pair(base / "meetings", [pieces for _, pieces in found.values()])
    return found


@pytest.mark.parametrize("name", KINDS)
def test_two_processes_in_pieces_have_the_losses_and_the_weights_of_one(
    both: dict[str, tuple[RunDirectory, RunDirectory]], name: str
) -> None:
    alone, pieces = both[name]
    assert pieces.state().status == "finished", pieces.state().message
    equal(alone, pieces, within=ROUGH.get(name, 1e-5))
    for one, two in zip(told(alone, EpochEnded), told(pieces, EpochEnded), strict=True):
        assert two.val_loss == pytest.approx(one.val_loss, abs=ROUGH.get(name, 1e-5))


def test_pieces_go_on_to_the_last_bit_where_they_were_stopped(
    both: dict[str, tuple[RunDirectory, RunDirectory]], tmp_path: Path
) -> None:
    whole, broken = both["whole"][1], both["broken off"][1]
    gone_on_with(broken, tmp_path / "meetings")
    equal(whole, broken, within=0)


def test_what_lies_in_pieces_is_watched_as_ever(
    both: dict[str, tuple[RunDirectory, RunDirectory]], tmp_path: Path
) -> None:
    pieces = both["long"][1]
    assert pieces.state().status == "finished", pieces.state().message
    alone = run_of(OTHERS["long"], tmp_path)
    train(alone, Control())
    # 8 · 9 + 8 + 10 · 288 + 10 weights, of which each tensor is cut in two.
    assert (
        "keeps but a piece of the 2,970 weights, the first one 1,485"
        in told(pieces, Started)[0].remark
    )
    measured = told(pieces, Measured)
    assert len(measured) >= 3
    by_step = {event.step: event for event in told(alone, Measured)}
    assert measured[0].nodes == next(iter(by_step.values())).nodes
    assert all(event.gradient_norm and event.update_ratio for event in measured)
    assert all(None not in (*event.weights[::2], event.dead[1]) for event in measured)
    assert len(told(pieces, SnapshotWritten)) >= 3
    predictions = read_predictions(pieces, "validation")
    assert predictions is not None
    # Of other weights than the last, the snapshots would differ from them.
    weights, snapshot = load_file(pieces.weights_file), load_file(pieces.snapshot_file)
    assert all((weights[name] == values).all() for name, values in snapshot.items())


def test_a_checkpoint_of_pieces_is_gone_on_from_by_one_process_and_the_other_way_round(
    both: dict[str, tuple[RunDirectory, RunDirectory]], tmp_path: Path
) -> None:
    whole, stopped = both["averaged, whole"][0], both["averaged, stopped"]
    train(stopped[0], StopsAt(17))
    forked: list[RunDirectory] = []
    for parent, project in zip(stopped, (in_pieces(AVERAGED), AVERAGED), strict=True):
        assert parent.state().status == "stopped"
        forked.append(run_of(project, tmp_path / "forked"))
        assert fork(checkpoints(parent)[-1], forked[-1]).step == 17
    pair(tmp_path / "meetings", forked[:1])
    train(forked[1], Control())
    for run in forked:
        assert run.state().status == "finished", run.state().message
        equal(whole, run, within=1e-5)


def test_pieces_that_diverge_name_the_step_and_the_node_that_one_process_names(
    both: dict[str, tuple[RunDirectory, RunDirectory]],
) -> None:
    alone, pieces = both["wild"]
    fail_alike(alone, pieces)
