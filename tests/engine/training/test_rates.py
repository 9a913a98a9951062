"""The learning-rate range test: what its losses say, and the real test on digits."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from engine.fields import ParameterError
from engine.training.control import Control
from engine.training.events import Event, Failed, Finished, Started, Steps, Stopped
from engine.training.rate_test import try_rates
from engine.training.rates import Divergence, RateTest, ask, asked, conclude, smoothed
from engine.training.rundir import RunDirectory, RunError
from tests.engine.training.drawing import run_of, small


def tried(run: RunDirectory, test: RateTest) -> list[Event]:
    try_rates(run, test, Control())
    return run.events()[0]


def losses_of(events: list[Event]) -> list[float]:
    return [loss for event in events if isinstance(event, Steps) for loss in event.losses]


def test_rates_grow_by_one_factor_from_the_lowest_to_the_highest() -> None:
    test = RateTest(low=1e-4, high=1.0, steps=41)
    assert test.rate(0) == 1e-4
    assert test.rate(40) == pytest.approx(1.0)
    assert test.rate(20) == pytest.approx(1e-2)


def test_a_fall_and_a_rise_are_found_where_they_were_put() -> None:
    test = RateTest(low=1e-6, high=10.0, steps=141)
    # From 2.3 down to 0.3 around a rate of 0.01, and up again from 0.1 on.
    losses = [
        0.3
        + 2 / (1 + math.exp(6 * (math.log10(test.rate(step)) + 2)))
        + max(0.0, math.log10(test.rate(step)) + 1) ** 2
        for step in range(test.steps)
    ]
    found = conclude(test, losses)
    least = test.rate(losses.index(min(losses)))
    assert found.least is not None and least / 1.3 < found.least < least * 1.3
    assert found.suggested == pytest.approx(found.least / 10, rel=0.05)
    assert found.steepest == pytest.approx(0.01, rel=0.2)
    assert len(found.smooth) == len(losses)


def test_where_no_rate_teaches_anything_there_is_no_suggestion() -> None:
    test = RateTest(steps=60)
    assert conclude(test, [2.3] * 60).suggested is None
    assert "did the loss fall" in conclude(test, [2.3] * 60).sentence
    assert "did the loss fall" in conclude(test, [2.3 + 0.01 * n for n in range(60)]).sentence
    assert conclude(test, [2.3] * 4).sentence == "Too few steps for a suggestion."


def test_where_the_loss_falls_to_the_end_there_is_no_suggestion() -> None:
    test = RateTest(steps=2000)
    stopped = [2.3 - 0.002 * step for step in range(600)]
    found = conclude(test, stopped)
    assert found.suggested is None
    assert found.sentence.startswith("The loss still fell at the last rate tried, 0.00013;")
    assert conclude(test, [*stopped, *(1.1 + 0.002 * n for n in range(100))]).suggested is not None


def test_smoothing_keeps_a_line_straight_and_moves_no_dip() -> None:
    assert smoothed([]) == []
    assert smoothed([2.0]) == [2.0]
    line = [0.1 * n for n in range(100)]
    assert smoothed(line)[30:70] == pytest.approx(line[30:70])
    dip = [abs(n - 40) / 10 for n in range(81)]
    assert smoothed(dip).index(min(smoothed(dip))) == 40


def test_a_loss_that_quadruples_for_some_steps_has_diverged_and_one_peak_has_not() -> None:
    watch = Divergence()
    assert not any(watch.after(loss) for loss in (2.0, 1.5, 1.0, 1.0, 1.0, 1.0, 1.0, 9.0, 1.0))
    assert any(watch.after(20.0) for _ in range(5))


def test_a_test_on_digits_suggests_a_rate_that_learns_and_leaves_no_weights(tmp_path: Path) -> None:
    test = RateTest(steps=80)
    one, again = (tried(run_of(small(), tmp_path / name), test) for name in ("a", "b"))
    assert losses_of(one) == losses_of(again)
    assert isinstance(one[-1], Finished)
    assert any(isinstance(event, Started) for event in one)
    found = conclude(test, losses_of(one))
    assert found.suggested is not None and 1e-4 < found.suggested < 0.3
    run = next((tmp_path / "a").iterdir())
    assert not list(run.rglob("*.safetensors"))
    assert RunDirectory.open(run).state().status == "finished"


def test_a_diverging_loss_ends_the_test_and_says_at_which_rate(tmp_path: Path) -> None:
    from engine.recipe.sgd import SGD

    project = small(optimizer=SGD(learning_rate=0.01))
    events = tried(run_of(project, tmp_path), RateTest(low=0.001, high=1000.0, steps=60))
    assert isinstance(events[-1], Finished)
    assert len(losses_of(events)) < 60
    assert all(math.isfinite(loss) for loss in losses_of(events))
    assert "so the test ended there" in events[-1].reason


def test_a_test_can_be_stopped_and_can_fail_in_one_sentence(tmp_path: Path) -> None:
    run = run_of(small(), tmp_path)
    control = Control()
    control.stop()
    try_rates(run, RateTest(), control)
    assert isinstance(run.events()[0][-1], Stopped)
    run = run_of(small(), tmp_path)
    run.source_file.write_text("import os\n")
    events = tried(run, RateTest())
    assert isinstance(events[-1], Failed)
    assert run.state().status == "failed"


def test_what_is_asked_of_a_folder_is_read_again(tmp_path: Path) -> None:
    run = run_of(small(), tmp_path)
    assert asked(run) is None
    test = RateTest(low=1e-3, high=2.0, steps=50)
    ask(run, test)
    assert asked(run) == test
    (run.path / "rate-test.json").write_text('{"low": "much"}')
    with pytest.raises(RunError, match=r"rate-test\.json cannot be read: RateTest: low must be"):
        asked(run)


def test_rates_that_do_not_grow_are_refused() -> None:
    with pytest.raises(ParameterError, match="high must be above the lowest rate, 1, not"):
        RateTest(low=1.0, high=0.5)
