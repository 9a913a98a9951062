"""Declared schedules give torch's rates, step by step, without torch."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.optim import lr_scheduler

from engine.fields import Declaration, Integer, specs
from engine.recipe.constant import Constant
from engine.recipe.cosine import CosineAnnealingLR
from engine.recipe.one_cycle import OneCycleLR
from engine.recipe.plateau import ReduceLROnPlateau
from engine.recipe.recipe import SCHEDULES, Recipe
from engine.recipe.schedule import WARM_UP_FROM, Schedule
from engine.recipe.step import StepLR

PARTS = st.floats(0.0, 1.0)
RATE = 0.3
DRAWN: dict[type[Schedule], st.SearchStrategy[Any]] = {
    Constant: st.builds(Constant),
    StepLR: st.builds(StepLR, step_size=st.integers(1, 4), gamma=PARTS),
    CosineAnnealingLR: st.builds(CosineAnnealingLR, eta_min=st.floats(0.0, 0.2)),
    OneCycleLR: st.builds(
        OneCycleLR,
        pct_start=PARTS,
        div_factor=st.floats(1, 50),
        final_div_factor=st.floats(1, 1e5),
        anneal_strategy=st.sampled_from(["cos", "linear"]),
    ),
}
OURS = {"warmup"}


def stepped() -> torch.optim.Optimizer:
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=RATE)
    optimizer.step()
    return optimizer


def torchs(schedule: Schedule, steps: int, per_epoch: int) -> list[float]:
    """What torch's own schedulers make of it, stepped after every batch."""
    optimizer = stepped()
    warm = min(round(schedule.warmup * per_epoch), steps)
    left = steps - warm
    values: dict[str, Any] = {n: v for n, v in schedule.values.items() if n not in OURS}
    if isinstance(schedule, StepLR):
        values["step_size"] *= per_epoch
    elif isinstance(schedule, OneCycleLR):
        values |= {"max_lr": RATE, "total_steps": max(1, left), "cycle_momentum": False}
    elif isinstance(schedule, CosineAnnealingLR):
        values["T_max"] = max(1, left)
    chosen: Any
    if isinstance(schedule, Constant):
        chosen = lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)
    else:
        chosen = getattr(lr_scheduler, schedule.kind())(optimizer, **values)
    if warm:
        optimizer.param_groups[0]["initial_lr"] = optimizer.param_groups[0]["lr"] = RATE
        growing = lr_scheduler.LinearLR(optimizer, WARM_UP_FROM, total_iters=warm)
        chosen = lr_scheduler.SequentialLR(optimizer, [growing, chosen], [warm])
    rates = []
    for step in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        if step < steps - 1:
            chosen.step()
    return rates


@pytest.mark.parametrize("kind", [kind for kind in SCHEDULES.values() if not kind.watches])
@settings(max_examples=40, deadline=None)
@given(st.data())
def test_every_rate_is_torchs(kind: type[Schedule], data: st.DataObject) -> None:
    per_epoch, epochs = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 8))
    schedule = data.draw(DRAWN[kind])
    steps = per_epoch * epochs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's of the order of calls
        try:
            expected = torchs(schedule, steps, per_epoch)
        except ZeroDivisionError:  # torch's one-cycle where it rises for a single step
            return
    ours = [schedule.rate(RATE, step, steps, per_epoch) for step in range(steps)]
    assert ours == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("kind", [Constant, StepLR, CosineAnnealingLR])
@pytest.mark.parametrize("warmup", [0.5, 1.0, 2.0])
def test_a_warm_up_goes_before_each_as_torchs_sequence_has_it(
    kind: type[Schedule], warmup: float
) -> None:
    schedule = kind(warmup=warmup)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = torchs(schedule, 40, 10)
    ours = [schedule.rate(RATE, step, 40, 10) for step in range(40)]
    assert ours == pytest.approx(expected, rel=1e-6)
    assert ours[0] == pytest.approx(RATE / 100)


@settings(max_examples=80, deadline=None)
@given(
    st.builds(
        ReduceLROnPlateau,
        factor=st.floats(0.0, 0.9),
        patience=st.integers(0, 3),
        threshold=st.floats(0.0, 0.3),
        cooldown=st.integers(0, 3),
        min_lr=st.sampled_from([0.0, 0.01, 0.5]),
    ),
    st.lists(st.sampled_from([0.5, 0.6, 0.7, 0.8, 0.9, 1.0]), max_size=25),
)
def test_the_plateau_falls_when_torchs_does(
    schedule: ReduceLROnPlateau, losses: list[float]
) -> None:
    optimizer = stepped()
    theirs = lr_scheduler.ReduceLROnPlateau(
        optimizer, **{n: v for n, v in schedule.values.items() if n not in OURS}
    )
    for number, loss in enumerate(losses, 1):
        theirs.step(loss)
        expected = optimizer.param_groups[0]["lr"]
        assert schedule.checked(RATE, losses[:number]) == pytest.approx(expected)
    assert schedule.checked(RATE, []) == RATE


@pytest.mark.parametrize("kind", list(SCHEDULES))
def test_a_rate_is_there_and_no_more_than_asked_for_in_runs_of_any_length(kind: str) -> None:
    for warmup in (0.0, 0.3, 1.0, 100.0):
        for steps, per_epoch in ((1, 1), (2, 1), (3, 3), (10, 5)):
            schedule = SCHEDULES[kind](warmup=warmup)
            rates = [schedule.rate(RATE, step, steps, per_epoch) for step in range(steps)]
            assert all(0 <= rate <= RATE * (1 + 1e-12) for rate in rates)


@pytest.mark.parametrize("kind", list(SCHEDULES))
def test_every_schedule_says_what_it_is_and_takes_what_torch_takes(kind: str) -> None:
    declared = SCHEDULES[kind]
    assert declared.title and declared.purpose and declared.when.endswith(".")
    assert issubclass(declared, Declaration)
    for name, spec in specs(declared).items():
        assert spec.help.endswith("."), name
        # What is counted in epochs is counted in steps by torch.
        assert not isinstance(spec, Integer) or spec.unit == "epochs"
    if declared.reference:
        assert hasattr(lr_scheduler, kind)


def test_the_recipes_rate_is_its_optimisers_along_its_schedule() -> None:
    recipe = Recipe(schedule=StepLR(step_size=1, gamma=0.5))
    top = recipe.optimizer.learning_rate
    assert [recipe.rate(step, 6, 2) for step in range(6)] == [
        *(top, top, top / 2, top / 2, top / 4, top / 4)
    ]
    assert recipe.rate(2, 6, 2, highest=0.1) == 0.05
