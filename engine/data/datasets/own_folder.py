"""Own images in a folder per class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.data.pictures.dataset import USUAL, PictureDataset

if TYPE_CHECKING:
    from engine.data.pictures.listing import Listing


class ImageFolder(PictureDataset):
    """The folders' names are the classes; `train`, `val` and `test` may each hold such folders."""

    def listed(self, folder: Path) -> Listing:
        from engine.data.pictures.listing import list_folder

        return list_folder(folder)

    def recognises(self, folder: Path) -> bool:
        from engine.data.pictures.listing import holds_classes

        return holds_classes(folder)


DATASET = ImageFolder(
    name="folder",
    title="Image folder",
    purpose="Own images: a folder with a folder per class, or with train, val and test of such",
    shape=USUAL,
    classes=(),
    train_images=0,
    test_images=0,
    licence="your own",
    source="your own",
    own=True,
    wanted="a folder with a folder of images per class, or with train, val and test of such",
)
