"""What a study's runs come to."""

from __future__ import annotations

import pytest

from engine.recipe.mse import MSELoss
from engine.studies.study import Plan, design
from engine.studies.table import MEASURES, best, curve, rows, usual
from tests.engine.studies.drawing import ended, sweep
from tests.engine.training.drawing import small

ACCURACY, LOSS = MEASURES["val_accuracy"], MEASURES["val_loss"]


def test_a_row_is_the_spread_over_the_seeds_that_have_finished() -> None:
    study = sweep("batch_size=32,64", seeds=3)
    values = {(0, 0): 0.8, (0, 1): 0.9, (0, 2): 0.85, (1, 0): 0.95, (1, 1): 0.91}
    outcomes = [
        ended(trial, values[trial.variant, trial.seed])
        if (trial.variant, trial.seed) in values
        else ended(trial, status="failed")
        for trial in study.trials
    ]
    one, two = rows(study, outcomes, ACCURACY)
    assert one.spread is not None and two.spread is not None
    assert (one.spread.n, one.spread.low, one.spread.high) == (3, 0.8, 0.9)
    assert one.spread.mean == pytest.approx(0.85)
    assert (two.finished, two.failed, two.runs) == (2, 1, 3)
    assert best([one, two], ACCURACY) == two
    # The same by the loss, of which less is better.
    assert best(rows(study, outcomes, LOSS), LOSS) == rows(study, outcomes, LOSS)[1]
    assert best(rows(study, [], ACCURACY), ACCURACY) is None


def test_an_ablation_is_compared_seed_by_seed() -> None:
    study = design(small(), Plan("ablation", 3, nodes=("relu2",)))
    base, drop = {0: 0.9, 1: 0.7, 2: 0.8}, 0.1
    outcomes = [ended(trial, base[trial.seed] - drop * trial.variant) for trial in study.trials]
    unchanged, without = rows(study, outcomes, ACCURACY)
    assert unchanged.difference is None
    assert without.difference is not None and without.spread is not None
    assert without.difference.mean == pytest.approx(-drop)
    # What the seeds do to both cancels out.
    assert without.difference.std == pytest.approx(0, abs=1e-12)
    assert without.spread.std == pytest.approx(0.1)


def test_a_curve_has_the_spread_of_every_epoch_over_the_runs_that_came_so_far() -> None:
    study = sweep("batch_size=32,64", seeds=2)
    outcomes = [
        ended(trial, *((0.5, 0.7) if trial.seed == 0 else (0.6,))) for trial in study.trials
    ]
    found = curve(outcomes, 1, "val_accuracy")
    assert found.epochs == (1, 2)
    assert [item.n for item in found.spreads] == [2, 1]
    assert found.spreads[0].mean == pytest.approx(0.55)


def test_runs_are_first_compared_by_what_they_measure() -> None:
    assert usual(small()) is MEASURES["val_accuracy"]
    assert usual(small(validation=0.0)) is MEASURES["train_accuracy"]
    assert usual(small(loss=MSELoss())) is MEASURES["val_loss"]
