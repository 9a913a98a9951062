"""A dataset of image files, wherever its list of them comes from."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.data.dataset import Dataset, Part, Progress

if TYPE_CHECKING:
    from engine.data.images import Images
    from engine.data.pictures.listing import Listing

USUAL = (3, 224, 224)
"""The shape told of image files of several or unknown sizes: that of most networks for photographs."""
_LARGEST = 512
_LOOKED_AT = 12
"""Files whose headers are read to tell the shape."""


class PictureDataset(Dataset):
    """Decodes at the very shape that a network takes, once, into the user's data folder."""

    @abstractmethod
    def listed(self, folder: Path) -> Listing:
        """The files and their classes; raises `DataError`."""

    def described(self, folder: Path) -> Dataset:
        listing = self.listed(folder)
        step = max(1, len(listing.paths) // _LOOKED_AT)
        return replace(
            self,
            shape=_shape(listing.root / path for path in listing.paths[::step][:_LOOKED_AT]),
            classes=listing.classes,
            train_images=listing.train,
            test_images=listing.test,
            validation_images=listing.validation,
        )

    def read(self, folder: Path | None, progress: Progress) -> tuple[Part, Part | None]:
        images = self.images(folder, self.shape, progress)
        return images.train, images.test

    def images(self, folder: Path | None, shape: tuple[int, ...], progress: Progress) -> Images:
        import numpy as np

        from engine.data.images import Images, check_shape, deviation
        from engine.data.pictures.cache import decoded

        check_shape(self, shape)
        assert folder is not None
        listing = self.listed(folder)
        found = decoded(listing, (shape[0], shape[1], shape[2]), self.title, progress)
        labels = np.array(listing.labels, np.int64)
        aside = np.flatnonzero(found.train_at >= listing.train) if listing.validation else None
        train = Part(found.train, labels[found.train_at], aside)
        test = Part(found.test, labels[found.test_at])
        mean, std = deviation(found.counts)
        tested = test if len(test) else None
        return Images(train, tested, mean, std, listing.classes, found.counts, found.remarks)


def _shape(paths: Iterable[Path]) -> tuple[int, int, int]:
    """The shape that all these files have; for others the usual one."""
    from engine.data.pictures.header import header_shape

    shapes = {header_shape(path) for path in paths}
    common = shapes.pop() if len(shapes) == 1 else None
    if common is not None and max(common) <= _LARGEST:
        return common
    grey = shapes and all(shape is not None and shape[0] == 1 for shape in {*shapes, common})
    return (1, *USUAL[1:]) if grey else USUAL
