"""The network under observation: built from its source, with the weights of the moment, and images to show it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from engine.codegen.source import Place
from engine.data.catalogue import load
from engine.data.choice import DataChoice
from engine.data.dataset import Part, Progress
from engine.data.images import Images
from engine.interop.weights import WeightsError, load_weights, read_metadata
from engine.lab.activations import Recorder
from engine.training.build import build

UNTRAINED = "untrained"


class Subject:
    """A module with fresh weights from `seed`, until `follow` finds others. Raises what `build` raises."""

    def __init__(
        self, text: str, class_name: str, places: Mapping[str, Place], seed: int = 0
    ) -> None:
        torch.manual_seed(seed)
        self.module = build(text, class_name).eval()
        self.recorder = Recorder(self.module, text, places)
        self.weights = UNTRAINED
        """Which weights it has: "untrained", "step 120" or "final"."""
        self._seen: tuple[int, int, int] | None = None

    def follow(self, file: Path) -> str:
        """Take the weights of `file` where it has changed since the last call; why not, or nothing.

        A file that is not there yet changes nothing.
        """
        try:
            status = file.stat()
        except OSError:
            return ""
        seen = (status.st_ino, status.st_mtime_ns, status.st_size)
        if seen == self._seen:
            return ""
        self._seen = seen
        try:
            load_weights(self.module, file)
            step = read_metadata(file).get("step", "")
        except (WeightsError, OSError) as error:
            return str(error)
        final = file.name == "weights.safetensors" or not step
        self.weights = "final" if final else f"step {step}"
        return ""


class Samples:
    """The images of a dataset in a network's shape, read when they are first wanted."""

    def __init__(self, choice: DataChoice, shape: tuple[int, ...]) -> None:
        self.choice = choice
        self.shape = shape
        self._images: Images | None = None

    def part(self, progress: Progress) -> Part:
        """The images to be shown: those for testing where there are some, else those for training.

        Raises `DataError`.
        """
        images = self._read(progress)
        return images.test or images.train

    def normalised(self, sample: int, progress: Progress) -> Tensor:
        """Image number `sample` as a network takes it, (1, channels, height, width). Raises `DataError`."""
        images = self._read(progress)
        pixels = torch.from_numpy(self.part(progress).images[sample : sample + 1])
        mean = torch.tensor(images.mean).view(-1, 1, 1)
        std = torch.tensor(images.std).view(-1, 1, 1)
        values = (pixels.to(torch.float32) / 255 - mean) / std
        return values.contiguous(memory_format=torch.channels_last)

    def _read(self, progress: Progress) -> Images:
        if self._images is None:
            self._images = load(self.choice, self.shape, progress)
        return self._images
