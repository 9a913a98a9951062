"""Two training loops written by hand, which ours is measured against. Imports torch.

Both train the module of a run's source text from the run's first weights, by the run's recipe, with
the batches in the run's order: what they compute is what we compute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeAlias, cast

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Sampler

from engine.data.images import Images
from engine.interop.weights import load_weights
from engine.network.project import Project
from engine.training.batches import order_of
from engine.training.build import build
from engine.training.rundir import RunDirectory

Steps: TypeAlias = Iterator[tuple[int, Tensor | float]]
"""The images of each step, and its loss; a step is taken when the next one is asked for."""


@dataclass(frozen=True)
class Task:
    """What is trained, and on what, read from a run that has just begun."""

    run: RunDirectory
    project: Project
    images: Images
    device: torch.device

    def module(self) -> nn.Module:
        """The run's module with its first weights."""
        module = build(self.run.source_text(), self.project.name)
        load_weights(module, self.run.snapshot_file)
        return module.to(self.device).train()

    def optimizer(self, module: nn.Module, **how: Any) -> torch.optim.Optimizer:
        """The recipe's optimiser for the module."""
        declared = self.project.recipe.optimizer
        kind: Any = getattr(torch.optim, declared.kind())
        return kind(module.parameters(), **declared.arguments(), **how)

    def loss(self) -> nn.Module:
        """The recipe's loss."""
        declared = self.project.recipe.loss
        return getattr(nn, declared.kind())(**declared.arguments())

    def order(self, epoch: int) -> Tensor:
        """The positions of the images in the order of an epoch, from 1."""
        shuffle = order_of(self.project.recipe.seed, epoch)
        return torch.randperm(len(self.images.train), generator=shuffle)

    def rate(self, step: int) -> float:
        """The learning rate of a step, from 0, by the recipe's schedule."""
        recipe = self.project.recipe
        per_epoch = -(-len(self.images.train) // recipe.batch_size)
        highest = recipe.optimizer.learning_rate
        return recipe.schedule.rate(highest, step, per_epoch * recipe.epochs, per_epoch)


def best(task: Task) -> Steps:
    """The best loop that we can write.

    The whole dataset is one tensor of bytes on the device, batches are slices of a permuted copy and
    normalised there, channels last; the optimiser is one kernel; nothing waits for the device.
    """
    images = task.images
    size = task.project.recipe.batch_size
    pixels = torch.as_tensor(images.train.images).permute(0, 2, 3, 1).contiguous().to(task.device)
    labels = torch.as_tensor(images.train.labels).to(task.device)
    std = torch.tensor(images.std, device=task.device).view(-1, 1, 1)
    scale = 1 / (255 * std)
    shift = -torch.tensor(images.mean, device=task.device).view(-1, 1, 1) / std
    module = cast(Any, task.module()).to(memory_format=torch.channels_last)
    optimizer = task.optimizer(module, fused=True)
    loss_of = task.loss()
    mixed = torch.empty_like(pixels)
    step = 0
    for epoch in count(1):
        order = task.order(epoch).to(task.device)
        # Indexing by [order] takes eight times as long, new memory twenty times.
        torch.index_select(pixels, 0, order, out=mixed)
        named = labels.index_select(0, order)
        for start in range(0, len(order), size):
            inputs = mixed[start : start + size].permute(0, 3, 1, 2).float()
            inputs.mul_(scale).add_(shift)
            targets = named[start : start + size]
            for group in optimizer.param_groups:
                group["lr"] = task.rate(step)
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(module(inputs), targets)
            loss.backward()
            optimizer.step()
            step += 1
            yield len(targets), loss.detach()


class Samples(Dataset[tuple[Tensor, int]]):
    """Images one by one, each a picture of Pillow that is transformed when it is asked for.

    The steps are those of torchvision's datasets, of its ToTensor and of its Normalize.
    """

    def __init__(self, images: Images) -> None:
        pixels = images.train.images
        grey = pixels.shape[1] == 1
        self._pixels = pixels[:, 0] if grey else pixels.transpose(0, 2, 3, 1).copy()
        self._labels = images.train.labels
        self._mean = images.mean
        self._std = images.std

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self._pixels[index])
        pixels = torch.as_tensor(np.array(picture))
        pixels = pixels.view(picture.height, picture.width, -1).permute(2, 0, 1).contiguous()
        values = pixels.to(torch.float32).div(255).clone()
        mean, std = torch.as_tensor(self._mean), torch.as_tensor(self._std)
        if (std == 0).any():
            raise ValueError("a channel has one value only")
        values.sub_(mean.view(-1, 1, 1)).div_(std.view(-1, 1, 1))
        return values, int(self._labels[index])


class Order(Sampler[int]):
    """As `shuffle=True`, in the order of our loop."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._epoch = 0

    def __len__(self) -> int:
        return len(self._task.images.train)

    def __iter__(self) -> Iterator[int]:
        self._epoch += 1
        yield from self._task.order(self._epoch).numpy()


def tutorial(task: Task) -> Steps:
    """The loop of the tutorials: a transform per sample, a DataLoader, the loss read in every step."""
    samples = Samples(task.images)
    loader = DataLoader(samples, batch_size=task.project.recipe.batch_size, sampler=Order(task))
    module = cast(Any, task.module()).to(memory_format=torch.contiguous_format)
    optimizer = task.optimizer(module)
    loss_of = task.loss()
    step = 0
    while True:
        for inputs, labels in loader:
            inputs, labels = inputs.to(task.device), labels.to(task.device)
            for group in optimizer.param_groups:
                group["lr"] = task.rate(step)
            optimizer.zero_grad()
            loss = loss_of(module(inputs), labels)
            loss.backward()
            optimizer.step()
            step += 1
            yield len(labels), loss.item()
