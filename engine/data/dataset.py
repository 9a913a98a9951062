"""What every dataset declares, and the images that come out of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from numpy import int64, uint8
    from numpy.typing import NDArray

    from engine.data.images import Images

Progress: TypeAlias = Callable[[str, float], None]
"""Told what is being done and how far it is (0 to 1). It may raise, to end the work."""


class DataError(Exception):
    """Why images cannot be had, in one sentence: file, what was expected, what was found, the cure."""


class NotYetError(DataError):
    """A folder is being looked through beside, and will be described."""


@dataclass(frozen=True)
class Part:
    """Images (n, channels, height, width), 0 to 255, and their labels (n,), numbers of classes.

    `aside` are the positions, in rising order, of those that the data itself keeps for validation;
    None where it leaves that to the recipe.
    """

    images: NDArray[uint8]
    labels: NDArray[int64]
    aside: NDArray[int64] | None = None

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Dataset(ABC):
    """The base of every dataset: the facts that can be told without reading it.

    `shape` is an image's own (channels, height, width); `classes` are the names of the labels 0, 1
    ...; the numbers of images are those of the complete set, where it has `validation_images` of its
    own without these. `margin` is how many blank pixels may
    be put around an image, instead of resizing it, to reach the size that a network wants. `files`
    are the official names of the files that hold it; a built-in dataset has none.

    A person's `own` images have no facts before a folder or file is chosen; `wanted` says which, and
    `endings` are those of the file, where it is one.

    A subclass without fields of its own wants no decorator: making a dataclass takes a millisecond
    or two, and all are made when the window starts.
    """

    name: str
    title: str
    purpose: str
    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    train_images: int
    test_images: int
    licence: str
    source: str
    margin: int = 0
    files: tuple[str, ...] = ()
    own: bool = False
    wanted: str = ""
    endings: tuple[str, ...] = ()
    validation_images: int = 0

    def learned(self, validation: float) -> int:
        """How many images are learned from where the recipe keeps the part `validation` aside, to rounding."""
        part = 1.0 if self.validation_images else 1 - validation
        return round(self.train_images * part)

    @abstractmethod
    def read(self, folder: Path | None, progress: Progress) -> tuple[Part, Part | None]:
        """The training images, with those of the data's own validation among them, and the test images,
        where there are some; raises `DataError`.

        `folder` None: the built-in or downloaded ones.
        """

    def images(self, folder: Path | None, shape: tuple[int, ...], progress: Progress) -> Images:
        """The images at `shape` (channels, height, width), as a network takes them; raises `DataError`."""
        from engine.data.images import adapt

        return adapt(self, self.read(folder, progress), shape, progress)

    def recognises(self, folder: Path) -> bool:
        """Whether the files in `folder`, or this file, bear the names of this dataset's."""
        return False

    def described(self, folder: Path) -> Dataset:
        """The description of what lies in `folder`, without decoding an image; raises `DataError`."""
        return self
