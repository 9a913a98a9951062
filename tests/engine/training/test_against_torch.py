"""Whole runs against loops written with torch's own parts, step by step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.optim import lr_scheduler

from engine.codegen import write
from engine.data import load
from engine.data.images import split
from engine.network.project import Project
from engine.recipe.adagrad import Adagrad
from engine.recipe.adam import Adam
from engine.recipe.adamw import AdamW
from engine.recipe.constant import Constant
from engine.recipe.cosine import CosineAnnealingLR
from engine.recipe.cross_entropy import CrossEntropyLoss
from engine.recipe.nadam import NAdam
from engine.recipe.one_cycle import OneCycleLR
from engine.recipe.optimizer import Optimizer
from engine.recipe.rmsprop import RMSprop
from engine.recipe.schedule import Schedule
from engine.recipe.sgd import SGD
from engine.recipe.step import StepLR
from engine.training.batches import order_of
from engine.training.build import build
from engine.training.events import Steps
from tests.engine.training.drawing import small, trained

WEIGHTS = tuple(1 + number / 3 for number in range(10))


@dataclass
class Loop:
    """A plain loop over the small project's digits: `batch` images at a time, `together` batches a step."""

    project: Project
    batch: int = 64
    together: int = 1
    clip: float | None = None
    decay: float | None = None

    def train(self) -> tuple[list[float], dict[str, Tensor]]:
        """The loss of every step, and the weights of the end."""
        recipe = self.project.recipe
        loaded = load(self.project.data, (1, 8, 8))
        kept = split(loaded.train.labels, recipe.validation)[0]
        images = torch.from_numpy(loaded.train.images[kept]) / 255
        images = (images - loaded.mean[0]) / loaded.std[0]
        labels = torch.from_numpy(loaded.train.labels[kept])
        torch.manual_seed(recipe.seed)
        module = build(write(self.project).text)
        declared = recipe.optimizer
        make: Any = getattr(torch.optim, declared.kind())
        optimizer = make(module.parameters(), **declared.arguments())
        a_step = self.batch * self.together
        per_epoch = math.ceil(len(kept) / a_step)
        scheduler = scheduled(recipe.schedule, optimizer, per_epoch, per_epoch * recipe.epochs)
        mean = {name: tensor.clone() for name, tensor in module.state_dict().items()}
        losses: list[float] = []
        for epoch in range(recipe.epochs):
            order = torch.randperm(len(kept), generator=order_of(recipe.seed, epoch + 1))
            for chosen in order.split(a_step):
                optimizer.zero_grad()
                whole = self.amount(labels[chosen])
                total = 0.0
                for some in chosen.split(self.batch):
                    loss = self.loss()(module(images[some]), labels[some])
                    loss = loss * (self.amount(labels[some]) / whole)
                    loss.backward()
                    total += loss.item()
                if self.clip is not None:
                    nn.utils.clip_grad_norm_(module.parameters(), self.clip)
                optimizer.step()
                scheduler.step()
                losses.append(total)
                self.follow(mean, module, len(losses))
        return losses, mean if self.decay is not None else module.state_dict()

    def loss(self) -> nn.Module:
        """The recipe's, of torch."""
        declared = self.project.recipe.loss
        weight = torch.tensor(WEIGHTS) if declared.values["class_weights"] else None
        return nn.CrossEntropyLoss(weight, label_smoothing=declared.values["label_smoothing"])  # type: ignore[arg-type]

    def amount(self, labels: Tensor) -> float:
        """By how much the mean over these images counts."""
        weighed = self.project.recipe.loss.values["class_weights"]
        return torch.tensor(WEIGHTS)[labels].sum().item() if weighed else len(labels)

    def follow(self, mean: dict[str, Tensor], module: nn.Module, step: int) -> None:
        """The average of the weights after a step, as TensorFlow has it."""
        decay = min(self.decay or 0.0, (1 + step) / (10 + step))
        for name, tensor in module.state_dict().items():
            mean[name] = decay * mean[name] + (1 - decay) * tensor


def scheduled(schedule: Schedule, optimizer: Any, per_epoch: int, steps: int) -> Any:
    """torch's scheduler, to be stepped after every batch, with torch's warm-up before it."""
    warm = round(schedule.warmup * per_epoch)
    match schedule:
        case CosineAnnealingLR():
            chosen: Any = lr_scheduler.CosineAnnealingLR(optimizer, steps - warm)
        case OneCycleLR():
            top = optimizer.param_groups[0]["lr"]
            chosen = lr_scheduler.OneCycleLR(
                optimizer,
                max_lr=top,
                total_steps=steps,
                pct_start=schedule.pct_start,
                cycle_momentum=False,
            )
        case StepLR():
            chosen = lr_scheduler.StepLR(optimizer, schedule.step_size * per_epoch, schedule.gamma)
        case _:
            chosen = lr_scheduler.ConstantLR(optimizer, 1.0, 1)
    if not warm:
        return chosen
    growing = lr_scheduler.LinearLR(optimizer, 0.01, total_iters=warm)
    return lr_scheduler.SequentialLR(optimizer, [growing, chosen], [warm])


CASES: list[tuple[Optimizer, Schedule, dict[str, Any]]] = [
    (SGD(learning_rate=0.05, nesterov=True, weight_decay=0.001), StepLR(step_size=1), {}),
    (SGD(learning_rate=0.1), CosineAnnealingLR(warmup=0.5), {"together": 3, "clip": 0.5}),
    (Adam(learning_rate=0.01), OneCycleLR(), {}),
    (
        AdamW(learning_rate=0.01, weight_decay=0.1, amsgrad=True),
        CosineAnnealingLR(),
        {"decay": 0.9},
    ),
    (NAdam(learning_rate=0.005, decoupled_weight_decay=True), Constant(warmup=1.5), {}),
    (RMSprop(learning_rate=0.002, momentum=0.5, centered=True), OneCycleLR(pct_start=0.5), {}),
    (Adagrad(learning_rate=0.02, lr_decay=0.01), StepLR(step_size=2, warmup=0.3), {"clip": 1.0}),
]


@pytest.mark.parametrize(("optimizer", "schedule", "how"), CASES)
def test_a_run_takes_the_steps_of_a_plain_loop(
    optimizer: Optimizer, schedule: Schedule, how: dict[str, Any], tmp_path: Path
) -> None:
    project = small(
        epochs=3,
        optimizer=optimizer,
        schedule=schedule,
        accumulate=how.get("together", 1),
        clip_norm=how.get("clip"),
        ema_decay=how.get("decay"),
    )
    assert_same(project, Loop(project, **how), tmp_path)


def test_a_run_with_class_weights_takes_the_steps_of_a_plain_loop(tmp_path: Path) -> None:
    loss = CrossEntropyLoss(class_weights=WEIGHTS, label_smoothing=0.1)
    project = small(epochs=2, loss=loss, accumulate=2, ema_decay=0.99)
    assert_same(project, Loop(project, together=2, decay=0.99), tmp_path)


def assert_same(project: Project, loop: Loop, base: Path) -> None:
    """The run of the project tells the loop's losses, and leaves its weights, to rounding."""
    run, events = trained(project, base)
    assert run.state().status == "finished", run.state().message
    told = [loss for event in events if isinstance(event, Steps) for loss in event.losses]
    losses, weights = loop.train()
    assert told == pytest.approx(losses, rel=1e-3, abs=1e-4)
    left = load_file(run.weights_file)
    assert left.keys() == weights.keys()
    for name, tensor in left.items():
        assert torch.allclose(tensor, weights[name], atol=2e-3), name
