"""Steps: clipped, gathered from several batches, averaged, in 16 bits; and runs that end early."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from engine.layers.catalogue import layer
from engine.recipe.constant import Constant
from engine.recipe.cross_entropy import CrossEntropyLoss
from engine.recipe.muon import Muon
from engine.recipe.recipe import Recipe
from engine.recipe.sgd import SGD
from engine.training.averaging import Average
from engine.training.batches import Normalizer
from engine.training.build import build
from engine.training.device import determinism, precision_of
from engine.training.errors import TrainingError
from engine.training.events import EpochEnded, Event, Finished, Started, Steps
from engine.training.losses import Objective
from engine.training.optimizers import make_optimizer
from engine.training.updates import Update
from tests.engine.training.drawing import SMALL, chain, small, trained

CPU = torch.device("cpu")
PLAIN = SGD(learning_rate=0.1, momentum=0.0)


def made(**values: Any) -> tuple[nn.Module, Update]:
    """A small module, the same each time, and its steps."""
    usual: dict[str, Any] = {"batch_size": 8, "optimizer": PLAIN, "schedule": Constant()}
    recipe = Recipe(**{**usual, **values})
    torch.manual_seed(3)
    module = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(144, 10))
    optimizer = make_optimizer(recipe.optimizer, module.named_parameters())
    normalizer = Normalizer([0.5], [0.5], CPU, recipe.channels_last)
    return module, Update(module, Objective(recipe), optimizer, normalizer, CPU, recipe=recipe)


def images(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(1)
    pixels = torch.randint(0, 256, (count, 8, 8, 1), generator=draw, dtype=torch.uint8)
    return pixels, torch.randint(0, 10, (count,), generator=draw)


def moved(module: nn.Module, update: Update, count: int, rate: float = 0.1) -> list[torch.Tensor]:
    before = [item.detach().clone() for item in module.parameters()]
    update.take(*images(count), rate, 0)
    return [item.detach() - old for item, old in zip(module.parameters(), before, strict=True)]


def test_the_batches_of_a_step_weigh_as_one_of_all_their_images() -> None:
    whole = moved(*made(batch_size=20), 20)
    parts = moved(*made(batch_size=8, accumulate=3), 20)  # 8, 8 and 4
    assert all(
        torch.allclose(one, other, atol=1e-6) for one, other in zip(whole, parts, strict=True)
    )
    loss, scores = made(batch_size=20)[1].take(*images(20), 0.1, 0)
    gathered, all_scores = made(batch_size=8, accumulate=3)[1].take(*images(20), 0.1, 0)
    assert gathered.item() == pytest.approx(loss.item(), rel=1e-5)
    assert scores is not None and all_scores is not None
    assert torch.allclose(all_scores, scores, atol=1e-5)


def test_the_batches_of_a_step_weigh_as_one_where_classes_count_differently() -> None:
    loss = CrossEntropyLoss(class_weights=(9, 1, 1, 5, 1, 0.2, 1, 1, 3, 1), label_smoothing=0.1)
    whole = moved(*made(batch_size=20, loss=loss), 20)
    parts = moved(*made(batch_size=8, accumulate=3, loss=loss), 20)
    assert all(
        torch.allclose(one, other, atol=1e-6) for one, other in zip(whole, parts, strict=True)
    )


def test_gradients_are_shortened_to_the_norm() -> None:
    free = torch.cat([item.flatten() for item in moved(*made(), 8, 1.0)])
    clipped = torch.cat([item.flatten() for item in moved(*made(clip_norm=0.1), 8, 1.0)])
    assert free.norm().item() > 0.2
    assert clipped.norm().item() == pytest.approx(0.1, rel=1e-3)
    assert torch.allclose(clipped / 0.1, free / free.norm(), atol=1e-4)
    assert torch.allclose(
        torch.cat([item.flatten() for item in moved(*made(clip_norm=1e6), 8, 1.0)]), free, atol=1e-7
    )


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_16_bits_step_nearly_as_32_and_weights_stay_in_32(precision: str) -> None:
    full = moved(*made(), 8)
    module, update = made(precision=precision, clip_norm=1e6)
    half = moved(module, update, 8)
    assert all(item.dtype == torch.float32 for item in module.parameters())
    one, other = (torch.cat([item.flatten() for item in items]) for items in (full, half))
    assert torch.nn.functional.cosine_similarity(one, other, 0) > 0.995
    assert not torch.equal(one, other)


def test_two_optimisers_step_together_in_16_bits() -> None:
    module, update = made(precision="fp16", clip_norm=0.5, optimizer=Muon())
    steps = moved(module, update, 8)
    assert all(bool(step.any()) and bool(step.isfinite().all()) for step in steps)


def test_a_device_that_cannot_compute_in_16_bits_is_named_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert precision_of("off", CPU) is None

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("conv2d not implemented for 'Half'\nmore")

    monkeypatch.setattr(torch.nn.functional, "conv2d", refuse)
    with pytest.raises(
        TrainingError,
        match=r"asks for fp16, but the device cpu cannot: conv2d not implemented for 'Half'; set mixed",
    ):
        precision_of("fp16", CPU)


def test_images_lie_channels_last_or_channel_by_channel() -> None:
    pixels, _ = images(4)
    pixels = pixels.expand(-1, -1, -1, 3)
    last, first = (Normalizer([0.5] * 3, [0.5] * 3, CPU, flag)(pixels) for flag in (True, False))
    assert torch.equal(last, first)
    assert last.is_contiguous(memory_format=torch.channels_last)
    assert first.is_contiguous()


def test_the_average_follows_the_weights_and_takes_their_place_for_a_while() -> None:
    module = nn.Linear(1, 1, bias=False)
    average = Average(module, 0.9)
    expected = module.weight.item()
    for number in range(1, 60):
        with torch.no_grad():
            module.weight.fill_(float(number))
        average.follow()
        decay = min(0.9, (1 + number) / (10 + number))
        expected = decay * expected + (1 - decay) * number
    with average.in_place(), average.in_place():
        assert module.weight.item() == pytest.approx(expected, rel=1e-5)
    assert module.weight.item() == 59
    with pytest.raises(ValueError, match="broken off"), average.in_place():
        raise ValueError("broken off")
    assert module.weight.item() == 59


def test_a_run_can_be_computed_channel_by_channel_and_what_it_leaves_is_as_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    take = Update._plain

    def watched(self: Update, *given: Any) -> Any:
        weight = [item for item in self._module.parameters() if item.ndim == 4][1]
        seen.append(weight.is_contiguous(memory_format=torch.channels_last))
        return take(self, *given)

    monkeypatch.setattr(Update, "_plain", watched)
    maps = layer("Conv2d", out_channels=6, kernel_size=3)
    for last in (True, False):
        project = chain(SMALL[0], SMALL[1], SMALL[2], maps, *SMALL[3:])
        project = replace(project, recipe=replace(project.recipe, epochs=1, channels_last=last))
        run, _ = trained(project, tmp_path)
        module = build(run.source_text()).eval()
        module.load_state_dict(load_file(run.weights_file), strict=True)
        kept = load_file(run.outputs_file)
        with torch.no_grad():
            assert torch.equal(module(kept["inputs"]), kept["outputs"])
        assert set(seen) == {last}
        seen.clear()


def epochs(events: list[Event]) -> list[EpochEnded]:
    return [event for event in events if isinstance(event, EpochEnded)]


def test_averaged_weights_are_checked_shown_and_kept(tmp_path: Path) -> None:
    plain, _ = trained(small(), tmp_path)
    run, events = trained(small(ema_decay=0.95), tmp_path)
    one, other = load_file(plain.weights_file), load_file(run.weights_file)
    assert not any(torch.equal(one[name], other[name]) for name in one)
    snapshot = load_file(run.snapshot_file)
    assert all(torch.equal(snapshot[name], other[name]) for name in other)
    last = epochs(events)[-1]
    assert last.val_accuracy is not None and last.val_accuracy > 0.85
    module = build(run.source_text()).eval()
    module.load_state_dict(other, strict=True)
    kept = load_file(run.outputs_file)
    with torch.no_grad():
        assert torch.equal(module(kept["inputs"]), kept["outputs"])
    # The training itself is the same: only what is kept of it differs.
    losses = [loss for event in events if isinstance(event, Steps) for loss in event.losses]
    plain_losses = [
        loss for event in plain.events()[0] if isinstance(event, Steps) for loss in event.losses
    ]
    assert losses == plain_losses


def test_a_run_ends_early_where_nothing_gets_better_and_says_why(tmp_path: Path) -> None:
    still = SGD(learning_rate=1e-9, momentum=0.0)
    run, events = trained(small(epochs=9, patience=2, optimizer=still), tmp_path)
    assert run.state().status == "finished"
    done = epochs(events)
    best = min(range(len(done)), key=lambda number: done[number].val_loss or 0.0)
    assert 3 <= len(done) < 9 and len(done) - 1 - best == 2
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert finished.reason == (
        f"Ended after epoch {len(done)}: the validation loss was lowest in epoch {best + 1}, "
        "and the recipe bears 2 epochs without a lower one."
    )
    assert run.weights_file.is_file()


def test_a_run_that_gets_better_to_its_end_is_not_ended(tmp_path: Path) -> None:
    _, events = trained(small(epochs=3, patience=1), tmp_path)
    assert len(epochs(events)) == 3
    assert events[-1] == Finished(None, None)


def test_several_batches_a_step_are_fewer_steps_over_the_same_images(tmp_path: Path) -> None:
    run, events = trained(
        small(batch_size=32, accumulate=4, precision="bf16", clip_norm=1), tmp_path
    )
    assert run.state().status == "finished", run.state().message
    started = next(event for event in events if isinstance(event, Started))
    assert started.steps_per_epoch == -(-1527 // 128)
    told = sum(len(event.losses) for event in events if isinstance(event, Steps))
    assert told == epochs(events)[-1].step == 2 * started.steps_per_epoch
    accuracy = epochs(events)[-1].val_accuracy
    assert accuracy is not None and accuracy > 0.8


def test_deterministic_runs_are_asked_of_torch_and_end_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    take = Update._plain

    def watched(*given: Any) -> Any:
        seen.append(torch.are_deterministic_algorithms_enabled())
        return take(*given)

    monkeypatch.setattr(Update, "_plain", watched)
    run, _ = trained(small(epochs=1, deterministic=True), tmp_path)
    assert run.state().status == "finished" and seen and all(seen)
    assert not torch.are_deterministic_algorithms_enabled()
    trained(small(epochs=1), tmp_path)
    assert not seen[-1]


def test_what_cannot_be_deterministic_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        if torch.are_deterministic_algorithms_enabled():
            raise RuntimeError("put_ does not have a deterministic implementation, but you set ...")

    monkeypatch.setattr(Update, "_plain", refuse)
    run, _ = trained(small(deterministic=True), tmp_path)
    assert run.state().message == (
        "put_ has no deterministic implementation here; set deterministic to off in the recipe."
    )
    with determinism(False):
        assert not torch.are_deterministic_algorithms_enabled()
