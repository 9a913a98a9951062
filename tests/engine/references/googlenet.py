"""GoogLeNet in plain torch (Szegedy et al., 2015, table 1), normalised and named as torchvision has it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

INCEPTIONS = {
    "3a": (192, 64, 96, 128, 16, 32, 32),
    "3b": (256, 128, 128, 192, 32, 96, 64),
    "4a": (480, 192, 96, 208, 16, 48, 64),
    "4b": (512, 160, 112, 224, 24, 64, 64),
    "4c": (512, 128, 128, 256, 24, 64, 64),
    "4d": (512, 112, 144, 288, 32, 64, 64),
    "4e": (528, 256, 160, 320, 32, 128, 128),
    "5a": (832, 256, 160, 320, 32, 128, 128),
    "5b": (832, 384, 192, 384, 48, 128, 128),
}
"""Maps in, of the 1 x 1, before and of the 3 x 3, before and of the third branch, behind the pooling."""


class Conv(nn.Module):
    """Convolution, normalisation, ReLU."""

    def __init__(self, maps: int, width: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(maps, width, kernel, stride, kernel // 2, bias=False)
        self.bn = nn.BatchNorm2d(width, eps=1e-3)

    def forward(self, maps: Tensor) -> Tensor:
        return functional.relu(self.bn(self.conv(maps)))


class Inception(nn.Module):
    """Four branches side by side."""

    def __init__(self, maps: int, a: int, b: int, c: int, d: int, e: int, f: int) -> None:
        super().__init__()
        self.branch1 = Conv(maps, a)
        self.branch2 = nn.Sequential(Conv(maps, b), Conv(b, c, 3))
        self.branch3 = nn.Sequential(Conv(maps, d), Conv(d, e, 3))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), Conv(maps, f))

    def forward(self, maps: Tensor) -> Tensor:
        branches = (self.branch1, self.branch2, self.branch3, self.branch4)
        return torch.cat([branch(maps) for branch in branches], dim=1)


class Head(nn.Module):
    """An auxiliary classifier."""

    def __init__(self, maps: int) -> None:
        super().__init__()
        self.conv = Conv(maps, 128)
        self.fc1 = nn.Linear(2048, 1024)
        self.fc2 = nn.Linear(1024, 1000)

    def forward(self, maps: Tensor) -> Tensor:
        maps = self.conv(functional.adaptive_avg_pool2d(maps, 4))
        return self.fc2(functional.relu(self.fc1(maps.flatten(1))))


class GoogLeNet(nn.Module):
    """The scores, and those of the heads behind 4a and 4d; dropout is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = Conv(3, 64, 7, 2)
        self.conv2 = Conv(64, 64)
        self.conv3 = Conv(64, 192, 3)
        for name, widths in INCEPTIONS.items():
            self.add_module(f"inception{name}", Inception(*widths))
        self.aux1 = Head(512)
        self.aux2 = Head(528)
        self.fc = nn.Linear(1024, 1000)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        value = self.halved(self.conv1(image))
        value = self.halved(self.conv3(self.conv2(value)))
        found: dict[str, Tensor] = {}
        for name in INCEPTIONS:
            if name in ("4a", "5a"):
                value = self.halved(value, 3 if name == "4a" else 2)
            value = found[name] = getattr(self, f"inception{name}")(value)
        return self.fc(value.mean((2, 3))), self.aux1(found["4a"]), self.aux2(found["4d"])

    def halved(self, maps: Tensor, kernel: int = 3) -> Tensor:
        return functional.max_pool2d(maps, kernel, 2, ceil_mode=True)
