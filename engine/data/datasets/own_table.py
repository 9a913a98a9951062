"""Own images named by a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.data.pictures.dataset import USUAL, PictureDataset

if TYPE_CHECKING:
    from engine.data.pictures.listing import Listing


class ImageTable(PictureDataset):
    """A CSV file with the path and the label of an image in every row, and perhaps its split."""

    def listed(self, folder: Path) -> Listing:
        from engine.data.pictures.listing import list_table

        return list_table(folder)

    def recognises(self, folder: Path) -> bool:
        return folder.is_file() and folder.suffix.lower() in self.endings


DATASET = ImageTable(
    name="csv",
    title="CSV of images",
    purpose="Own images: a table with the path and the label of each, and perhaps its split",
    shape=USUAL,
    classes=(),
    train_images=0,
    test_images=0,
    licence="your own",
    source="your own",
    own=True,
    wanted="a CSV file with the columns path and label",
    endings=(".csv", ".tsv"),
)
