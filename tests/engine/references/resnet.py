"""Residual networks in plain torch (He et al., 2016, table 1), with torchvision's names."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


def _conv(maps: int, width: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(maps, width, kernel, stride, kernel // 2, bias=False)


class _Residual(nn.Module):
    """`kernels` are those of its convolutions; the last but one of three, or the first of two, strides."""

    def __init__(self, maps: int, width: int, stride: int, kernels: tuple[int, ...]) -> None:
        super().__init__()
        out = width * 4 if len(kernels) == 3 else width
        widths = (*(width for _ in kernels[1:]), out)
        striding = len(kernels) - 2
        last = maps
        for number, (kernel, wide) in enumerate(zip(kernels, widths, strict=True)):
            step = stride if number == striding else 1
            self.add_module(f"conv{number + 1}", _conv(last, wide, kernel, step))
            self.add_module(f"bn{number + 1}", nn.BatchNorm2d(wide))
            last = wide
        self.count = len(kernels)
        if stride != 1 or maps != out:
            self.downsample = nn.Sequential(_conv(maps, out, 1, stride), nn.BatchNorm2d(out))

    def forward(self, image: Tensor) -> Tensor:
        value = image
        for number in range(1, self.count + 1):
            value = getattr(self, f"bn{number}")(getattr(self, f"conv{number}")(value))
            if number < self.count:
                value = functional.relu(value)
        shortcut = self.downsample(image) if hasattr(self, "downsample") else image
        return functional.relu(shortcut + value)


class ResNet(nn.Module):
    """`repeats` blocks in each stage, with convolutions of `kernels`."""

    def __init__(self, repeats: tuple[int, ...], kernels: tuple[int, ...]) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        maps = 64
        for stage, repeat in enumerate(repeats):
            width = 64 << stage
            blocks: list[nn.Module] = []
            for number in range(repeat):
                stride = 2 if stage and not number else 1
                blocks.append(_Residual(maps, width, stride, kernels))
                maps = width * 4 if len(kernels) == 3 else width
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(maps, 1000)

    def forward(self, image: Tensor) -> Tensor:
        value = functional.max_pool2d(functional.relu(self.bn1(self.conv1(image))), 3, 2, 1)
        for stage in range(1, 5):
            value = getattr(self, f"layer{stage}")(value)
        return self.fc(value.mean((2, 3)))


BASIC, BOTTLENECK = (3, 3), (1, 3, 1)
REPEATS = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}


def resnet(depth: int) -> ResNet:
    """The network of this depth."""
    return ResNet(REPEATS[depth], BASIC if depth < 50 else BOTTLENECK)
