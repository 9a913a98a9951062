"""ResNet-8 on CIFAR-10 in plain PyTorch, with the recipe of the template: what `bench accuracy` compares with.

Run as a process: `python -m engine.cli.bench_resnet8 FOLDER SEED EPOCHS`. It knows nothing of the
program: files, network, augmentation, optimiser, schedule and average are all PyTorch's or written here.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.lr_scheduler import OneCycleLR
from torch.optim.swa_utils import AveragedModel

EPOCHS = 40
BATCH = 128
RATE = 0.4
RISING = 0.3
MOMENTUM = 0.9
DECAY = 5e-4
AVERAGE = 0.999
SHIFT = 4
ASIDE = 0.15
"""Part of the training images that is not trained on, as it is in the template."""


class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, maps: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(maps, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.shortcut = nn.Sequential()
        if stride != 1 or maps != width:
            convolution = nn.Conv2d(maps, width, 1, stride, bias=False)
            self.shortcut = nn.Sequential(convolution, nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        inside = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(inside + self.shortcut(x))


class Normalized(nn.Module):
    """Pixels, 0 to 255, so that each channel of `images` has mean 0 and deviation 1."""

    def __init__(self, images: Tensor) -> None:
        super().__init__()
        pixels = images.float()
        self.mean = nn.Buffer(pixels.mean((0, 2, 3)).view(3, 1, 1))
        self.std = nn.Buffer(pixels.std((0, 2, 3)).view(3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.std


def resnet8(images: Tensor) -> nn.Module:
    """The network of MLPerf Tiny (Banbury et al., 2021) behind a normalisation, drawn as He et al. do."""
    network = nn.Sequential(
        Normalized(images),
        nn.Conv2d(3, 16, 3, 1, 1, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        Residual(16, 16, 1),
        Residual(16, 32, 2),
        Residual(32, 64, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 10),
    )
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return cast(nn.Module, cast(Any, network).to(memory_format=torch.channels_last))


def read(files: list[Path]) -> tuple[Tensor, Tensor]:
    """Images (n, 3, 32, 32), 0 to 255, and labels (n,) of CIFAR's binary files."""
    records = np.concatenate([np.fromfile(file, np.uint8).reshape(-1, 3073) for file in files])
    images = torch.as_tensor(records[:, 1:].reshape(-1, 3, 32, 32))
    return images, torch.as_tensor(records[:, 0].astype(np.int64))


def augmented(images: Tensor) -> Tensor:
    """Images (n, 3, 32, 32), each moved by up to `SHIFT` pixels over a mirrored border, half of them flipped."""
    count = len(images)
    padded = functional.pad(images.float(), (SHIFT,) * 4, mode="reflect")
    rows, columns = (
        torch.randint(0, 2 * SHIFT + 1, (count, 1)) + torch.arange(32) for _ in range(2)
    )
    columns = torch.where(torch.rand(count, 1) < 0.5, columns.flip(1), columns)
    first = torch.arange(count)[:, None, None]
    # Indices on both sides of the slice put the channels last.
    return padded[first, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


@torch.no_grad()
def follow(means: Sequence[Tensor], weights: Sequence[Tensor], steps: Any) -> None:
    """Take weights into their averages, which forget sooner at first, as TensorFlow's do.

    At an even 0.999 a fifteenth of each would still be of the random beginning at the end.
    """
    keep = min(AVERAGE, (1 + int(steps)) / (10 + int(steps)))
    for mean, weight in zip(means, weights, strict=True):
        if mean.is_floating_point():
            mean.lerp_(weight, 1 - keep)
        else:
            mean.copy_(weight)


def train(images: Tensor, labels: Tensor, epochs: int) -> nn.Module:
    """A network trained on images (n, 3, 32, 32), 0 to 255, with the average of its weights."""
    network = resnet8(images)
    average = AveragedModel(network, multi_avg_fn=follow, use_buffers=True)
    optimizer: Any = torch.optim.SGD(
        network.parameters(), RATE, MOMENTUM, weight_decay=DECAY, nesterov=True, fused=True
    )
    steps = epochs * -(-len(labels) // BATCH)
    schedule = OneCycleLR(
        optimizer, RATE, total_steps=steps, pct_start=RISING, cycle_momentum=False
    )
    network.train()
    for _ in range(epochs):
        order: Any = torch.randperm(len(labels))
        for some in order.split(BATCH):
            loss: Any = functional.cross_entropy(network(augmented(images[some])), labels[some])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            average.update_parameters(network)
    return average.eval()


@torch.no_grad()
def accuracy(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """The part of the images (n, 3, 32, 32), 0 to 255, that are told right."""
    hits = sum(
        int((network(images[at : at + 500].float()).argmax(1) == labels[at : at + 500]).sum())
        for at in range(0, len(labels), 500)
    )
    return hits / len(labels)


def main(arguments: list[str]) -> int:
    """Train, and print the accuracy on the test images as a line of JSON."""
    folder, seed, epochs = Path(arguments[0]), int(arguments[1]), int(arguments[2])
    torch.set_num_threads(max(1, torch.get_num_threads() - 1))
    cast(Any, torch).manual_seed(seed)
    images, labels = read(sorted(folder.glob("data_batch_*.bin")))
    kept = torch.randperm(len(labels))[round(ASIDE * len(labels)) :]
    network = train(images[kept], labels[kept], epochs)
    print(json.dumps({"accuracy": accuracy(network, *read([folder / "test_batch.bin"]))}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
