"""AlexNet, VGG and ZFNet in plain torch: convolutions one after the other, then dense layers."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Straight(nn.Module):
    """`features`, an average over 6 x 6 or 7 x 7 places, `classifier`: torchvision's three parts."""

    def __init__(self, features: list[nn.Module], side: int, classifier: list[nn.Module]) -> None:
        super().__init__()
        self.features = nn.Sequential(*features)
        self.side = side
        self.classifier = nn.Sequential(*classifier)

    def forward(self, image: Tensor) -> Tensor:
        maps = functional.adaptive_avg_pool2d(self.features(image), self.side)
        return self.classifier(maps.flatten(1))


def alexnet() -> Straight:
    """Krizhevsky, One weird trick for parallelizing convolutional neural networks, 2014: one tower."""
    features: list[nn.Module] = [
        *(nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(64, 192, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(192, 384, 3, 1, 1), nn.ReLU()),
        *(nn.Conv2d(384, 256, 3, 1, 1), nn.ReLU()),
        *(nn.Conv2d(256, 256, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(3, 2)),
    ]
    classifier: list[nn.Module] = [
        *(nn.Dropout(), nn.Linear(9216, 4096), nn.ReLU()),
        *(nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU()),
        nn.Linear(4096, 1000),
    ]
    return Straight(features, 6, classifier)


VGG = {
    "vgg11": (1, 1, 2, 2, 2),
    "vgg16": (2, 2, 3, 3, 3),
    "vgg16_bn": (2, 2, 3, 3, 3),
    "vgg19": (2, 2, 4, 4, 4),
}


def vgg(name: str) -> Straight:
    """Simonyan and Zisserman, 2015, table 1: columns A, D and E."""
    features: list[nn.Module] = []
    maps = 3
    for count, width in zip(VGG[name], (64, 128, 256, 512, 512), strict=True):
        for _ in range(count):
            features.append(nn.Conv2d(maps, width, 3, padding=1))
            if name.endswith("_bn"):
                features.append(nn.BatchNorm2d(width))
            features.append(nn.ReLU())
            maps = width
        features.append(nn.MaxPool2d(2))
    classifier: list[nn.Module] = [
        *(nn.Linear(25088, 4096), nn.ReLU(), nn.Dropout()),
        *(nn.Linear(4096, 4096), nn.ReLU(), nn.Dropout()),
        nn.Linear(4096, 1000),
    ]
    return Straight(features, 7, classifier)


def quieten(maps: Tensor) -> Tensor:
    """Response normalisation over five neighbouring maps with the constants of Krizhevsky et al., 2012,
    section 3.3: k = 2, alpha = 1e-4, beta = 0.75.
    """
    squares = functional.pad(maps.square(), (0, 0, 0, 0, 2, 2))
    near = sum(squares[:, shift : shift + maps.shape[1]] for shift in range(5))
    return maps / (2 + 1e-4 * near) ** 0.75


class ZFNet(nn.Module):
    """Zeiler and Fergus, 2014, figure 3."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            [
                nn.Conv2d(3, 96, 7, 2, 1),
                nn.Conv2d(96, 256, 5, 2),
                nn.Conv2d(256, 384, 3, padding=1),
                nn.Conv2d(384, 384, 3, padding=1),
                nn.Conv2d(384, 256, 3, padding=1),
            ]
        )
        self.denses = nn.ModuleList(
            [nn.Linear(9216, 4096), nn.Linear(4096, 4096), nn.Linear(4096, 1000)]
        )

    def forward(self, image: Tensor) -> Tensor:
        first, second, *rest = self.convs
        value = quieten(functional.max_pool2d(functional.relu(first(image)), 3, 2, ceil_mode=True))
        value = quieten(functional.max_pool2d(functional.relu(second(value)), 3, 2, ceil_mode=True))
        for conv in rest:
            value = functional.relu(conv(value))
        value = functional.max_pool2d(value, 3, 2).flatten(1)
        for dense in self.denses[:-1]:
            value = functional.relu(dense(value))
        return self.denses[-1](value)


class Grouped(nn.Module):
    """Krizhevsky et al., 2012, figure 2, its two towers as convolutions in two groups."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            [
                nn.Conv2d(3, 96, 11, 4, 2),
                nn.Conv2d(96, 256, 5, padding=2, groups=2),
                nn.Conv2d(256, 384, 3, padding=1),
                nn.Conv2d(384, 384, 3, padding=1, groups=2),
                nn.Conv2d(384, 256, 3, padding=1, groups=2),
            ]
        )
        self.denses = nn.ModuleList(
            [nn.Linear(9216, 4096), nn.Linear(4096, 4096), nn.Linear(4096, 1000)]
        )

    def forward(self, image: Tensor) -> Tensor:
        first, second, *rest = self.convs
        value = functional.max_pool2d(self.apart(functional.relu(first(image))), 3, 2)
        value = functional.max_pool2d(self.apart(functional.relu(second(value))), 3, 2)
        for conv in rest:
            value = functional.relu(conv(value))
        value = functional.max_pool2d(value, 3, 2).flatten(1)
        for dense in self.denses[:-1]:
            value = functional.relu(dense(value))
        return self.denses[-1](value)

    def apart(self, maps: Tensor) -> Tensor:
        """Each tower's maps are normalised among themselves."""
        return torch.cat([quieten(half) for half in maps.chunk(2, dim=1)], dim=1)
