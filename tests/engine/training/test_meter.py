"""What is measured agrees with what was computed."""

from __future__ import annotations

import pytest
import torch

from engine.training.meter import Clock, LossError, Meter


class Hand(Clock):
    """A clock that is set by hand."""

    time = 0.0

    def now(self) -> float:
        return self.time


def test_losses_accuracies_and_speed_are_those_of_the_steps_since_the_last_reading() -> None:
    clock = Hand()
    meter = Meter(clock, images=100, validations=50)
    right, wrong = [0.0, 1.0], [1.0, 0.0]
    meter.add(torch.tensor(0.5), torch.ones(4).long(), torch.tensor([right, wrong, right, right]))
    meter.add(torch.tensor(0.25), torch.ones(1).long(), torch.tensor([wrong]))
    clock.time = 2.0
    steps = meter.read()
    assert steps is not None
    assert (steps.step, steps.losses, steps.accuracies) == (2, (0.5, 0.25), (0.75, 0.0))
    assert steps.images_per_second == 2.5
    # 95 images at 0.4 s, and before any validation a third of that for each of 50.
    assert steps.seconds_left == pytest.approx(95 * 0.4 + 50 * 0.4 / 3)
    assert meter.read() is None
    assert meter.epoch() == pytest.approx(((4 * 0.5 + 0.25) / 5, 3 / 5, 2.5))


def test_without_class_scores_no_accuracy_is_told() -> None:
    meter = Meter(Clock(), images=8, validations=0)
    meter.add(torch.tensor(0.5), torch.zeros(4).long(), None)
    meter.add(torch.tensor(0.3), torch.zeros(4).long(), None)
    steps = meter.read()
    assert steps is not None
    assert (steps.accuracies, len(steps.losses)) == ((), 2)
    loss, accuracy, _ = meter.epoch()
    assert (round(loss, 6), accuracy) == (0.4, None)


def test_the_time_left_reaches_nothing_at_the_end() -> None:
    clock = Hand()
    meter = Meter(clock, images=4, validations=2)
    meter.add(torch.tensor(1.0), torch.zeros(4).long(), torch.zeros(4, 2))
    clock.time = 1.0
    meter.read()
    clock.time = 3.0
    meter.validated(2, 2.0)
    assert meter.seconds_left() == 0


def test_a_loss_that_is_no_number_ends_the_run_after_the_steps_before_it() -> None:
    meter = Meter(Clock(), images=100, validations=0)
    for loss in (0.5, float("nan"), 0.3):
        meter.add(torch.tensor(loss), torch.zeros(1).long(), torch.zeros(1, 2))
    with pytest.raises(LossError, match="became nan at step 2; lower the learning rate") as error:
        meter.read()
    assert error.value.step == 2
    assert error.value.steps.losses == (0.5,)
    assert error.value.steps.step == 1


def test_a_pause_does_not_count_as_time() -> None:
    clock = Clock()
    before = clock.now()
    clock.skip(100.0)
    assert clock.now() < before - 99


def test_it_asks_to_be_read_before_results_fill_the_memory() -> None:
    meter = Meter(Clock(), images=100, validations=0)
    assert not meter.add(torch.tensor(0.1), torch.zeros(4).long(), torch.zeros(4, 10))
    assert meter.add(torch.tensor(0.1), torch.zeros(1).long(), torch.zeros(1, 5_000_000))
