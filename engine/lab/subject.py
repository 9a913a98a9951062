"""The network under observation, with the weights of the moment, and the images that it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import torch
from torch import Tensor, nn

from engine.codegen.source import Place
from engine.data import DataChoice
from engine.data.dataset import Part, Progress
from engine.data.images import Images
from engine.interop.recorder import Recorder
from engine.interop.weights import WeightsError, load_weights
from engine.lab.store import Store

Prepare: TypeAlias = Callable[[Tensor, Images], Tensor]

UNTRAINED = "untrained"


class Subject:
    """A module that was just built from `text`, with the weights it has until `follow` finds others."""

    def __init__(self, module: nn.Module, text: str, places: Mapping[str, Place]) -> None:
        self.module = module.eval()
        self.recorder = Recorder(self.module, text, places)
        self.weights = UNTRAINED
        """Which weights it has: "untrained", "step 120" or "final"."""
        self._seen = (0, 0, 0)

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
            step = load_weights(self.module, file).get("step", "")
        except (WeightsError, OSError) as error:
            return str(error)
        final = file.name == "weights.safetensors" or not step
        self.weights = "final" if final else f"step {step}"
        return ""


class Samples:
    """The images of a dataset in a network's shape, taken from `store` when they are first wanted.

    `prepare` makes bytes (n, height, width, channels) what the network takes, as in training.
    """

    def __init__(
        self, store: Store, choice: DataChoice, shape: tuple[int, ...], prepare: Prepare
    ) -> None:
        self.choice = choice
        self.shape = shape
        self._store = store
        self._prepare = prepare
        self._images: Images | None = None

    def part(self, progress: Progress) -> Part:
        """The images to be shown: those for testing where there are some, else those for training.

        Raises `DataError`.
        """
        images = self._read(progress)
        return images.test or images.train

    def normalised(self, sample: int, progress: Progress) -> Tensor:
        """Image number `sample` as the network takes it, (1, channels, height, width). Raises `DataError`."""
        pixels = torch.as_tensor(self.part(progress).images[sample : sample + 1])
        return self._prepare(pixels.permute(0, 2, 3, 1), self._read(progress))

    def _read(self, progress: Progress) -> Images:
        if self._images is None:
            self._images = self._store.images(self.choice, self.shape, progress)
        return self._images
